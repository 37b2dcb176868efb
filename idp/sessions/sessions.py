"""Create, renew and end sessions."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import TokenFamily, User, UserSession, new_id
from idp.storage.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Authentication:
    """What a login has proven; becomes `acr`, `amr` and `auth_time` of every token of the session."""

    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    second_factor: str | None = None
    certificate_id: str | None = None
    certificate_claims: dict[str, Any] | None = None
    enrolment_only: bool = False


def digest_token(token: str) -> str:
    """Return the digest under which a random token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_session(
    transaction: Transaction,
    clock: Clock,
    *,
    user: User,
    authentication: Authentication,
    lifetime: timedelta,
    address: str,
    user_agent: str,
) -> tuple[UserSession, str]:
    """Insert a session of at most *lifetime*; return it and the token for its cookie (256 random bits)."""
    token, now = secrets.token_urlsafe(32), clock.now()
    row = UserSession(
        id=new_id(),
        realm_id=user.realm_id,
        user_id=user.id,
        token_digest=digest_token(token),
        auth_time=authentication.auth_time,
        acr=authentication.acr,
        amr=list(authentication.amr),
        second_factor=authentication.second_factor,
        certificate_id=authentication.certificate_id,
        certificate_claims=authentication.certificate_claims,
        enrolment_only=authentication.enrolment_only,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime,
        address=address[:64],
        user_agent=user_agent[:512],
    )
    transaction.insert(row)
    return row, token


def renew_session(clock: Clock, row: UserSession, *, authentication: Authentication, lifetime: timedelta) -> str:
    """Give the session what a new login has proven, under a new cookie token, which is returned; its `sid` stays."""
    token, now = secrets.token_urlsafe(32), clock.now()
    row.token_digest = digest_token(token)
    row.auth_time = authentication.auth_time
    row.acr, row.amr = authentication.acr, list(authentication.amr)
    row.second_factor = authentication.second_factor
    row.certificate_id = authentication.certificate_id
    row.certificate_claims = authentication.certificate_claims
    row.enrolment_only = authentication.enrolment_only
    row.last_seen_at, row.expires_at = now, now + lifetime
    return token


def end_session(session: Session, clock: Clock, session_id: str, *, reason: str) -> bool:
    """End the session and revoke its token families; return whether it was live."""
    ended = session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_reason=reason)
    )
    _revoke_families(session, clock, [session_id], reason)
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_sessions_of(
    session: Session, clock: Clock, user_id: str, *, reason: str, keep: str | None = None
) -> Sequence[str]:
    """End every live session of the user but *keep*; return their ids."""
    live = select(UserSession.id).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    return _end_all(session, clock, live, reason=reason, keep=keep)


def _end_all(session: Session, clock: Clock, live: Select[str], *, reason: str, keep: str | None) -> Sequence[str]:
    ids = session.scalars(live if keep is None else live.where(UserSession.id != keep)).all()
    if ids:
        session.execute(
            update(UserSession).where(UserSession.id.in_(ids)).values(ended_at=clock.now(), ended_reason=reason)
        )
        _revoke_families(session, clock, ids, reason)
    return ids


def end_sessions_with_certificate(
    session: Session, clock: Clock, certificate_id: str, *, reason: str, keep: str | None = None
) -> Sequence[str]:
    """End every live session that rests on the certificate but *keep*; return their ids."""
    live = select(UserSession.id).where(UserSession.certificate_id == certificate_id, UserSession.ended_at.is_(None))
    return _end_all(session, clock, live, reason=reason, keep=keep)


def _revoke_families(session: Session, clock: Clock, session_ids: Sequence[str], reason: str) -> None:
    session.execute(
        update(TokenFamily)
        .where(TokenFamily.session_id.in_(session_ids), TokenFamily.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_reason=reason)
    )
