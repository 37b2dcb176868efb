"""What a realm trusts, as a value that may be kept for a moment (RFC 5280 section 6.1.1, trust anchors)."""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import Store
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidInput
from idp.models import CertificateAuthority, TrustAnchor
from idp.pki.anchor_settings import AnchorSettings, Source, read_anchor_settings
from idp.pki.authorities import list_issuing_authorities, list_roots

log = structlog.get_logger()


@dataclass(frozen=True)
class Anchor:
    """A foreign trust anchor that is enabled: its certificate, those below it, and what is demanded of people's certificates."""

    id: str
    name: str
    certificate: x509.Certificate
    intermediates: tuple[x509.Certificate, ...]
    settings: AnchorSettings
    store: Store

    @property
    def authorities(self) -> tuple[x509.Certificate, ...]:
        """All of its certificates."""
        return (self.certificate, *self.intermediates)

    @property
    def accepts_unbound(self) -> bool:
        """Whether a certificate that was never seen here may count."""
        return self.settings.first_use or self.settings.mapping.source is not Source.BOUND


@dataclass(frozen=True)
class TrustStore:
    """The pinned roots of one realm and the issuing certificates below them, and the foreign anchors, oldest first.

    `own_keys` are the public keys (SubjectPublicKeyInfo in DER) whose private parts are here.
    """

    realm_id: str
    roots: tuple[x509.Certificate, ...]
    issuing: tuple[x509.Certificate, ...]
    anchors: Store | None  # the roots as the path builder wants them; None where there are none
    revoked: frozenset[str] = frozenset()
    """The SHA-256 fingerprints (hexadecimal) of the issuing certificates below which nothing counts."""
    foreign: tuple[Anchor, ...] = ()
    own_keys: frozenset[bytes] = frozenset()

    def find_revoked(self, path: tuple[x509.Certificate, ...]) -> x509.Certificate | None:
        """Return the authority on *path* that was revoked, if there is one, wherever its certificate came from."""
        if not self.revoked:
            return None
        return next((one for one in path if one.fingerprint(hashes.SHA256()).hex() in self.revoked), None)

    @property
    def accepts_unbound(self) -> bool:
        """Whether somebody without any certificate here may have one that counts."""
        return any(anchor.accepts_unbound for anchor in self.foreign)

    @property
    def maps_people(self) -> bool:
        """Whether a certificate may say itself whose it is."""
        return any(anchor.settings.mapping.source is not Source.BOUND for anchor in self.foreign)

    @property
    def offers_registration(self) -> bool:
        """Whether people may register certificates of a foreign authority."""
        return any(anchor.settings.registration for anchor in self.foreign)

    def find_anchor(self, anchor_id: str | None) -> Anchor | None:
        """Return the enabled anchor with this id, or None."""
        return next((anchor for anchor in self.foreign if anchor.id == anchor_id), None)


def build_trust_store(
    realm_id: str,
    roots: tuple[x509.Certificate, ...],
    issuing: tuple[x509.Certificate, ...],
    revoked: frozenset[str] = frozenset(),
    *,
    foreign: tuple[Anchor, ...] = (),
    own: Iterable[x509.Certificate] = (),
) -> TrustStore:
    """Return the trust store of these certificates; *own* are those whose keys are here."""
    anchors = Store(list(roots)) if roots else None
    return TrustStore(realm_id, roots, issuing, anchors, revoked, foreign, frozenset(map(read_public_key, own)))


def build_anchor(
    anchor_id: str,
    name: str,
    certificate: x509.Certificate,
    intermediates: Iterable[x509.Certificate],
    settings: AnchorSettings,
) -> Anchor:
    """Return an anchor of these parts."""
    return Anchor(anchor_id, name, certificate, tuple(intermediates), settings, Store([certificate]))


def load_trust_store(session: Session, realm_id: str) -> TrustStore:
    """Read the realm's authorities and its enabled anchors.

    What retired authorities issued is still good, and revoked ones tell *revoked* from *unknown*.
    """
    roots, issuing = list_roots(session, realm_id), list_issuing_authorities(session, realm_id)
    return build_trust_store(
        realm_id,
        _load_certificates(roots),
        _load_certificates(issuing),
        frozenset(authority.fingerprint for authority in issuing if authority.revoked_at is not None),
        foreign=_load_anchors(session, realm_id),
        own=_load_certificates([row for row in (*roots, *issuing) if row.private_key_encrypted is not None]),
    )


def load_anchor(row: TrustAnchor) -> Anchor:
    """Return the row as a value; raise `InvalidInput` where its settings are not those of this version."""
    certificate, below = x509.load_der_x509_certificate(row.certificate), load_certificates_below(row)
    return build_anchor(row.id, row.name, certificate, below, read_anchor_settings(row.settings))


def load_certificates_below(row: TrustAnchor) -> list[x509.Certificate]:
    """Return the certificates of the authorities below the anchor."""
    return x509.load_pem_x509_certificates(row.intermediates) if row.intermediates else []


def read_public_key(certificate: x509.Certificate) -> bytes:
    """Return the SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7)."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _load_anchors(session: Session, realm_id: str) -> tuple[Anchor, ...]:
    statement = select(TrustAnchor).where(TrustAnchor.realm_id == realm_id, TrustAnchor.enabled.is_(True))
    anchors = []
    for row in session.scalars(statement.order_by(TrustAnchor.created_at, TrustAnchor.id)):
        try:
            anchors.append(load_anchor(row))
        except InvalidInput as error:  # it trusts nobody then; everybody else can still sign in
            log.error("trust anchor left out", anchor=row.name, error=str(error))
    return tuple(anchors)


def _load_certificates(authorities: list[CertificateAuthority]) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_der_x509_certificate(authority.certificate) for authority in authorities)
