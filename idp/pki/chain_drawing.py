"""What is drawn of a chain of certificates, for pages."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from idp.pki.chains import Chain
from idp.pki.names import printable


def describe_chain(chain: Chain) -> list[dict[str, Any]]:
    """Return what is shown of each certificate, the root first; `gap` says that some are missing below it."""
    links = [_describe(certificate) for certificate in reversed(chain.certificates)]
    links[0]["gap"] = not chain.complete
    return links


def _describe(certificate: x509.Certificate) -> dict[str, Any]:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "name": printable(str(names[0].value)) if names else "",
        "subject": printable(certificate.subject.rfc4514_string()),
        "not_before": certificate.not_valid_before_utc,
        "not_after": certificate.not_valid_after_utc,
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
        "self_issued": certificate.subject == certificate.issuer,
        "gap": False,
    }
