"""Check a password: the one place where it is done."""

from idp.clock import Clock
from idp.errors import PasswordMismatch
from idp.models import User
from idp.users.brute_force import BruteForceBrake
from idp.users.passwords import PasswordHasher


def verify_password(
    hasher: PasswordHasher,
    clock: Clock,
    brake: BruteForceBrake,
    *,
    user: User | None,
    password: str,
) -> User:
    """Return *user* when *password* is theirs; raise `AccountLocked` or `PasswordMismatch`.

    An unknown or disabled account costs the same time and gives the same answer as a wrong password. The caller
    clears the brake when the whole sign-in has succeeded.
    """
    brake.begin_attempt()
    try:
        hasher.verify(password, user.password_hash if user else None)
        if user is None or not user.enabled or user.service_account_client_id is not None:
            raise PasswordMismatch("the account is disabled, or a client's")
    except PasswordMismatch:
        brake.record_failure()
        raise
    if user.password_hash and hasher.needs_rehash(user.password_hash):
        user.password_hash = hasher.hash(password)
        user.updated_at = clock.now()
    return user
