"""Passwords and what else an account proves itself by: ``/realms/{realm}/users/{id}/{reset-password,credentials}``."""

from collections.abc import Sequence

from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.lookup import get_manageable_user, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import milliseconds
from idp.admin.api.resource import Resource
from idp.admin.api.user_representation import CredentialRepresentation
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import User
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.changes import change_user
from idp.users.users import UPDATE_PASSWORD, change_password, verify_new_password

credentials = Resource("Credentials")
PASSWORD = "password"  # noqa: S105 (a kind of credential)
_USER = "/realms/{realm}/users/{user_id}"


@credentials.get(f"{_USER}/credentials", InRealm("view-users"))
def list_credentials(call: Call, user_id: str) -> list[CredentialRepresentation]:
    """Return what there is, without what it is."""
    user = get_user(call, user_id)
    if user.password_hash is None:
        return []
    changed = user.password_changed_at or user.created_at
    return [CredentialRepresentation(id=user.id, type=PASSWORD, createdDate=milliseconds(changed))]


@credentials.put(f"{_USER}/reset-password", InRealm("manage-users"))
def reset_password(call: Call, user_id: str, credential: CredentialRepresentation) -> None:
    """Set the password; a temporary one has to be replaced at the next login. All sessions of the account end."""
    user = hold(call, get_manageable_user(call, user_id))
    _set_password(call, user, credential)
    end_sessions_of(call.session, call.services.clock, user.id, reason=Ending.PASSWORD_RESET)
    after = {"temporary": UPDATE_PASSWORD in user.required_actions}
    call.record(Tag.USER_PASSWORD_SET, f"users/{user.id}/reset-password", after=after, user_id=user.id)


@credentials.delete(f"{_USER}/credentials/{{credential_id}}", InRealm("manage-users"))
def delete_credential(call: Call, user_id: str, credential_id: str) -> None:
    """Take the password away; all sessions of the account end."""
    user = hold(call, get_manageable_user(call, user_id))
    if credential_id != user.id or user.password_hash is None:
        raise NotFound("no such credential")
    clock = call.services.clock
    user.password_hash, user.password_changed_at, user.updated_at = None, clock.now(), clock.now()
    end_sessions_of(call.session, clock, user.id, reason=Ending.PASSWORD_RESET)
    call.record(Tag.USER_CREDENTIAL_DELETED, f"users/{user.id}/credentials/{credential_id}", user_id=user.id)


def set_first_password(call: Call, user: User, given: Sequence[CredentialRepresentation]) -> None:
    """Set the password that a new account comes with, if one does."""
    for credential in given:
        _set_password(call, user, credential)


def _set_password(call: Call, user: User, credential: CredentialRepresentation) -> None:
    if credential.type not in {None, PASSWORD} or credential.value is None:
        raise InvalidInput(credentials="Use the type password, with a value.")
    if user.service_account_client_id is not None:
        raise InvalidInput(password="A client's account has no password.")
    value, services = credential.value, call.services
    verify_new_password(value, value, min_length=call.realm.password_min_length, username=user.username)
    change_password(call.session, services.passwords, services.clock, user, value)
    if credential.temporary:
        wanted = [*user.required_actions, UPDATE_PASSWORD]
        change_user(call.session, services.clock, user, {"required_actions": wanted})
