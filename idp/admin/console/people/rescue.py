"""What takes a person's means of signing in away or replaces them: password, two-factor login, a certificate, the account."""

import secrets

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.people.actions import done
from idp.admin.console.people.details import describe_details
from idp.admin.console.people.overview import describe_certificate
from idp.admin.console.people.person import at_realm, render_person
from idp.admin.recovery import reset_two_factor, revoke_for
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import Certificate, User
from idp.pki.certificates import get_certificate, list_certificates
from idp.pki.revocation import RevocationReason
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.changes import change_user, delete_user
from idp.users.users import UPDATE_PASSWORD, change_password, verify_new_password
from idp.web.exchange import Exchange

_REASON = 500
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are taken for another


def show_password(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Ask."""
    return render_person(exchange, administrator, user, "user_password", generated="")


def set_password(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Set a temporary password: the typed one, or one that is made, and shown this once. All sessions end."""
    services, realm = exchange.services, administrator.realm
    typed = exchange.form.get("password", "")
    password = typed or _generate(realm.password_min_length)
    try:
        verify_new_password(password, password, min_length=realm.password_min_length, username=user.username)
    except InvalidInput:
        return render_person(
            exchange, administrator, user, "user_password", status=422, generated="", errors={"password": "weak"}
        )
    change_password(exchange.session, services.passwords, services.clock, user, password)
    wanted = [*user.required_actions, UPDATE_PASSWORD]
    change_user(exchange.session, services.clock, user, {"required_actions": wanted})
    keep = administrator.session.id
    end_sessions_of(exchange.session, services.clock, user.id, reason=Ending.PASSWORD_RESET, keep=keep)
    administrator.record(Tag.USER_PASSWORD_SET, user_id=user.id, after={"temporary": True})
    if typed:
        return done(administrator, user, "user_password_set")
    return render_person(exchange, administrator, user, "user_password", generated=password)


def show_two_factor(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Ask for the reason."""
    return _render_two_factor(exchange, administrator, user)


def submit_two_factor(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Reset two-factor login, for a reason that the person and the events are told; nobody's own, which would be a way around it."""
    if user.id == administrator.user.id:
        return done(administrator, user, "user_own_two_factor")
    reason = exchange.form.get("reason", "").strip()
    if not reason or len(reason) > _REASON or not reason.isprintable():
        return _render_two_factor(exchange, administrator, user, status=422, errors={"reason": "reason"})
    if user.two_factor_enabled_at is None:
        return done(administrator, user, "unchanged")
    revoke = "revoke" in exchange.form
    revoked = reset_two_factor(at_realm(exchange, administrator), user, reason=reason, revoke=revoke)
    administrator.record(Tag.USER_TWO_FACTOR_RESET, user_id=user.id, reason=reason, revoked=len(revoked))
    return done(administrator, user, "user_two_factor_reset")


def _render_two_factor(
    exchange: Exchange,
    administrator: Administrator,
    user: User,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    live = [row for row in list_certificates(exchange.session, user.id) if row.revoked_at is None]
    return render_person(
        exchange,
        administrator,
        user,
        "user_two_factor",
        status=status,
        certificate_count=len(live),
        reason=exchange.form.get("reason", ""),
        errors=errors or {},
    )


def show_revoke(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Ask for the reason."""
    row = _get_certificate(exchange, administrator, user)
    return render_person(
        exchange,
        administrator,
        user,
        "user_certificate_revoke",
        certificate=describe_certificate(exchange, administrator, user, row),
        reasons=[str(reason) for reason in RevocationReason],
        last_one=user.two_factor_enabled_at is not None,
    )


def submit_revoke(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Revoke the certificate; sessions begun with it end, and the person is told."""
    row, given = _get_certificate(exchange, administrator, user), exchange.form.get("reason", "")
    reason = RevocationReason(given) if given in set(RevocationReason) else RevocationReason.UNSPECIFIED
    revoked = revoke_for(at_realm(exchange, administrator), user, row, reason)
    for one in revoked:
        administrator.record(
            Tag.CERTIFICATE_REVOKED,
            user_id=user.id,
            device_name=one.device_name,
            serial_number=one.serial_number,
            fingerprint=one.fingerprint,
            reason=one.revocation_reason,
        )
    return done(administrator, user, "user_certificate_revoked" if revoked else "unchanged")


def _get_certificate(exchange: Exchange, administrator: Administrator, user: User) -> Certificate:
    return get_certificate(exchange.session, administrator.realm.id, exchange.path_params["certificate"], user.id)


def show_delete(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Ask for the username."""
    return render_person(exchange, administrator, user, "user_delete", problem="")


def submit_delete(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Delete the account, if its username was typed; not while certificates stand against it, and not one's own."""
    if user.id == administrator.user.id:
        return render_person(exchange, administrator, user, "user_delete", status=409, problem="yourself")
    if exchange.form.get("confirmation", "") != user.username:
        errors = {"confirmation": "mismatch"}
        return render_person(exchange, administrator, user, "user_delete", status=422, problem="", errors=errors)
    before = describe_details(user)
    try:
        delete_user(exchange.session, exchange.services.clock, user)
    except Conflict:
        return render_person(exchange, administrator, user, "user_delete", status=409, problem="certificates")
    administrator.record(Tag.USER_DELETED, user_id=user.id, before=before)
    return administrator.done("users", "user_deleted")


def _generate(at_least: int) -> str:
    """Return a password of 78 bits or more in groups that can be read out."""
    groups = max(4, -(-(at_least + 1) // 5))
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(groups))
