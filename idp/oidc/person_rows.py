"""Which columns of an account claims are made of, and how to find them."""

from typing import Any

from sqlalchemy import Row, Table, bindparam, select

from idp.models import User
from idp.storage.transaction import Transaction

_USER: Table = User.__table__  # type: ignore[assignment]

PERSON_COLUMNS = (
    _USER.c.id,
    _USER.c.username,
    _USER.c.email,
    _USER.c.email_verified,
    _USER.c.given_name,
    _USER.c.family_name,
    _USER.c.locale,
    _USER.c.zoneinfo,
    _USER.c.attributes,
    _USER.c.updated_at,
)
_BY_ID = select(*PERSON_COLUMNS).where(_USER.c.id == bindparam("sub"))


def find_person(transaction: Transaction, user_id: str) -> Row[Any] | None:
    """Return the account's columns that claims are made of, or None."""
    row: Row[Any] | None = transaction.find(_BY_ID, {"sub": user_id})
    return row
