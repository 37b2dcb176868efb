"""The brakes on guessing, one for each thing that can be tried."""

from idp.errors import AccountLocked
from idp.events.tags import Tag
from idp.models import User
from idp.users.brute_force import BruteForceBrake, subject_of
from idp.web.exchange import Exchange


def password_brake(exchange: Exchange, user: User | None, login: str) -> BruteForceBrake:
    """Return the brake on passwords of an account, or of a login that nobody has."""
    return _brake(exchange, subject_of(exchange.realm.id, user, login))


def certificate_brake(exchange: Exchange, user: User) -> BruteForceBrake:
    """Return the brake on failed certificate steps."""
    return _brake(exchange, f"{user.id}:certificate")


def recovery_code_brake(exchange: Exchange, user: User) -> BruteForceBrake:
    """Return the brake on recovery codes."""
    return _brake(exchange, f"{user.id}:recovery")


def raise_if_locked(exchange: Exchange, brake: BruteForceBrake, user: User) -> None:
    """Raise `AccountLocked` where the next try would be refused; the event says so."""
    try:
        brake.verify_open()
    except AccountLocked as locked:
        record_lock(exchange, user, locked)
        raise


def record_lock(exchange: Exchange, user: User | None, locked: AccountLocked) -> None:
    """Note in the events that a try was refused, and for how long."""
    exchange.record(
        Tag.LOGIN_LOCKED, user_id=user.id if user else None, seconds=int(locked.retry_after.total_seconds())
    )


def _brake(exchange: Exchange, subject: str) -> BruteForceBrake:
    services = exchange.services
    return BruteForceBrake(
        services.ephemeral, services.clock, exchange.realm.lock, subject=subject, address=exchange.address
    )
