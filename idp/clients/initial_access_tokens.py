"""Initial access tokens: permission to register a number of clients (RFC 7591 sections 1.2 and 3)."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput, NotFound
from idp.models import InitialAccessToken
from idp.storage.purge import delete_batch
from idp.storage.transaction import Transaction

MAX_COUNT = 10_000
MAX_LIFETIME = timedelta(days=365)
_TOKEN: Table = InitialAccessToken.__table__  # type: ignore[assignment]
_USABLE = (
    (_TOKEN.c.realm_id == bindparam("realm"))
    & (_TOKEN.c.digest == bindparam("presented"))
    & (_TOKEN.c.remaining > 0)
    & (_TOKEN.c.expires_at > bindparam("now"))
)
_FIND = select(_TOKEN.c.id).where(_USABLE)
_TAKE = update(_TOKEN).where(_USABLE).values(remaining=_TOKEN.c.remaining - 1)


def issue_initial_access_token(
    session: Session, clock: Clock, *, realm_id: str, count: int, lifetime: timedelta
) -> tuple[InitialAccessToken, str]:
    """Insert a token for *count* registrations and return it with its text, which is not kept; raise `InvalidInput`."""
    if not 1 <= count <= MAX_COUNT:
        raise InvalidInput(count=f"Use a number from 1 to {MAX_COUNT}.")
    if not timedelta() < lifetime <= MAX_LIFETIME:
        raise InvalidInput(lifetime=f"Use at most {MAX_LIFETIME.days} days.")
    text = secrets.token_urlsafe(32)
    now = clock.now()
    row = InitialAccessToken(
        realm_id=realm_id,
        digest=digest_of(text),
        count=count,
        remaining=count,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(row)
    session.flush()
    return row, text


def is_usable(transaction: Transaction, clock: Clock, *, realm_id: str, token: str) -> bool:
    """Tell whether a client may be registered with *token* in the realm now."""
    return transaction.find(_FIND, _parameters(clock, realm_id, token)) is not None


def take_registration(transaction: Transaction, clock: Clock, *, realm_id: str, token: str) -> bool:
    """Use *token* for one registration; of any number of simultaneous callers no more win than it is good for."""
    return transaction.change(_TAKE, _parameters(clock, realm_id, token)) == 1


def list_initial_access_tokens(session: Session, realm_id: str) -> Sequence[InitialAccessToken]:
    """Return the tokens of the realm, oldest first, used up and expired ones too."""
    return session.scalars(
        select(InitialAccessToken)
        .where(InitialAccessToken.realm_id == realm_id)
        .order_by(InitialAccessToken.created_at, InitialAccessToken.id)
    ).all()


def delete_initial_access_token(session: Session, *, realm_id: str, token_id: str) -> None:
    """Delete the token with that id, so that nobody registers with it any more; raise `NotFound`."""
    row = session.get(InitialAccessToken, token_id)
    if row is None or row.realm_id != realm_id:
        raise NotFound(f"there is no initial access token {token_id!r}")
    session.delete(row)
    session.flush()


def purge_initial_access_tokens(session: Session, clock: Clock) -> int:
    """Delete tokens that are of no use any more; return how many."""
    useless = (InitialAccessToken.expires_at <= clock.now()) | (InitialAccessToken.remaining <= 0)
    return delete_batch(session, InitialAccessToken, useless)


def digest_of(token: str) -> str:
    """Return what is stored of *token*, a text of anybody's: the hexadecimal SHA-256."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _parameters(clock: Clock, realm_id: str, token: str) -> dict[str, object]:
    return {"realm": realm_id, "presented": digest_of(token), "now": clock.now()}
