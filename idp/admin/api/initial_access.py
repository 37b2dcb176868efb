"""Initial access tokens, with which clients register themselves: ``/realms/{realm}/clients-initial-access``."""

from datetime import timedelta

from idp.admin.api.call import Call
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.clients.initial_access_tokens import (
    MAX_LIFETIME,
    delete_initial_access_token,
    issue_initial_access_token,
    list_initial_access_tokens,
)
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import InitialAccessToken

initial_access = Resource("Initial access tokens")
_PATH = "/realms/{realm}/clients-initial-access"
_DEFAULT_LIFETIME = timedelta(days=1)


class InitialAccessRepresentation(Representation):
    """A token (ClientInitialAccessPresentation); `token` is told once. `expiration` is in seconds, `timestamp` when it was made."""

    id: str | None = None
    token: str | None = None
    timestamp: int | None = None
    expiration: int | None = None
    count: int | None = None
    remainingCount: int | None = None


@initial_access.get(_PATH, InRealm("view-clients"))
def list_all(call: Call) -> list[InitialAccessRepresentation]:
    """Return the tokens, without what they are."""
    return [_describe(row) for row in list_initial_access_tokens(call.session, call.realm.id)]


@initial_access.post(_PATH, InRealm("manage-clients"), status=200)
def create(call: Call, wanted: InitialAccessRepresentation) -> InitialAccessRepresentation:
    """Make a token and return it; without `expiration`, which with Keycloak is never, it is good for a day."""
    count = 1 if wanted.count is None else wanted.count
    row, text = issue_initial_access_token(
        call.session,
        call.services.clock,
        realm_id=call.realm.id,
        count=count,
        lifetime=_read_lifetime(wanted.expiration),
    )
    described = _describe(row)
    call.record(Tag.INITIAL_TOKEN_CREATED, f"clients-initial-access/{row.id}", after=described.model_dump())
    return described.model_copy(update={"token": text})


@initial_access.delete(f"{_PATH}/{{token_id}}", InRealm("manage-clients"))
def delete(call: Call, token_id: str) -> None:
    """Delete a token; clients that registered with it stay."""
    delete_initial_access_token(call.session, realm_id=call.realm.id, token_id=token_id)
    call.record(Tag.INITIAL_TOKEN_DELETED, f"clients-initial-access/{token_id}")


def _read_lifetime(seconds: int | None) -> timedelta:
    if not seconds:
        return _DEFAULT_LIFETIME
    if not 0 < seconds <= MAX_LIFETIME.total_seconds():
        raise InvalidInput(expiration=f"Use at most {MAX_LIFETIME.total_seconds():.0f} seconds.")
    return timedelta(seconds=seconds)


def _describe(row: InitialAccessToken) -> InitialAccessRepresentation:
    return InitialAccessRepresentation(
        id=row.id,
        timestamp=int(row.created_at.timestamp()),
        expiration=int((row.expires_at - row.created_at).total_seconds()),
        count=row.count,
        remainingCount=row.remaining,
    )
