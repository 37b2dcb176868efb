"""The one place that says which client certificate came with a request, whatever brought it.

Either this server ended TLS itself and its protocol class left a `ClientTLS` in the scope's state, or a trusted proxy
did and sent the certificate in a header (RFC 9440, or its own format). Nothing is validated here but the form: whether
a certificate is ours, current, unrevoked and whose, is for `pki` and `login` to say.
"""

import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from idp.errors import IdpError
from idp.settings import Network
from idp.web.addresses import is_trusted
from idp.web.proxy_headers import FORMATS
from idp.web.proxy_headers.der import require_certificate
from idp.web.proxy_headers.header_format import HeaderFormat

ClientCertificateSource = Literal[
    "tls", "rfc9440", "nginx", "ingress-nginx", "apache", "haproxy", "envoy", "traefik", "caddy", "aws-alb"
]

SECRET_HEADER = b"x-proxy-secret"
MAX_CERTIFICATE_SIZE = 65_535
MAX_INTERMEDIATES = 10  # a browser sends the path it holds, which is rarely longer than three

logger = logging.getLogger(__name__)


class MalformedClientCertificate(IdpError):
    """A header or chain that should hold a certificate holds something else, two of them, or far too much."""


class ResumedSession(IdpError):
    """The TLS session was resumed, so nobody proved possession of the certificate's key on this connection."""


@dataclass(frozen=True)
class ClientTLS:
    """What our own TLS learnt about the client of one connection; certificates in DER."""

    certificate_der: bytes | None
    chain_der: tuple[bytes, ...]
    resumed: bool
    verify_error: int | None
    """OpenSSL's first complaint, an X509_V_ERR number; evidence for the log, never a decision."""
    tls_version: str | None


@dataclass(frozen=True)
class PresentedCertificate:
    """The certificate as it was presented, in DER, and who says so; *leaf* is None where none was sent."""

    leaf: bytes | None
    intermediates: tuple[bytes, ...]
    source: str


def read_client_certificate(
    scope: Mapping[str, Any],
    headers: Sequence[tuple[bytes, bytes]],
    source: ClientCertificateSource,
    trusted_proxies: Sequence[Network],
    secret: str | None = None,
) -> PresentedCertificate:
    """Return the certificate that *source* presents for this request; *headers* are the request's, names in lower case.

    With source ``tls`` no header counts. With any other, only its own headers do, and only from a trusted peer, which has to
    send *secret* where there is one.

    Raises `MalformedClientCertificate`, and `ResumedSession` for a resumed TLS session.
    """
    try:
        if source == "tls":
            return _present(_from_tls(scope), source)
        return _present(_from_headers(scope, headers, FORMATS[source], trusted_proxies, secret), source)
    except ValueError as error:
        raise MalformedClientCertificate(f"{source}: {error}") from error


def _from_tls(scope: Mapping[str, Any]) -> tuple[bytes, ...]:
    tls = _state(scope).get("tls")
    if not isinstance(tls, ClientTLS):
        return ()
    if tls.resumed:
        raise ResumedSession("a client certificate came with a resumed TLS session")
    return (tls.certificate_der, *tls.chain_der) if tls.certificate_der else ()


def _from_headers(
    scope: Mapping[str, Any],
    headers: Sequence[tuple[bytes, bytes]],
    header_format: HeaderFormat,
    trusted_proxies: Sequence[Network],
    secret: str | None,
) -> tuple[bytes, ...]:
    # Not scope["client"]: that may already have been rewritten from X-Forwarded-For, which anybody can send.
    peer = _state(scope).get("peer")
    address = str(peer[0]) if peer else ""
    if not is_trusted(address, trusted_proxies):
        if header_format.occurs(headers):
            logger.warning("ignored a client-certificate header from %s, which is not a trusted proxy", address or "?")
        return ()
    if secret is not None and not _knows(secret, headers):
        logger.warning("ignored a client-certificate header from %s, which did not send the proxies' secret", address)
        return ()
    return header_format.read(headers)


def _knows(secret: str, headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tell whether the secret was sent, once: of two, one could be a guess beside the proxy's."""
    sent = [value.strip() for name, value in headers if name == SECRET_HEADER]
    return len(sent) == 1 and hmac.compare_digest(sent[0], secret.encode())


def _present(chain: tuple[bytes, ...], source: str) -> PresentedCertificate:
    if len(chain) > 1 + MAX_INTERMEDIATES:
        raise ValueError(f"{len(chain) - 1} intermediate certificates")
    for certificate in chain:
        if len(certificate) > MAX_CERTIFICATE_SIZE:
            raise ValueError(f"a certificate of {len(certificate)} bytes")
        require_certificate(certificate)
    return PresentedCertificate(leaf=chain[0] if chain else None, intermediates=chain[1:], source=source)


def _state(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    state: Mapping[str, Any] = scope.get("state") or {}
    return state
