"""Find rows by the ids in paths, within the realm in the path and nowhere else."""

from idp.admin.api.call import Call
from idp.errors import NotFound
from idp.models import User, UserSession
from idp.users.authority import find_authority_of_user, verify_covers


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
