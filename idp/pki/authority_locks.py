"""Which authorities sign here, and how one process at a time does it for each of them."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.models import CertificateAuthority


def list_own_issuing_ids(session: Session) -> list[str]:
    """Return the ids of all realms' issuing authorities whose keys are here, retired ones included, in one order."""
    return _list_own_ids(session, "issuing")


def list_own_root_ids(session: Session) -> list[str]:
    """Return the same of the roots."""
    return _list_own_ids(session, "root")


def hold_authority(session: Session, authority_id: str) -> None:
    """Let whoever signs for the same authority wait until this transaction ends.

    By an update that changes nothing: PostgreSQL holds the row by it, and SQLite its one writer's lock.
    """
    unchanged = update(CertificateAuthority).values(status=CertificateAuthority.status)
    held = unchanged.where(CertificateAuthority.id == authority_id).execution_options(synchronize_session=False)
    session.execute(held)


def _list_own_ids(session: Session, kind: str) -> list[str]:
    own = CertificateAuthority.kind == kind, CertificateAuthority.private_key_encrypted.is_not(None)
    return list(session.scalars(select(CertificateAuthority.id).where(*own).order_by(CertificateAuthority.id)))
