"""From a certificate to its row: by SHA-256 fingerprint within the realm, never by a name in it."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.models import Certificate

# Built once, because it runs at each login.
_BY_FINGERPRINT = select(Certificate).where(
    Certificate.fingerprint == bindparam("fingerprint"), Certificate.realm_id == bindparam("realm_id")
)


def find_certificate(session: Session, realm_id: str, fingerprint: str) -> Certificate | None:
    """Return the realm's certificate with this SHA-256 of its DER (lower-case hexadecimal), or None."""
    parameters = {"fingerprint": fingerprint, "realm_id": realm_id}
    return session.scalars(_BY_FINGERPRINT, parameters).one_or_none()
