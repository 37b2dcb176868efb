"""self_signed_tls_client_auth: a certificate whose key is among the client's own (RFC 8705 section 2.2)."""

from idp.clients.registration import ClientRegistration
from idp.keys.public_keys import PublicKey
from idp.oidc.client_authentication.credentials import Credentials
from idp.oidc.client_authentication.refusal import CredentialsWrong
from idp.oidc.client_keys import iterate_client_keys
from idp.pki.rejections import CertificateRejected
from idp.pki.self_signed import verify_standalone_certificate
from idp.web.exchange import Exchange


def verify_self_signed_certificate(exchange: Exchange, client: ClientRegistration, _presented: Credentials) -> None:
    """Raise `CredentialsWrong` unless the connection's certificate, or its key, is one that the client has published."""
    presented = exchange.client_certificate
    if presented is None or presented.leaf is None:
        raise CredentialsWrong("no certificate")
    try:
        spki = verify_standalone_certificate(presented.leaf, exchange.services.clock.now())
    except CertificateRejected as rejection:
        raise CredentialsWrong(str(rejection)) from rejection
    for keys in iterate_client_keys(exchange, client):
        if any(_is_published(key, presented.leaf, spki) for key in keys):
            return
    raise CredentialsWrong("the certificate's key is not the client's")


def _is_published(key: PublicKey, leaf: bytes, spki: bytes) -> bool:
    return key.certificate == leaf if key.certificate is not None else key.spki == spki
