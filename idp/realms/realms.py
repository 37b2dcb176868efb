"""Find and create realms."""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import MASTER, Realm

# The name stands in every address of the realm and in its cookies' names.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
CERTIFICATE_POLICIES = ("off", "optional", "required")
REGISTRATION_POLICIES = ("off", "token", "open")


def create_realm(session: Session, clock: Clock, *, name: str, display_name: str = "") -> Realm:
    """Insert a realm; raise `InvalidInput` or `Conflict`."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(name="Use 1 to 63 small letters, digits and hyphens, beginning with a letter or digit.")
    realm = Realm(name=name, display_name=display_name, created_at=clock.now())
    session.add(realm)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"there is a realm {name!r} already") from error
    return realm


def find_realm(session: Session, name: str) -> Realm | None:
    """Return the realm of that name, or None."""
    if not _NAME.fullmatch(name):  # a stranger's: too long to look for, or beyond what a database can compare
        return None
    return session.scalars(select(Realm).where(Realm.name == name)).one_or_none()


def get_realm(session: Session, name: str) -> Realm:
    """Return the realm of that name; raise `NotFound`."""
    realm = find_realm(session, name)
    if realm is None:
        raise NotFound(f"there is no realm {name!r}")
    return realm


def list_realms(session: Session) -> Sequence[Realm]:
    """Return all realms by name."""
    return session.scalars(select(Realm).order_by(Realm.name)).all()


def delete_realm(session: Session, realm: Realm) -> None:
    """Delete the realm with everything in it; raise `InvalidInput` for ``master``, without which nobody could administer."""
    if realm.name == MASTER:
        raise InvalidInput(realm="This one cannot be deleted.")
    session.delete(realm)
    session.flush()
