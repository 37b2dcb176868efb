"""Find a session that is live. Every request of a signed-in browser begins so, and only reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, bindparam, select, update

from idp.clock import Clock
from idp.models import User, UserSession
from idp.sessions.impersonation import Impersonator, read_impersonator
from idp.sessions.sessions import AMR_PASSWORD, digest_token
from idp.storage.transaction import Transaction

# A session's last use is written at most once in this time, not with every request.
_TOUCH_EVERY = timedelta(seconds=60)

_SESSION: Table = UserSession.__table__  # type: ignore[assignment]
_USER: Table = User.__table__  # type: ignore[assignment]
_WITH_USER = select(
    _SESSION.c.id,
    _SESSION.c.realm_id,
    _SESSION.c.auth_time,
    _SESSION.c.acr,
    _SESSION.c.amr,
    _SESSION.c.second_factor,
    _SESSION.c.certificate_id,
    _SESSION.c.certificate_claims,
    _SESSION.c.enrolment_only,
    _SESSION.c.impersonator,
    _SESSION.c.last_seen_at,
    _SESSION.c.expires_at,
    _SESSION.c.user_id,
    _USER.c.username,
    _USER.c.given_name,
    _USER.c.family_name,
    _USER.c.two_factor_enabled_at,
    _USER.c.required_actions,
).where(_USER.c.id == _SESSION.c.user_id, _USER.c.enabled.is_(True), _SESSION.c.ended_at.is_(None))
_BY_TOKEN = _WITH_USER.where(_SESSION.c.token_digest == bindparam("digest"))
_BY_ID = _WITH_USER.where(_SESSION.c.id == bindparam("sid"))
_TOUCH = update(_SESSION).where(_SESSION.c.id == bindparam("sid")).values(last_seen_at=bindparam("now"))


@dataclass(frozen=True, kw_only=True)
class SignedInUser:
    """Whose session it is, as far as a login has to know."""

    id: str
    username: str
    name: str
    two_factor_enabled_at: datetime | None
    required_actions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LiveSession:
    """A session that has neither ended nor expired, with its enabled user; `id` is the public `sid`."""

    id: str
    realm_id: str
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    second_factor: str | None
    certificate_id: str | None
    certificate_claims: dict[str, Any] | None
    enrolment_only: bool
    expires_at: datetime
    impersonator: Impersonator | None
    user: SignedInUser

    @property
    def passwordless(self) -> bool:
        """Whether it rests on a certificate alone."""
        return AMR_PASSWORD not in self.amr


def find_live_session(
    transaction: Transaction, clock: Clock, *, realm_id: str, token: str, idle_lifetime: timedelta
) -> LiveSession | None:
    """Return the live session of a cookie's *token*, or None; note its use."""
    row = transaction.find(_BY_TOKEN, {"digest": digest_token(token)})
    return _live(transaction, clock, row, idle_lifetime) if row is not None and row.realm_id == realm_id else None


def find_live_session_by_id(
    transaction: Transaction, clock: Clock, *, session_id: str, idle_lifetime: timedelta
) -> LiveSession | None:
    """Return the live session with that `sid`, or None; note its use."""
    row = transaction.find(_BY_ID, {"sid": session_id})
    return None if row is None else _live(transaction, clock, row, idle_lifetime)


def _live(transaction: Transaction, clock: Clock, row: Row[Any], idle_lifetime: timedelta) -> LiveSession | None:
    now = clock.now()
    if now >= row.expires_at or now >= row.last_seen_at + idle_lifetime:
        return None
    if now - row.last_seen_at >= _TOUCH_EVERY:
        transaction.change(_TOUCH, {"sid": row.id, "now": now})
    return _build(row)


def _build(row: Row[Any]) -> LiveSession:
    return LiveSession(
        id=row.id,
        realm_id=row.realm_id,
        auth_time=row.auth_time,
        acr=row.acr,
        amr=tuple(row.amr),
        second_factor=row.second_factor,
        certificate_id=row.certificate_id,
        certificate_claims=row.certificate_claims,
        enrolment_only=row.enrolment_only,
        expires_at=row.expires_at,
        impersonator=read_impersonator(row.impersonator),
        user=SignedInUser(
            id=row.user_id,
            username=row.username,
            name=f"{row.given_name} {row.family_name}".strip() or row.username,
            two_factor_enabled_at=row.two_factor_enabled_at,
            required_actions=tuple(row.required_actions),
        ),
    )
