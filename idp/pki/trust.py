"""What a realm trusts, as a value that may be kept for a moment (RFC 5280 section 6.1.1, trust anchors)."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.verification import Store
from sqlalchemy.orm import Session

from idp.models import CertificateAuthority
from idp.pki.authorities import list_issuing_authorities, list_roots


@dataclass(frozen=True)
class TrustStore:
    """The pinned roots of one realm and the issuing certificates below them."""

    realm_id: str
    roots: tuple[x509.Certificate, ...]
    issuing: tuple[x509.Certificate, ...]
    anchors: Store | None  # the roots as the path builder wants them; None where there are none


def build_trust_store(
    realm_id: str, roots: tuple[x509.Certificate, ...], issuing: tuple[x509.Certificate, ...]
) -> TrustStore:
    """Return the trust store of these certificates."""
    return TrustStore(realm_id, roots, issuing, Store(list(roots)) if roots else None)


def load_trust_store(session: Session, realm_id: str) -> TrustStore:
    """Read the realm's authorities, retired ones included: what they issued is still good."""
    return build_trust_store(
        realm_id,
        _load_certificates(list_roots(session, realm_id)),
        _load_certificates(list_issuing_authorities(session, realm_id)),
    )


def _load_certificates(authorities: list[CertificateAuthority]) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_der_x509_certificate(authority.certificate) for authority in authorities)
