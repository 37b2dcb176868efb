"""Find clients by the ids in paths, and say which of them the caller may change."""

from collections.abc import Sequence

from idp.admin import client_authority
from idp.admin.api.call import Call
from idp.errors import InvalidInput, NotFound, NotPermitted
from idp.models import Client


def get_client(call: Call, client_row_id: str) -> Client:
    """Return the client; raise `NotFound`."""
    client = call.session.get(Client, client_row_id)
    if client is None or client.realm_id != call.realm.id:
        raise NotFound("no such client in this realm")
    return client


def get_manageable_client(call: Call, client_row_id: str) -> Client:
    """Return the client if the caller may change it, and so learn its secret; raise `NotFound`, `InvalidInput` or `NotPermitted`.

    Whoever says how a client authenticates, or where its answers go, can be that client.
    """
    client = get_client(call, client_row_id)
    if client.manages_realm_id is not None:
        raise InvalidInput(id="The permissions over a realm belong to this client. It stays as it is.")
    verify_may_be(call, client)
    return client


def verify_may_be(call: Call, client: Client) -> None:
    """Raise `NotPermitted` where the client can do more than the caller, in its own name or with what people give it."""
    verify_may_be_all(call, [client])


def verify_may_be_all(call: Call, clients: Sequence[Client]) -> None:
    """Raise `NotPermitted` where one of the clients can do more than the caller, as `verify_may_be` says."""
    client_authority.verify_may_be_all(call.session, call.caller.authority, call.realm, clients)


def verify_administers(call: Call) -> None:
    """Raise `NotPermitted` unless the caller may do in the realm whatever anybody of its people may do."""
    client_authority.verify_administers(call.caller.authority, call.realm)


def may_be(call: Call, client: Client) -> bool:
    """Tell whether the caller manages clients and `verify_may_be`."""
    if not call.may("manage-clients") or client.manages_realm_id is not None:
        return False
    try:
        verify_may_be(call, client)
    except NotPermitted:
        return False
    return True
