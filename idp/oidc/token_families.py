"""Rows of token families: rotated in one statement, revoked as a whole (RFC 9700 section 4.14.2)."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Row, Table, bindparam, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.models import TokenFamily, User, UserSession
from idp.oidc.authorization_code import AuthorizationCode
from idp.oidc.person_rows import PERSON_COLUMNS
from idp.sessions.endings import session_bears_family
from idp.storage.transaction import Transaction

CODE_REPLAYED = "code replayed"
TOUCH_EVERY = timedelta(seconds=60)  # a session in use is written about once a minute, not with every request

_FAMILY: Table = TokenFamily.__table__  # type: ignore[assignment]
_SESSION: Table = UserSession.__table__  # type: ignore[assignment]
_USER: Table = User.__table__  # type: ignore[assignment]
_INSTANT = _FAMILY.c.created_at.type
_NOW = bindparam("now", type_=_INSTANT)


def revoke_family_of_code(transaction: Transaction, code: AuthorizationCode, now: datetime) -> None:
    """Revoke the tokens a code gave, or those that its first use is just about to give."""
    transaction.change(
        _revoke_or_forestall(transaction.dialect),
        {**_identify(code), "now": now, "reason": CODE_REPLAYED},
    )


def revoke_family(transaction: Transaction, family_id: str, *, now: datetime, reason: str) -> bool:
    """Revoke the family; return whether it was live."""
    return bool(transaction.change(_REVOKE, {"family": family_id, "now": now, "reason": reason}))


def rotate_family(
    transaction: Transaction, family_id: str, *, old_digest: str, new_digest: str, retry_digest: str, now: datetime
) -> bool:
    """Replace the refresh token; of any number of simultaneous callers one gets True."""
    rotated = transaction.change(
        _ROTATE,
        {"family": family_id, "old": old_digest, "new": new_digest, "retry": retry_digest, "now": now},
    )
    return bool(rotated)


def bind_family(transaction: Transaction, family_id: str, confirmation: dict[str, str]) -> None:
    """Bind the family's refresh token to a key or certificate (RFC 9449 section 5)."""
    transaction.change(_BIND, {"family": family_id, "bound": confirmation})


def touch_session(transaction: Transaction, session_id: str, now: datetime) -> None:
    """Note that the session is in use."""
    transaction.change(_TOUCH, {"sid": session_id, "now": now})


def find_family(transaction: Transaction, family_id: str) -> Row[Any] | None:
    """Return the family with its session and whether its user is enabled, or None."""
    row: Row[Any] | None = transaction.find(_FIND, {"family": family_id})
    return row


def find_person_of_live_family(transaction: Transaction, family_id: str, now: datetime) -> Row[Any] | None:
    """Return the user's columns, `certificate_claims` and `requested_claims` while family and user are live, or None.

    The session is live, too, or ended in a way that offline access outlives.
    """
    row: Row[Any] | None = transaction.find(_LIVE_PERSON, {"family": family_id, "now": now})
    return row


def _identify(code: AuthorizationCode) -> dict[str, str]:
    basis = code.basis
    return {
        "family": basis.family_id,
        "realm": code.realm_id,
        "sid": basis.session_id,
        "sub": basis.user_id,
        "client": code.client_row_id,
    }


def live_session_of_user() -> Any:
    """Return the condition that a session has not ended and that its user is enabled."""
    return (_SESSION.c.ended_at.is_(None)) & (_USER.c.enabled.is_(True)) & (_USER.c.id == _SESSION.c.user_id)


@lru_cache
def _revoke_or_forestall(dialect: str) -> Executable:
    revoked = {"revoked_at": _NOW, "revoked_reason": bindparam("reason")}
    values = {
        "id": bindparam("family"),
        "realm_id": bindparam("realm"),
        "session_id": _SESSION.c.id,
        "user_id": bindparam("sub"),
        "client_id": bindparam("client"),
        "scope": literal(""),
        "created_at": _NOW,
        "expires_at": _NOW,
        **revoked,
    }
    source = select(*values.values()).where(_SESSION.c.id == bindparam("sid"))
    statement = insert_family(dialect).from_select(list(values), source)
    unrevoked = _FAMILY.c.revoked_at.is_(None)
    return statement.on_conflict_do_update(index_elements=[_FAMILY.c.id], set_=revoked, where=unrevoked)  # type: ignore[no-any-return]


def insert_family(dialect: str) -> Any:
    """Return an INSERT that knows what to do about conflicts."""
    return sqlite.insert(_FAMILY) if dialect == "sqlite" else postgresql.insert(_FAMILY)


_REVOKE = (
    update(_FAMILY)
    .where(_FAMILY.c.id == bindparam("family"), _FAMILY.c.revoked_at.is_(None))
    .values(revoked_at=_NOW, revoked_reason=bindparam("reason"))
)

_ROTATE = (
    update(_FAMILY)
    .where(
        _FAMILY.c.id == bindparam("family"),
        _FAMILY.c.refresh_digest == bindparam("old"),
        _FAMILY.c.revoked_at.is_(None),
        _FAMILY.c.expires_at > _NOW,
    )
    .values(refresh_digest=bindparam("new"), previous_digest=bindparam("retry"), rotated_at=_NOW)
)

_BIND = (
    update(_FAMILY)
    .where(_FAMILY.c.id == bindparam("family"))
    .values(confirmation=bindparam("bound", type_=_FAMILY.c.confirmation.type))
)

_TOUCH = update(_SESSION).where(_SESSION.c.id == bindparam("sid")).values(last_seen_at=_NOW)

_FIND = (
    select(
        _FAMILY,
        _SESSION.c.ended_at,
        _SESSION.c.ended_reason,
        _SESSION.c.expires_at.label("session_expires_at"),
        _SESSION.c.last_seen_at,
        _SESSION.c.auth_time,
        _SESSION.c.acr,
        _SESSION.c.amr,
        _SESSION.c.certificate_claims,
        _SESSION.c.impersonator,
        _USER.c.enabled,
    )
    .join(_SESSION, _SESSION.c.id == _FAMILY.c.session_id)
    .join(_USER, _USER.c.id == _FAMILY.c.user_id)
    .where(_FAMILY.c.id == bindparam("family"))
)

_LIVE_PERSON = (
    select(
        *PERSON_COLUMNS,
        _SESSION.c.certificate_claims,
        _FAMILY.c.claims.label("requested_claims"),
    )
    .select_from(_FAMILY)
    .join(_SESSION, _SESSION.c.id == _FAMILY.c.session_id)
    .join(_USER, _USER.c.id == _FAMILY.c.user_id)
    .where(
        _FAMILY.c.id == bindparam("family"),
        _FAMILY.c.revoked_at.is_(None),
        _FAMILY.c.expires_at > _NOW,
        session_bears_family(),
        _USER.c.enabled.is_(True),
    )
)
