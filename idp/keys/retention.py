"""How long a retired key stays published: until nothing that it signed can come back."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Client, Realm, SigningKey

# The longest validity a realm can give its tokens: those of an hour ago may have had one that was shortened since.
_LEAST = 86400


def find_retention(session: Session, realm: Realm) -> timedelta:
    """Return how long after a key's last signature something that it signed may come back.

    That is not only until the tokens expire: an ID Token is a hint (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout
    section 2) as long as its session lives, and with offline access a session goes on without its browser.
    """
    of_clients = session.scalar(select(func.max(Client.access_token_lifetime)).where(Client.realm_id == realm.id)) or 0
    lifetimes = (realm.access_token_lifetime, realm.session_lifetime, realm.offline_lifetime, of_clients)
    return timedelta(seconds=max(_LEAST, *lifetimes))


def find_end(key: SigningKey, retention: timedelta) -> datetime | None:
    """Return until when a retired key is published, or a revoked one listed; None for one that is neither."""
    return None if key.retired_at is None else key.retired_at + retention


def purge_retired_keys(session: Session, clock: Clock, realm_id: str) -> int:
    """Delete the keys of the realm that have had their time, and return how many."""
    horizon = clock.now() - find_retention(session, session.get_one(Realm, realm_id))
    expired = session.scalars(
        select(SigningKey.id).where(SigningKey.realm_id == realm_id, SigningKey.retired_at < horizon)
    ).all()
    if expired:
        session.execute(delete(SigningKey).where(SigningKey.id.in_(expired)))
    return len(expired)
