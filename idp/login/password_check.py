"""Check a password that somebody typed, with the events that belong to it: at login and behind mail links."""

from idp.errors import AccountLocked, PasswordMismatch
from idp.events.tags import Tag
from idp.login.brakes import password_brake, record_lock
from idp.models import User
from idp.users.password_login import verify_password
from idp.web.exchange import Exchange


def check_password(
    exchange: Exchange, user: User | None, password: str, *, login: str = "", client_id: str | None = None
) -> User:
    """Return *user* when *password* is theirs; raise `PasswordMismatch` or `AccountLocked`."""
    services = exchange.services
    brake = password_brake(exchange, user, login)
    try:
        verified = verify_password(services.passwords, services.clock, brake, user=user, password=password)
    except PasswordMismatch:
        exchange.record(
            Tag.LOGIN_FAILURE, user_id=user.id if user else None, client_id=client_id, login=login[:64], step="password"
        )
        raise
    except AccountLocked as locked:
        record_lock(exchange, user, locked)
        raise
    brake.record_success()
    return verified
