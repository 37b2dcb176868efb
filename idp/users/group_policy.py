"""Groups whose members need a certificate: whatever the realm leaves to people and applications, they leave to nobody."""

from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.models import Group, Realm
from idp.users.roles import groups_of_user


class Demanding(Protocol):
    """A realm's row, or its policy."""

    @property
    def certificate_policy(self) -> str:
        """Off, optional or required."""

    @property
    def groups_require_certificate(self) -> bool:
        """Whether any group of it ever did."""


def find_certificate_policy(session: Session, realm: Demanding, user_id: str) -> str:
    """Return ``off``, ``optional`` or ``required``: the realm's, or that of a group of the person's or one that it stands in.

    A realm in which no group ever demanded a certificate costs no statement.
    """
    if realm.certificate_policy != "optional" or not realm.groups_require_certificate:
        return realm.certificate_policy
    demanding = select(Group.id).where(Group.id.in_(groups_of_user(user_id)), Group.certificate_required)
    return "optional" if session.scalar(demanding.limit(1)) is None else "required"


def publish_demand(session: Session, group: Group) -> None:
    """Let the realm know that groups are to be asked, where this one demands a certificate."""
    if group.certificate_required:
        unaware = (Realm.id == group.realm_id, Realm.groups_require_certificate.is_(False))
        session.execute(update(Realm).where(*unaware).values(groups_require_certificate=True))


def list_demanding_groups(session: Session, realm_id: str, *, limit: int = 100) -> list[Group]:
    """Return the realm's groups that demand a certificate, by name."""
    demanding = select(Group).where(Group.realm_id == realm_id, Group.certificate_required)
    return list(session.scalars(demanding.order_by(Group.name, Group.id).limit(limit)))
