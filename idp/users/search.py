"""Find accounts among very many: by the beginning or a part of their names, by switches and by attributes.

Pages are asked for by number of rows, as Keycloak has it, or by the username that the last one ended with, which costs the same for
every page. Clients' own accounts are not among them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, cast, exists, func, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from idp.models import Certificate, User
from idp.storage.planning import Way, looking

_MANY = (
    10_000  # rows that are read and sorted in less than a tenth of a second; where more match, a walk meets them often
)
_GLANCE = 5_000  # names that are looked through in a few milliseconds
_LEAST_OF_BEGINNING, _LEAST_OF_PART = 2, 3  # letters that make a trigram, the first of a word with two blanks before it
_LETTERS = re.compile(r"[^\W_]+")
_LIVE = (Certificate.revoked_at.is_(None), Certificate.superseded_at.is_(None))
_FOLDED = (User.username, User.email, func.lower(User.given_name), func.lower(User.family_name))


@dataclass(frozen=True, kw_only=True)
class UserQuery:
    """What accounts have to be like. `search` is words, each the beginning of a name or of the address.

    With stars around it a word is any part, in quotes it is the whole. The names are parts, with `exact` the whole.
    `certified_at` are those with, and `uncertified_at` those without a certificate that is neither revoked nor over at that instant;
    `expiring` those with one that ends between two instants.
    """

    search: str = ""
    username: str | None = None
    email: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    exact: bool = False
    email_verified: bool | None = None
    enabled: bool | None = None
    two_factor: bool | None = None
    certified_at: datetime | None = None
    uncertified_at: datetime | None = None
    expiring: tuple[datetime, datetime] | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    def is_selective(self) -> bool:
        """Tell whether an index finds what is asked for: not the accounts with one letter, or with two letters somewhere."""
        names = (self.username, self.email, self.given_name, self.family_name)
        parts = [
            (word, _LEAST_OF_PART if word.startswith("*") else _LEAST_OF_BEGINNING) for word in self.search.split()
        ]
        parts += [(name, 1 if self.exact else _LEAST_OF_PART) for name in names if name is not None]
        indexed = (max(map(len, _LETTERS.findall(text)), default=0) >= least for text, least in parts)
        return bool(self.attributes) or any(indexed)


@dataclass(frozen=True)
class Linked:
    """With a row in the table of *by*, a column that refers to a group or role, whose id is *to*."""

    by: Column[Any]
    to: str


def search_users(
    session: Session, realm_id: str, query: UserQuery, *, first: int = 0, limit: int = 100, after: str | None = None
) -> Sequence[User]:
    """Return accounts by username: *limit* of them from the *first*, or those that follow the username *after*."""
    everybody, start = _everybody(realm_id), first
    if after is not None:
        everybody, start = [*everybody, User.username > after], 0
    conditions = [*everybody, *_conditions(session, realm_id, query)]
    ids = None
    if query.is_selective() and query.expiring is None:
        ids = _glance(session, everybody, conditions, first=start, limit=limit)
        ids = _collect(session, conditions, first=start, limit=limit) if ids is None else ids
    if ids is None:
        # Of certificates that are about to end there are few, and the database knows how many.
        with looking(session, Way.WALK if query.expiring is None else Way.EITHER):
            walk = select(User.id).where(*conditions).order_by(User.username).offset(start).limit(limit)
            ids = session.scalars(walk).all()
    return session.scalars(select(User).where(User.id.in_(ids)).order_by(User.username)).all()


def _glance(
    session: Session,
    everybody: Sequence[ColumnElement[bool]],
    conditions: Sequence[ColumnElement[bool]],
    *,
    first: int,
    limit: int,
) -> Sequence[str] | None:
    """Return the ids of a page if the beginning of the list has all of it: there a page is soon full of whom very many are like."""
    beyond = select(User.username).where(*everybody).order_by(User.username).offset(_GLANCE).limit(1)
    with looking(session, Way.WALK):
        end = session.scalar(beyond)
        near = [] if end is None else [User.username < end]
        page = select(User.id).where(*conditions, *near).order_by(User.username).offset(first).limit(limit)
        ids = session.scalars(page).all()
    return ids if end is None or len(ids) == limit else None


def _collect(
    session: Session, conditions: Sequence[ColumnElement[bool]], *, first: int, limit: int
) -> Sequence[str] | None:
    """Return the ids of a page of all that match; None where so many do that a walk in the order of the page finds it sooner."""
    found = select(User.id, User.username).where(*conditions).limit(_MANY).subquery()
    number = func.row_number().over(order_by=found.c.username)
    numbered = select(found.c.id, number.label("number"), func.count().over().label("total")).subquery()
    # The first is always told, so that the total is.
    page = (numbered.c.number == 1) | numbered.c.number.between(first + 1, first + limit)
    with looking(session, Way.COLLECT):
        rows = session.execute(select(numbered).where(page).order_by(numbered.c.number)).all()
    if rows and rows[0].total == _MANY:
        return None
    return [row.id for row in rows if first < row.number <= first + limit]


def list_linked_users(
    session: Session, realm_id: str, linked: Linked, *, first: int = 0, limit: int = 100, after: str | None = None
) -> Sequence[User]:
    """Return the realm's accounts, by username, that are *linked*."""
    user_id = linked.by.table.c.user_id
    chosen = (
        select(User).join(linked.by.table, user_id == User.id).where(User.realm_id == realm_id, linked.by == linked.to)
    )
    chosen = chosen.where(User.username > after) if after is not None else chosen.offset(first)
    with looking(session, Way.EITHER):
        return session.scalars(chosen.order_by(User.username).limit(limit)).all()


def count_users(session: Session, realm_id: str, query: UserQuery) -> int:
    """Return how many accounts there are, exactly: all of a million take a tenth of a second."""
    if query == UserQuery():
        return _count(session, realm_id) - _count(session, realm_id, User.service_account_client_id.is_not(None))
    way = Way.EITHER if query.is_selective() else Way.WALK
    conditions = _conditions(session, realm_id, query)
    return _count(session, realm_id, User.service_account_client_id.is_(None), *conditions, way=way)


def _count(session: Session, realm_id: str, *conditions: ColumnElement[bool], way: Way = Way.WALK) -> int:
    counted = select(func.count()).select_from(User).where(User.realm_id == realm_id, *conditions)
    with looking(session, way):
        return session.scalar(counted) or 0


def _everybody(realm_id: str) -> list[ColumnElement[bool]]:
    return [User.realm_id == realm_id, User.service_account_client_id.is_(None)]


def _conditions(session: Session, realm_id: str, query: UserQuery) -> list[ColumnElement[bool]]:
    conditions = [_matches_word(word) for word in query.search.split()]
    named = zip(_FOLDED, (query.username, query.email, query.given_name, query.family_name), strict=True)
    conditions += [_matches(column, value, query.exact) for column, value in named if value is not None]
    switches = ((User.email_verified, query.email_verified), (User.enabled, query.enabled))
    conditions += [not_(column) if value is False else and_(column) for column, value in switches if value is not None]
    if query.two_factor is not None:
        switched_on = User.two_factor_enabled_at
        conditions.append(switched_on.is_not(None) if query.two_factor else switched_on.is_(None))
    conditions += _certificate_conditions(realm_id, query)
    return [*conditions, *(has_attribute(session, User.attributes, *pair) for pair in query.attributes)]


def _certificate_conditions(realm_id: str, query: UserQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.certified_at is not None:
        conditions.append(_holds(Certificate.not_after > query.certified_at))
    if query.uncertified_at is not None:
        conditions.append(~_holds(Certificate.not_after > query.uncertified_at))
    if query.expiring is not None:
        first, last = query.expiring
        holders = select(Certificate.user_id).where(
            Certificate.realm_id == realm_id, Certificate.not_after > first, Certificate.not_after <= last, *_LIVE
        )
        conditions.append(User.id.in_(holders))
    return conditions


def _holds(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(1).where(Certificate.user_id == User.id, condition, *_LIVE))


def _matches_word(word: str) -> ColumnElement[bool]:
    if word.startswith("id:"):
        return User.id == word.removeprefix("id:")
    if len(word) > 1 and word[0] == word[-1] == '"':
        return or_(*(column == word[1:-1].lower() for column in _FOLDED))
    part = word.strip("*").lower()
    if word.startswith("*"):
        return or_(*(column.contains(part, autoescape=True) for column in _FOLDED))
    return or_(*(column.startswith(part, autoescape=True) for column in _FOLDED))


def _matches(column: Any, value: str, exact: bool) -> ColumnElement[bool]:
    folded = value.lower()
    condition: ColumnElement[bool] = column == folded if exact else column.contains(folded, autoescape=True)
    return condition


def has_attribute(session: Session, column: Any, name: str, value: str) -> ColumnElement[bool]:
    """Return the condition that the attributes in *column* have the value."""
    if session.get_bind().dialect.name == "postgresql":
        contains: ColumnElement[bool] = column.op("@>")(cast({name: [value]}, JSONB))
        return contains
    path = '$."' + name.replace('"', "") + '"'
    each = func.json_each(column, path).table_valued("value")
    return exists(select(1).select_from(each).where(each.c.value == value))
