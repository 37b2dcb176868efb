"""Who is signed in to a client, and its own account: ``…/clients/{id}/{user-sessions,offline-sessions,service-account-user}``."""

from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client
from idp.admin.api.clients import CLIENT, VIEW
from idp.admin.api.representation import DEFAULT_MOST, First, Most, Representation, milliseconds
from idp.admin.api.resource import Resource
from idp.admin.api.user_representation import (
    UserRepresentation,
    UserSessionRepresentation,
    describe_session,
    describe_user_briefly,
)
from idp.errors import NotFound, NotPermitted
from idp.models import Client
from idp.sessions.client_sessions import (
    SessionOfClient,
    count_offline_access_of_client,
    count_sessions_of_client,
    list_offline_access_of_client,
    list_sessions_of_client,
)
from idp.users.service_accounts import find_service_account

client_sessions = Resource("Sessions of clients")


class CountRepresentation(Representation):
    """How many there are."""

    count: int


@client_sessions.get(f"{CLIENT}/service-account-user", VIEW)
def read_account(call: Call, client_row_id: str) -> UserRepresentation:
    """Return the account with which the client calls for itself."""
    client = get_client(call, client_row_id)
    account = find_service_account(call.session, client.id)
    if account is None:
        raise NotFound("the client has no account")
    return describe_user_briefly(account).model_copy(update={"serviceAccountClientId": client.client_id})


@client_sessions.get(f"{CLIENT}/session-count", VIEW)
def count(call: Call, client_row_id: str) -> CountRepresentation:
    """Return in how many live sessions the client has tokens."""
    client = get_client(call, client_row_id)
    return CountRepresentation(count=count_sessions_of_client(call.session, call.services.clock.now(), client))


@client_sessions.get(f"{CLIENT}/offline-session-count", VIEW)
def count_offline(call: Call, client_row_id: str) -> CountRepresentation:
    """Return how often the client has offline access."""
    client = get_client(call, client_row_id)
    return CountRepresentation(count=count_offline_access_of_client(call.session, call.services.clock.now(), client))


@client_sessions.get(f"{CLIENT}/user-sessions", VIEW)
def list_sessions(
    call: Call, client_row_id: str, first: First = 0, max: Most = DEFAULT_MOST
) -> list[UserSessionRepresentation]:
    """Return live sessions in which the client has tokens, newest first, to who may view accounts as well."""
    client = _get_with_people(call, client_row_id)
    now = call.services.clock.now()
    found = list_sessions_of_client(call.session, now, client, first=first, limit=max)
    return [_describe(client, row) for row in found]


@client_sessions.get(f"{CLIENT}/offline-sessions", VIEW)
def list_offline(
    call: Call, client_row_id: str, first: First = 0, max: Most = DEFAULT_MOST
) -> list[UserSessionRepresentation]:
    """Return the offline access that the client has, newest first, to who may view accounts as well."""
    client = _get_with_people(call, client_row_id)
    now = call.services.clock.now()
    found = list_offline_access_of_client(call.session, now, client, first=first, limit=max)
    return [_describe(client, row) for row in found]


def _get_with_people(call: Call, client_row_id: str) -> Client:
    client = get_client(call, client_row_id)
    if not call.may("view-users"):
        raise NotPermitted("Who is signed in is told to those who may view accounts.")
    return client


def _describe(client: Client, found: SessionOfClient) -> UserSessionRepresentation:
    described = describe_session(found.session, found.user, {client.id: client.client_id})
    return described.model_copy(update={"lastAccess": milliseconds(found.last_used_at)})
