"""The authorities whose names browsers are told, read beside the event loop."""

from collections.abc import Iterator, Sequence

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import CertificateAuthority
from idp.pki.authorities import list_issuing_authorities
from idp.storage.database import Database


class KnownAuthorities:
    """The issuing authorities of all realms, as the database said when `refresh` was last called."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._fingerprints: list[str] = []
        self._certificates: tuple[x509.Certificate, ...] = ()

    def __call__(self) -> Sequence[x509.Certificate]:
        """Return them without waiting for anything."""
        return self._certificates

    def refresh(self) -> None:
        """Read them again if any was added, certified, revoked or removed."""
        with self._database.transaction() as session:
            standing = select(CertificateAuthority.fingerprint).where(CertificateAuthority.revoked_at.is_(None))
            fingerprints = list(session.scalars(standing.order_by(CertificateAuthority.fingerprint)))
            if fingerprints != self._fingerprints:
                self._certificates = tuple(_list_own(session))
                self._fingerprints = fingerprints


def _list_own(session: Session) -> Iterator[x509.Certificate]:
    """Those that people's certificates were issued by: not the ones between them and somebody else's root."""
    for row in list_issuing_authorities(session, None):
        if row.private_key_encrypted is not None and row.revoked_at is None:
            yield x509.load_der_x509_certificate(row.certificate)
