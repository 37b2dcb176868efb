"""The authorities whose names browsers are told, read beside the event loop."""

from collections.abc import Iterator, Sequence

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import CertificateAuthority, TrustAnchor
from idp.pki.authorities import list_issuing_authorities
from idp.pki.trust import load_certificates_below
from idp.storage.database import Database


class KnownAuthorities:
    """The issuing authorities and foreign anchors of all realms, as the database said when `refresh` was last called."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._state: tuple[object, ...] = ()
        self._certificates: tuple[x509.Certificate, ...] = ()

    def __call__(self) -> Sequence[x509.Certificate]:
        """Return them without waiting for anything."""
        return self._certificates

    def refresh(self) -> None:
        """Read them again if any was added, certified, changed, revoked or removed."""
        with self._database.transaction() as session:
            state = _read_state(session)
            if state != self._state:
                self._certificates = (*_list_own(session), *_list_foreign(session))
                self._state = state


def _read_state(session: Session) -> tuple[object, ...]:
    """Return what is another one whenever the certificates are."""
    standing = select(CertificateAuthority.fingerprint).where(CertificateAuthority.revoked_at.is_(None))
    anchors = select(TrustAnchor.id, TrustAnchor.updated_at).where(TrustAnchor.enabled.is_(True))
    changed = session.execute(anchors.order_by(TrustAnchor.id))
    return (*session.scalars(standing.order_by(CertificateAuthority.fingerprint)), *map(tuple, changed))


def _list_own(session: Session) -> Iterator[x509.Certificate]:
    """Those that people's certificates were issued by: not the ones between them and somebody else's root."""
    for row in list_issuing_authorities(session, None):
        if row.private_key_encrypted is not None and row.revoked_at is None:
            yield x509.load_der_x509_certificate(row.certificate)


def _list_foreign(session: Session) -> Iterator[x509.Certificate]:
    """The enabled anchors, and then all that is below them: a browser may know only who issued what it has."""
    enabled = select(TrustAnchor).where(TrustAnchor.enabled.is_(True)).order_by(TrustAnchor.created_at, TrustAnchor.id)
    anchors = list(session.scalars(enabled))
    for row in anchors:
        yield x509.load_der_x509_certificate(row.certificate)
    for row in anchors:
        yield from load_certificates_below(row)
