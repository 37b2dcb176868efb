"""Fetch a document from, or send a form to, an address that somebody else named."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException
from ipaddress import ip_address, ip_network
from urllib.parse import urlencode, urlsplit

from idp.fetching.connection import connect
from idp.fetching.deadline import Deadline
from idp.fetching.destination import Destination, read_destination
from idp.fetching.errors import FetchFailed, FetchRefused
from idp.fetching.http import Fetched, Request, Sink, exchange
from idp.fetching.resolution import Resolver
from idp.fetching.slots import Slots
from idp.fetching.tls import build_tls_context
from idp.settings import Settings

FETCH_SECONDS = 5.0
MAX_FETCHES = 16
MAX_FETCHES_OF_A_HOST = 4
MAX_BYTES = 65_536
_V6_SITE = 64  # what one party has of IPv6, whichever of its addresses a name leads to


@dataclass(frozen=True)
class Limits:
    """Bounds on fetching something that its author has signed, so that plain http does no harm (RFC 5280 section 8).

    It may take *seconds* in all, and `FETCH_SECONDS` without an octet.
    """

    seconds: float
    max_bytes: int = MAX_BYTES


class Fetcher:
    """Fetches what the settings allow; safe for use by many threads at once.

    Requests are limited in time as a whole, and in number, all together and for each host. Redirects are not followed.
    """

    def __init__(self, settings: Settings, *, seconds: float = FETCH_SECONDS, resolver: Resolver | None = None) -> None:
        self._settings = settings
        self._seconds = seconds
        self._resolver = resolver or Resolver()
        self._slots = Slots(total=MAX_FETCHES, each=MAX_FETCHES)
        self._slots_of_hosts = Slots(total=MAX_FETCHES, each=MAX_FETCHES_OF_A_HOST)

    def get(self, url: str, *, accept: str, max_bytes: int = MAX_BYTES) -> Fetched:
        """Return the document at *url*; raise `FetchRefused`, or `FetchFailed` for any status but 200.

        *accept* is the media type to ask for. What came is for the caller to judge.
        """
        return _verify_found(self._fetch(url, Request("GET", {"Accept": accept}), max_bytes))

    def post(self, url: str, form: Mapping[str, str], *, max_bytes: int = MAX_BYTES) -> Fetched:
        """Send *form* to *url* and return the answer, whatever its status; raise `FetchRefused` or `FetchFailed`."""
        headers = {"Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded"}
        return self._fetch(url, Request("POST", headers, urlencode(form).encode()), max_bytes)

    def download(self, url: str, into: Sink, *, accept: str, limits: Limits) -> None:
        """Copy the signed document at *url* to *into*, piece by piece; raise `FetchRefused`, or `FetchFailed` for any status but 200.

        What was copied before a failure is worth nothing.
        """
        fetched = self._fetch(url, Request("GET", {"Accept": accept}, into=into), limits.max_bytes, limits)
        _verify_found(fetched)

    def ask(self, url: str, question: bytes, *, content_type: str, accept: str, limits: Limits) -> Fetched:
        """Post *question* to *url* and return the signed answer; raise `FetchRefused`, or `FetchFailed` for any status but 200."""
        headers = {"Accept": accept, "Content-Type": content_type}
        return _verify_found(self._fetch(url, Request("POST", headers, question), limits.max_bytes, limits))

    def verify_fetchable(self, url: str) -> str:
        """Return *url* if its form allows that it is fetched, as at registration; raise `FetchRefused`. Nothing is looked up."""
        self._read(url)
        return url

    def _read(self, url: str, *, plain_http: bool = False) -> Destination:
        destination = read_destination(url, self._settings.fetch_allowed_hosts, plain_http=plain_http)
        if not destination.named and self._is_own_name(destination.host):
            raise FetchRefused("the host is the provider's own")
        return destination

    def _fetch(self, url: str, request: Request, max_bytes: int, limits: Limits | None = None) -> Fetched:
        destination = self._read(url, plain_http=limits is not None)
        deadline = Deadline(limits.seconds, FETCH_SECONDS) if limits else Deadline(self._seconds)
        with self._slots.hold(""):
            addresses = self._resolver.resolve(destination, deadline)
            with self._slots_of_hosts.hold(_site(addresses[0])):
                try:
                    connection = connect(destination, addresses, deadline, self._tls)
                    return exchange(connection, destination, request, deadline=deadline, max_bytes=max_bytes)
                except (OSError, HTTPException, ValueError) as error:
                    raise FetchFailed(f"{type(error).__name__}: {error}"[:200]) from error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return build_tls_context(self._settings.fetch_ca_file)

    def _is_own_name(self, host: str) -> bool:
        """A fetch from ourselves would wait for a thread of ours, which may be waiting likewise."""
        certificate_host = urlsplit(self._settings.certificate_url.replace("{label}.", "")).hostname or ""
        return host in {urlsplit(self._settings.public_url).hostname, certificate_host} or host.endswith(
            f".{certificate_host}"
        )


def _verify_found(fetched: Fetched) -> Fetched:
    if fetched.status != 200:
        raise FetchFailed(f"the answer has status {fetched.status}")
    return fetched


def _site(address: str) -> str:
    parsed = ip_address(address.partition("%")[0])
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, _V6_SITE), strict=False))
