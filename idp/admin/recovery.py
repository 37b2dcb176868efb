"""What administrators do for people who cannot help themselves: unlock, reset of two-factor login, revocation of a certificate."""

from datetime import timedelta

from idp.errors import AccountLocked
from idp.models import Certificate, User
from idp.pki.revocation import RevocationReason, revoke_all_certificates, revoke_certificate
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of, end_sessions_with_certificate
from idp.users.action_links import Purpose, void_links
from idp.users.brute_force import BruteForceBrake
from idp.users.recovery_codes import delete_recovery_codes
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail

_BRAKES = ("", ":certificate", ":recovery")  # as `idp.login.brakes` names them


def find_lock(exchange: Exchange, user: User) -> timedelta | None:
    """Return for how long the account's sign-in is locked, by whatever was tried too often; the exchange is at its realm."""
    waits = [wait for brake in _brakes(exchange, user) if (wait := _find_wait(brake)) is not None]
    return max(waits, default=None)


def unlock(exchange: Exchange, user: User) -> None:
    """Forget the account's failures, and with them its locks."""
    for brake in _brakes(exchange, user):
        brake.record_success()


def reset_two_factor(exchange: Exchange, user: User, *, reason: str, revoke: bool) -> list[Certificate]:
    """Switch two-factor login off and tell the person why; return the certificates that were revoked.

    All sessions and recovery codes end; with *revoke*, the certificates too. The exchange is at the person's realm.
    """
    session, clock = exchange.session, exchange.services.clock
    user.two_factor_enabled_at, user.updated_at = None, clock.now()
    delete_recovery_codes(session, user.id)
    void_links(session, user.id, Purpose.DISABLE_TWO_FACTOR)
    lost = RevocationReason.CESSATION_OF_OPERATION
    revoked = revoke_all_certificates(session, clock, user.id, lost) if revoke else []
    end_sessions_of(session, clock, user.id, reason=Ending.TWO_FACTOR_DISABLED)
    session.flush()
    queue_mail(exchange, user, "two_factor_disabled", certificates_revoked=len(revoked), reset_reason=reason)
    return revoked


def revoke_for(exchange: Exchange, user: User, certificate: Certificate, reason: RevocationReason) -> list[Certificate]:
    """Revoke the person's certificate, end the sessions begun with it, and tell them; return what was revoked.

    That is nothing where it was revoked already, and more than one where its key is compromised and in several.
    """
    session, clock = exchange.session, exchange.services.clock
    revoked = revoke_certificate(session, clock, certificate, reason)
    for one in revoked:
        end_sessions_with_certificate(session, clock, one.id, reason=Ending.CERTIFICATE_REVOKED)
        queue_mail(exchange, user, "certificate_revoked", certificate=one)
    return revoked


def _brakes(exchange: Exchange, user: User) -> list[BruteForceBrake]:
    services, lock = exchange.services, exchange.realm.lock
    return [
        BruteForceBrake(services.ephemeral, services.clock, lock, subject=f"{user.id}{which}", address="")
        for which in _BRAKES
    ]


def _find_wait(brake: BruteForceBrake) -> timedelta | None:
    try:
        brake.verify_open()
    except AccountLocked as locked:
        return locked.retry_after
    return None
