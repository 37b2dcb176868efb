"""What administrators change about an account: each field by its column, checked, all or nothing."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import Conflict, InvalidInput
from idp.fields import verify_fields
from idp.models import Certificate, User
from idp.users.attributes import verify_attributes, verify_line
from idp.users.users import UPDATE_PASSWORD, verify_email, verify_username

VERIFY_EMAIL = "VERIFY_EMAIL"
REQUIRED_ACTIONS = (UPDATE_PASSWORD,)
"""What a login can ask of a person before it is complete."""

_LOCALE = re.compile(r"[A-Za-z0-9-]{0,32}")
_ZONE = re.compile(r"[A-Za-z0-9/_+-]{0,64}")


def change_user(session: Session, clock: Clock, user: User, wanted: Mapping[str, Any]) -> None:
    """Set the columns in *wanted*; raise `InvalidInput` with all problems, or `Conflict`, changing nothing.

    An address that is new is not verified unless *wanted* says so.
    """
    values = verify_columns(wanted)
    if user.service_account_client_id is not None and values.get("username", user.username) != user.username:
        raise InvalidInput(username="A client's account has its client's name.")
    if values.get("email", user.email) != user.email:
        values.setdefault("email_verified", False)
    changed = {name: value for name, value in values.items() if getattr(user, name) != value}
    for name, value in changed.items():
        setattr(user, name, value)
    if changed:
        user.updated_at = clock.now()
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("the username or e-mail address is taken") from error


def delete_user(session: Session, clock: Clock, user: User) -> None:
    """Delete the account with all that belongs to it; raise `Conflict` while it has certificates that have not expired.

    Those have to stay in the revocation lists, which know them by their owner's rows. Such an account can be disabled.
    """
    unexpired = select(Certificate.id).where(Certificate.user_id == user.id, Certificate.not_after > clock.now())
    if session.scalar(unexpired.limit(1)) is not None:
        raise Conflict("the account has certificates that have not expired")
    session.delete(user)
    session.flush()


def verify_columns(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an account's columns as they are stored; raise `InvalidInput` with all problems."""
    return verify_fields(_FIELDS, wanted)


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError("This cannot be one.")
        return value

    return check


def _required_actions(value: Any) -> list[str]:
    unknown = [action for action in value if action not in REQUIRED_ACTIONS]
    if unknown:
        raise ValueError(f"Use {', '.join(REQUIRED_ACTIONS)}.")
    return list(dict.fromkeys(value))


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "username": verify_username,
    "email": lambda value: verify_email(value) if value else None,
    "email_verified": bool,
    "given_name": verify_line,
    "family_name": verify_line,
    "enabled": bool,
    "attributes": verify_attributes,
    "required_actions": _required_actions,
    "locale": _matching(_LOCALE),
    "zoneinfo": _matching(_ZONE),
}
