"""What a realm trusts, as a value that may be kept for a moment (RFC 5280 section 6.1.1, trust anchors)."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
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
    revoked: frozenset[str] = frozenset()
    """The SHA-256 fingerprints (hexadecimal) of the issuing certificates below which nothing counts."""

    def find_revoked(self, path: tuple[x509.Certificate, ...]) -> x509.Certificate | None:
        """Return the authority on *path* that was revoked, if there is one, wherever its certificate came from."""
        if not self.revoked:
            return None
        return next((one for one in path if one.fingerprint(hashes.SHA256()).hex() in self.revoked), None)


def build_trust_store(
    realm_id: str,
    roots: tuple[x509.Certificate, ...],
    issuing: tuple[x509.Certificate, ...],
    revoked: frozenset[str] = frozenset(),
) -> TrustStore:
    """Return the trust store of these certificates."""
    return TrustStore(realm_id, roots, issuing, Store(list(roots)) if roots else None, revoked)


def load_trust_store(session: Session, realm_id: str) -> TrustStore:
    """Read the realm's authorities: what retired ones issued is still good, and revoked ones tell *revoked* from *unknown*."""
    issuing = list_issuing_authorities(session, realm_id)
    return build_trust_store(
        realm_id,
        _load_certificates(list_roots(session, realm_id)),
        _load_certificates(issuing),
        frozenset(authority.fingerprint for authority in issuing if authority.revoked_at is not None),
    )


def _load_certificates(authorities: list[CertificateAuthority]) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_der_x509_certificate(authority.certificate) for authority in authorities)
