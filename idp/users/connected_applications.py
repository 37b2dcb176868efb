"""Which applications know a person: by consent, or by tokens that are still good."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Client, Consent, TokenFamily

_OFFLINE_ACCESS = "offline_access"


@dataclass(frozen=True, kw_only=True)
class ConnectedApplication:
    """One application; `id` is the client's row, `offline` whether it stays connected after a sign-out.

    `opens` tells whether it has a page to begin at.
    """

    id: str
    client_id: str
    title: str
    opens: bool
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    since: datetime
    offline: bool


def list_connected_applications(session: Session, clock: Clock, user_id: str) -> list[ConnectedApplication]:
    """Return the applications in the order of their names; the provider's own pages are not among them."""
    consents = session.execute(
        select(Consent, Client).join(Client, Client.id == Consent.client_id).where(Consent.user_id == user_id)
    )
    families = session.execute(
        select(TokenFamily, Client)
        .join(Client, Client.id == TokenFamily.client_id)
        .where(
            TokenFamily.user_id == user_id,
            TokenFamily.revoked_at.is_(None),
            TokenFamily.expires_at > clock.now(),
            Client.first_party.is_(False),
        )
    )
    found: dict[str, ConnectedApplication] = {}
    for row, client in (*consents, *families):
        found[client.id] = _merge(found.get(client.id), row, client)
    return sorted(found.values(), key=lambda application: application.title.lower())


def _merge(known: ConnectedApplication | None, row: Consent | TokenFamily, client: Client) -> ConnectedApplication:
    consented = isinstance(row, Consent)
    scopes = row.scopes if isinstance(row, Consent) else row.scope.split()
    claims = row.claims if isinstance(row, Consent) else ()
    return ConnectedApplication(
        id=client.id,
        client_id=client.client_id,
        title=client.name or client.client_id,
        opens=bool(client.initiate_login_uri or client.home_uri),
        scopes=tuple(dict.fromkeys((*(known.scopes if known else ()), *scopes))),
        claims=tuple(dict.fromkeys((*(known.claims if known else ()), *claims))),
        since=min(known.since, row.created_at) if known else row.created_at,
        offline=(known is not None and known.offline) or (not consented and _OFFLINE_ACCESS in scopes),
    )
