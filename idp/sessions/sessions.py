"""Create, renew and end sessions."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate, TokenFamily, User, UserSession, new_id
from idp.sessions.endings import Ending, is_offline_family
from idp.sessions.impersonation import Deed, Impersonator, may
from idp.sessions.logout_notices import write_logout_notices
from idp.storage.transaction import Transaction

AMR_PASSWORD = "pwd"  # noqa: S105 (RFC 8176 section 2)
AMR_CERTIFICATE = "x509"
_AT_ONCE = 1000  # each session is a parameter of a statement, of which a database takes so many


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
    impersonator: Impersonator | None = None,
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
        begun_in=None if impersonator is None else impersonator.session_id,
        impersonator=None if impersonator is None else asdict(impersonator),
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime,
        address=address[:64],
        user_agent=user_agent[:512],
    )
    transaction.insert(row)
    return row, token


def renew_session(clock: Clock, row: UserSession, *, authentication: Authentication, lifetime: timedelta) -> str:
    """Give the session what a new login has proven, under a new cookie token, which is returned; its `sid` stays.

    Raises `ValueError` for one that is somebody's in another's name: that is never prolonged.
    """
    if not may(row.impersonator, Deed.SIGN_IN_ANEW):
        raise ValueError("a session in somebody else's name is not renewed")
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


def end_session(session: Session, clock: Clock, session_id: str, *, reason: Ending) -> bool:
    """End the session; return whether it was live. Its token families end, and clients are told, as *reason* has it."""
    one = UserSession.id == session_id
    return bool(_end(session, clock, one, TokenFamily.session_id == session_id, reason))


def end_sessions_of(
    session: Session, clock: Clock, user_id: str, *, reason: Ending, keep: str | None = None
) -> Sequence[str]:
    """End every live session of the user but *keep*; return their ids.

    Where *reason* does not spare offline access, what was granted in sessions that have ended before is revoked as well.
    """
    live, families = UserSession.user_id == user_id, TokenFamily.user_id == user_id
    if keep is not None:
        live &= UserSession.id != keep
        families &= TokenFamily.session_id.is_distinct_from(keep)
    return _end(session, clock, live, families, reason)


def end_sessions_with_certificate(
    session: Session, clock: Clock, certificate_id: str, *, reason: Ending, keep: str | None = None
) -> Sequence[str]:
    """End every live session that rests on the certificate but *keep*; return their ids. Else as `end_sessions_of`."""
    resting = UserSession.certificate_id == certificate_id
    if keep is not None:
        resting &= UserSession.id != keep
    families = TokenFamily.session_id.in_(select(UserSession.id).where(resting))
    return _end(session, clock, resting, families, reason)


def end_sessions_of_realm(
    session: Session, clock: Clock, realm_id: str, *, reason: Ending, keep: str | None = None
) -> Sequence[str]:
    """End every live session of the realm but *keep*, with what was granted in sessions; return their ids."""
    live = (UserSession.realm_id == realm_id) & UserSession.id.is_distinct_from(keep)
    families = (TokenFamily.realm_id == realm_id) & TokenFamily.session_id.is_not(None)
    if keep is not None:
        families &= TokenFamily.session_id != keep
    return _end(session, clock, live, families, reason)


def end_sessions_under_authority(session: Session, clock: Clock, authority_id: str, *, reason: Ending) -> Sequence[str]:
    """End every live session that rests on a certificate of that issuing authority; return their ids."""
    return _end_resting_on(session, clock, Certificate.authority_id == authority_id, reason)


def end_sessions_under_anchor(session: Session, clock: Clock, anchor_id: str) -> Sequence[str]:
    """End every live session that rests on a certificate bound under a foreign trust anchor; return their ids."""
    return _end_resting_on(session, clock, Certificate.trust_anchor_id == anchor_id, Ending.ANCHOR_DISTRUSTED)


def _end_resting_on(session: Session, clock: Clock, chosen: ColumnElement[bool], reason: Ending) -> Sequence[str]:
    resting = UserSession.certificate_id.in_(select(Certificate.id).where(chosen))
    families = TokenFamily.session_id.in_(select(UserSession.id).where(resting))
    return _end(session, clock, resting, families, reason)


def _end(
    session: Session, clock: Clock, chosen: ColumnElement[bool], families: ColumnElement[bool], reason: Ending
) -> Sequence[str]:
    ending = (
        update(UserSession)
        .where(chosen, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_reason=str(reason))
        .returning(UserSession.id)
    )
    ended = session.scalars(ending).all()
    if reason.spares_offline_access:
        families &= TokenFamily.session_id.in_(ended) & ~is_offline_family()
    session.execute(
        update(TokenFamily)
        .where(families, TokenFamily.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_reason=str(reason))
        .execution_options(synchronize_session=False)
    )
    for start in range(0, len(ended), _AT_ONCE):
        write_logout_notices(session, clock, ended[start : start + _AT_ONCE])
        _end_begun_in(session, clock, ended[start : start + _AT_ONCE])
    return ended


def _end_begun_in(session: Session, clock: Clock, ended: Sequence[str]) -> None:
    """End what somebody does as somebody else with their own session."""
    begun = session.scalars(
        select(UserSession.id).where(UserSession.begun_in.in_(ended), UserSession.ended_at.is_(None))
    )
    for session_id in begun.all():
        end_session(session, clock, session_id, reason=Ending.IMPERSONATOR_LEFT)
