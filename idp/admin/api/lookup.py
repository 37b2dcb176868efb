"""Find rows by the ids in paths, within the realm in the path and nowhere else."""

from typing import TypeVar

from idp.admin.api.call import Call
from idp.errors import NotFound
from idp.models import Client, Group, User, UserSession
from idp.users.delegation import verify_may_change_group, verify_may_take_over

E = TypeVar("E", User, UserSession, Client, Group)


def get_user(call: Call, user_id: str) -> User:
    """Return the account; raise `NotFound`."""
    return _get(call, User, user_id)


def get_manageable_user(call: Call, user_id: str) -> User:
    """Return the account if the caller has every permission that it has; raise `NotFound` or `NotPermitted`."""
    user = get_user(call, user_id)
    verify_may_take_over(call.session, call.caller.authority, user)
    return user


def get_session(call: Call, session_id: str) -> UserSession:
    """Return the session; raise `NotFound`."""
    return _get(call, UserSession, session_id)


def get_client(call: Call, client_uuid: str) -> Client:
    """Return the client by its row's id; raise `NotFound`."""
    return _get(call, Client, client_uuid)


def get_group(call: Call, group_id: str) -> Group:
    """Return the group; raise `NotFound`."""
    return _get(call, Group, group_id)


def get_manageable_group(call: Call, group_id: str) -> Group:
    """Return the group if the caller has all that it, or a group in it, gives; raise `NotFound` or `NotPermitted`."""
    group = get_group(call, group_id)
    verify_may_change_group(call.session, call.caller.authority, group)
    return group


def _get(call: Call, entity: type[E], row_id: str) -> E:
    row = call.session.get(entity, row_id)
    if row is None or row.realm_id != call.realm.id:
        raise NotFound(f"no such {entity.__name__} in this realm")
    return row
