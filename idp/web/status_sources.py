"""The servers of foreign authorities, by the guarded fetcher: plain http is fine, as lists and answers are signed; inward is not."""

from idp.fetching.errors import FetchError
from idp.fetching.fetcher import Fetcher, Limits
from idp.pki.foreign_revocation.errors import SourceSilent
from idp.pki.foreign_revocation.ocsp_client import MAX_ANSWER_OCTETS
from idp.pki.foreign_revocation.sources import Allowance, Sink


class FetchedSources:
    """Satisfies `idp.pki.foreign_revocation.sources.Sources`.

    It has a fetcher of its own, so that a large list, or a responder that hangs, takes no slot from key sets and logouts.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def fetch_list(self, url: str, into: Sink, allowance: Allowance) -> None:
        """Copy the list at *url* to *into* (RFC 5280 section 4.2.1.13); raise `SourceSilent`."""
        limits = Limits(allowance.seconds, allowance.max_octets)
        try:
            self._fetcher.download(url, into, accept="application/pkix-crl, */*;q=0.1", limits=limits)
        except FetchError as error:
            raise SourceSilent(str(error)) from error

    def ask_responder(self, url: str, question: bytes, seconds: float) -> bytes:
        """Return the answer to an OCSP request (RFC 6960 appendix A.1); raise `SourceSilent`."""
        limits = Limits(seconds, MAX_ANSWER_OCTETS)
        try:
            return self._fetcher.ask(
                url,
                question,
                content_type="application/ocsp-request",
                accept="application/ocsp-response",
                limits=limits,
            ).body
        except FetchError as error:
            raise SourceSilent(str(error)) from error
