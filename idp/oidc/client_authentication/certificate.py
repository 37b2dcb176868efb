"""tls_client_auth: a certificate that one of the realm's authorities issued to the client (RFC 8705 section 2.1)."""

from idp.clients.registration import ClientRegistration
from idp.oidc.client_authentication.credentials import Credentials
from idp.oidc.client_authentication.refusal import CredentialsWrong
from idp.pki.identity_mapping import find_certificate
from idp.pki.path_validation import verify_client_certificate
from idp.pki.rejections import CertificateRejected
from idp.pki.subject_matching import has_subject
from idp.web.exchange import Exchange


def verify_certificate(exchange: Exchange, client: ClientRegistration, _presented: Credentials) -> None:
    """Raise `CredentialsWrong` unless the connection's certificate is valid and has the subject registered for the client."""
    presented = exchange.client_certificate
    if presented is None or presented.leaf is None:
        raise CredentialsWrong("no certificate")
    trust = exchange.services.trust.get(exchange.realm.id)
    try:
        validated = verify_client_certificate(
            presented.leaf, presented.intermediates, trust, exchange.services.clock.now()
        )
    except CertificateRejected as rejection:
        raise CredentialsWrong(str(rejection)) from rejection
    if not has_subject(validated.certificate, client.tls_client_auth_subject or {}):
        raise CredentialsWrong("the certificate has another subject")
    # People have a say in what is in their certificates: none of them may pass for an application's.
    if find_certificate(exchange.transaction, exchange.realm.id, validated.presented.fingerprint) is not None:
        raise CredentialsWrong("the certificate is a person's")
