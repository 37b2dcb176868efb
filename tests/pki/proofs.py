"""Certificates that count as shown."""

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate


def prove(session: Session, clock: Clock, certificate_id: str) -> None:
    """Leave the certificate as `idp.pki.certificates.record_use` does."""
    row = session.get_one(Certificate, certificate_id)
    row.last_used_at = clock.now()
    row.proven_at = row.proven_at or row.last_used_at
    session.flush()
