"""A certificate as each proxy writes it into headers."""

import base64
from collections.abc import Callable
from urllib.parse import quote

from tests.certificates import Issued

Headers = list[tuple[bytes, bytes]]


def b64(data: bytes) -> bytes:
    """Return *data* in base64."""
    return base64.b64encode(data)


def rfc9440(issued: Issued) -> Headers:
    """Two headers of byte sequences."""
    chain = b", ".join(b":%b:" % b64(certificate) for certificate in issued.chain_der)
    return [(b"client-cert", b":%b:" % b64(issued.der)), *([(b"client-cert-chain", chain)] if chain else [])]


def nginx(issued: Issued) -> Headers:
    """`$ssl_client_escaped_cert` escapes everything but unreserved characters."""
    return [(b"x-client-cert", quote(issued.pem, safe="").encode())]


def ingress_nginx(issued: Issued) -> Headers:
    """The same under another name."""
    return [(b"ssl-client-cert", quote(issued.pem, safe="").encode())]


def apache(issued: Issued) -> Headers:
    """Plus signs and slashes stay as they are."""
    return [(b"x-client-certificate", quote(issued.pem, safe="+/").encode())]


def haproxy(issued: Issued) -> Headers:
    """Bare base64."""
    return [(b"client-cert", b64(issued.der)), (b"client-cert-chain", b64(b"".join(issued.chain_der)))]


def envoy(issued: Issued) -> Headers:
    """One element of pairs."""
    cert, chain = quote(issued.pem, safe=""), quote(issued.chain_pem, safe="")
    fields = (
        f'By=spiffe://us;Hash={"0" * 64};Cert="{cert}";Chain="{chain}";Subject="CN=\\"a;b,c\\",O=x";URI=;DNS=a.example'
    )
    return [(b"x-forwarded-client-cert", fields.encode())]


def traefik(issued: Issued) -> Headers:
    """Base64 bodies joined by commas."""
    return [(b"x-forwarded-tls-client-cert", b",".join(b64(der) for der in (issued.der, *issued.chain_der)))]


def caddy(issued: Issued) -> Headers:
    """The leaf as a byte sequence."""
    return [(b"client-cert", b":%b:" % b64(issued.der))]


def aws_alb(issued: Issued) -> Headers:
    """Passthrough mode: the chain, with some characters left as they are."""
    return [(b"x-amzn-mtls-clientcert", quote(issued.chain_pem, safe="+=/").encode())]


SAMPLES: dict[str, Callable[[Issued], Headers]] = {
    "rfc9440": rfc9440,
    "nginx": nginx,
    "ingress-nginx": ingress_nginx,
    "apache": apache,
    "haproxy": haproxy,
    "envoy": envoy,
    "traefik": traefik,
    "caddy": caddy,
    "aws-alb": aws_alb,
}
