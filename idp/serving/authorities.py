"""The authorities whose names browsers are told, read beside the event loop."""

from collections.abc import Sequence

from cryptography import x509
from sqlalchemy import select

from idp.models import CertificateAuthority
from idp.pki.authorities import list_issuing_authorities
from idp.storage.database import Database


class KnownAuthorities:
    """The issuing authorities of all realms, as the database said when `refresh` was last called."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: list[str] = []
        self._certificates: tuple[x509.Certificate, ...] = ()

    def __call__(self) -> Sequence[x509.Certificate]:
        """Return them without waiting for anything."""
        return self._certificates

    def refresh(self) -> None:
        """Read them again if any was added or removed."""
        with self._database.transaction() as session:
            ids = list(session.scalars(select(CertificateAuthority.id).order_by(CertificateAuthority.id)))
            if ids != self._ids:
                rows = list_issuing_authorities(session, None)
                self._certificates = tuple(x509.load_der_x509_certificate(row.certificate) for row in rows)
                self._ids = ids
