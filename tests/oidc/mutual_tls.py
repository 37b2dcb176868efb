"""Requests to the mutual-TLS addresses, with the certificate that the TLS connection would have shown."""

from typing import Any

from starlette.testclient import TestClient

from idp.oidc.mutual_tls import MutualTLSHost
from idp.web.client_certificate import ClientTLS
from tests.oidc.provider import Provider

MUTUAL_TLS = "https://mtls.cert.example"


async def _nothing_here(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("the request was not meant for the mutual-TLS host")


def open_mutual_tls(
    provider: Provider, certificate: bytes | None, chain: tuple[bytes, ...] = (), *, resumed: bool = False
) -> TestClient:
    """Return a client whose connection showed *certificate*, with *chain* behind it."""
    host = MutualTLSHost(provider.services, _nothing_here)
    tls = ClientTLS(certificate, chain, resumed, None, "TLSv1.3")

    async def with_tls(scope: Any, receive: Any, send: Any) -> None:
        await host({**scope, "state": {**scope.get("state", {}), "tls": tls, "peer": ("192.0.2.7", 1)}}, receive, send)

    client = TestClient(with_tls, base_url=MUTUAL_TLS, follow_redirects=False)
    client.portal = provider.http.portal
    return client
