"""From a certificate to its row: by SHA-256 fingerprint within the realm, never by a name in it."""

from sqlalchemy import Table, bindparam, select

from idp.models import Certificate
from idp.storage.transaction import Transaction

_CERTIFICATE: Table = Certificate.__table__  # type: ignore[assignment]
_BY_FINGERPRINT = select(_CERTIFICATE).where(
    _CERTIFICATE.c.fingerprint == bindparam("fingerprint"), _CERTIFICATE.c.realm_id == bindparam("realm_id")
)


def find_certificate(transaction: Transaction, realm_id: str, fingerprint: str) -> Certificate | None:
    """Return the realm's certificate with this SHA-256 of its DER (lower-case hexadecimal), or None."""
    found = transaction.load(Certificate, _BY_FINGERPRINT, {"fingerprint": fingerprint, "realm_id": realm_id})
    return found[0] if found else None
