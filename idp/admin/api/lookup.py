"""Find rows by the ids in paths, within the realm in the path and nowhere else."""

from idp.admin.api.call import Call
from idp.errors import NotFound
from idp.models import Client, Group, User, UserSession
from idp.users.authority import find_authority_below_group, find_authority_of_user, verify_covers


def get_user(call: Call, user_id: str) -> User:
    """Return the account; raise `NotFound`."""
    user = call.session.get(User, user_id)
    if user is None or user.realm_id != call.realm.id:
        raise NotFound("no such user in this realm")
    return user


def get_manageable_user(call: Call, user_id: str) -> User:
    """Return the account if the caller has every permission that it has; raise `NotFound` or `NotPermitted`.

    Whoever may set the password or address of an account can be who it belongs to.
    """
    user = get_user(call, user_id)
    verify_covers(call.caller.authority, find_authority_of_user(call.session, user.id))
    return user


def get_session(call: Call, session_id: str) -> UserSession:
    """Return the session; raise `NotFound`."""
    found = call.session.get(UserSession, session_id)
    if found is None or found.realm_id != call.realm.id:
        raise NotFound("no such session in this realm")
    return found


def get_client(call: Call, client_uuid: str) -> Client:
    """Return the client by its row's id; raise `NotFound`."""
    client = call.session.get(Client, client_uuid)
    if client is None or client.realm_id != call.realm.id:
        raise NotFound("no such client in this realm")
    return client


def get_group(call: Call, group_id: str) -> Group:
    """Return the group; raise `NotFound`."""
    group = call.session.get(Group, group_id)
    if group is None or group.realm_id != call.realm.id:
        raise NotFound("no such group in this realm")
    return group


def get_manageable_group(call: Call, group_id: str) -> Group:
    """Return the group if the caller has all that it, or a group in it, gives; raise `NotFound` or `NotPermitted`."""
    group = get_group(call, group_id)
    verify_covers(call.caller.authority, find_authority_below_group(call.session, group.id))
    return group
