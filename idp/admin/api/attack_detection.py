"""Locks after too many failures: ``/realms/{realm}/attack-detection/brute-force/users``."""

from idp.admin.api.call import Call
from idp.admin.api.lookup import get_manageable_user, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation, milliseconds
from idp.admin.api.resource import Resource
from idp.events.failures import find_last_failure, list_failed_users
from idp.events.tags import Tag
from idp.users.authority import find_authority_of_user
from idp.users.brute_force import MEMORY, find_lock_state, unlock

attack_detection = Resource("Attack detection")
_USERS = "/realms/{realm}/attack-detection/brute-force/users"
_ONE = f"{_USERS}/{{user_id}}"


class BruteForceRepresentation(Representation):
    """How an account stands; `disabled` means that no password is tried at the moment."""

    numFailures: int
    disabled: bool
    lastFailure: int
    lastIPFailure: str
    failedLoginNotBefore: int


@attack_detection.get(_ONE, InRealm("view-users"))
def read(call: Call, user_id: str) -> BruteForceRepresentation:
    """Return how often a password failed in a row, and whether the account is locked."""
    user, services = get_user(call, user_id), call.services
    state = find_lock_state(services.ephemeral, services.clock, user.id)
    last = find_last_failure(call.session, user.id, services.clock.now() - MEMORY)
    return BruteForceRepresentation(
        numFailures=state.failures,
        disabled=state.locked_until is not None,
        lastFailure=0 if last is None else milliseconds(last.at),
        lastIPFailure="n/a" if last is None else last.address,
        failedLoginNotBefore=0 if state.locked_until is None else int(state.locked_until.timestamp()),
    )


@attack_detection.delete(_ONE, InRealm("manage-users"))
def forget(call: Call, user_id: str) -> None:
    """Forget the failures of an account, so that it can sign in."""
    user = get_manageable_user(call, user_id)
    unlock(call.services.ephemeral, user.id)
    call.record(Tag.USER_UNLOCKED, f"attack-detection/brute-force/users/{user.id}", user_id=user.id)


@attack_detection.delete(_USERS, InRealm("manage-users"))
def forget_all(call: Call) -> None:
    """Forget the failures of all accounts that the caller may manage; the events of the time for which failures are remembered
    say whose there are.
    """
    failed = list_failed_users(call.session, call.realm.id, call.services.clock.now() - MEMORY)
    mine = call.caller.authority
    user_ids = [user_id for user_id in failed if mine.covers(find_authority_of_user(call.session, user_id))]
    for user_id in user_ids:
        unlock(call.services.ephemeral, user_id)
    call.record(Tag.USER_UNLOCKED, "attack-detection/brute-force/users", after={"users": len(user_ids)})
