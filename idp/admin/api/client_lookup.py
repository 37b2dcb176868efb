"""Find clients by the ids in paths, and say which of them the caller may change."""

from idp.admin.api.call import Call
from idp.errors import InvalidInput, NotFound, NotPermitted
from idp.models import MASTER, Client
from idp.provisioning import ACCOUNT_CONSOLE
from idp.users.authority import find_authority_of_client, verify_covers
from idp.users.management_roles import REALM_ADMIN


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
    verify_covers(call.caller.authority, find_authority_of_client(call.session, client.id))
    if client.admin_api or client.client_id == ACCOUNT_CONSOLE:
        verify_administers(call)


def verify_administers(call: Call) -> None:
    """Raise `NotPermitted` unless the caller may do in the realm whatever anybody of its people may do."""
    everything = call.caller.authority.everything
    if not (everything or (call.realm.name != MASTER and call.may(REALM_ADMIN))):
        raise NotPermitted("Administrators sign in to this client: that needs realm-admin, in master admin.")


def may_be(call: Call, client: Client) -> bool:
    """Tell whether the caller manages clients and `verify_may_be`."""
    if not call.may("manage-clients") or client.manages_realm_id is not None:
        return False
    try:
        verify_may_be(call, client)
    except NotPermitted:
        return False
    return True
