"""*Two-Factor Authentication*: the status, the switch, and what it stands on."""

from typing import Any

from starlette.responses import Response

from idp.account.certificates import list_cards
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.events.tags import Tag
from idp.login.certificate_policy import certificate_policy_of
from idp.pki.certificates import has_proven_certificate, owes_certificate
from idp.users.recovery_codes import COUNT, count_unused_codes, create_recovery_codes
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail
from idp.web.pages import see_other

_NOT_PROVEN = (
    "Test a certificate first: this is switched on only when one is known to work, so that you are not locked out."
)
_NOT_HERE = "Certificates are not used for signing in here."


def show_two_factor(exchange: Exchange, member: Member) -> Response:
    """Show the page."""
    return _render(exchange, member)


def save_two_factor(exchange: Exchange, member: Member) -> Response:
    """*Save Changes*: switch on if a certificate is proven; switching off asks for the password first."""
    verify_csrf_token(exchange)
    wanted, enabled = "enabled" in exchange.form, describe_two_factor(exchange, member)["enabled"]
    if wanted == enabled:
        return see_other(exchange.url("/account/two-factor"))
    if not wanted:
        return see_other(exchange.url("/account/two-factor/disable"))
    if exchange.realm.certificate_policy == "off":
        return _render(exchange, member, status=409, errors={"enabled": _NOT_HERE})
    if not has_proven_certificate(exchange.session, exchange.services.clock, member.user.id):
        return _render(exchange, member, status=409, errors={"enabled": _NOT_PROVEN})
    return enable_two_factor(exchange, member)


def renew_recovery_codes(exchange: Exchange, member: Member) -> Response:
    """Replace the recovery codes and show the new ones, this once."""
    verify_csrf_token(exchange)
    return _show_codes(exchange, member, just_enabled=False)


def describe_two_factor(exchange: Exchange, member: Member) -> dict[str, Any]:
    """Return what the pages say of the person's two-factor login."""
    user = member.user
    owed = owes_certificate(exchange.session, user)
    return {
        "enabled": user.two_factor_enabled_at is not None and not owed,
        "enabled_at": user.two_factor_enabled_at,
        "required": owed or certificate_policy_of(exchange, user.id) == "required",
        "proven": has_proven_certificate(exchange.session, exchange.services.clock, user.id),
    }


def enable_two_factor(exchange: Exchange, member: Member) -> Response:
    """Switch it on, and show the recovery codes, this once."""
    now = exchange.services.clock.now()
    member.user.two_factor_enabled_at = now
    member.user.updated_at = now
    exchange.record(Tag.TWO_FACTOR_ENABLED, user_id=member.user.id, session_id=member.session.id)
    queue_mail(exchange, member.user, "two_factor_enabled")
    return _show_codes(exchange, member, just_enabled=True)


def _show_codes(exchange: Exchange, member: Member, *, just_enabled: bool) -> Response:
    codes = create_recovery_codes(exchange.session, exchange.services.clock, member.user.id)
    exchange.record(Tag.RECOVERY_CODES_CREATED, user_id=member.user.id, session_id=member.session.id)
    return render_account_page(
        exchange,
        member,
        "recovery_codes",
        codes=codes,
        just_enabled=just_enabled,
        continue_url=exchange.url("/account/two-factor"),
    )


def _render(exchange: Exchange, member: Member, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    usable, former = list_cards(exchange, member)
    return render_account_page(
        exchange,
        member,
        "two_factor",
        status=status,
        two_factor=describe_two_factor(exchange, member),
        action=exchange.url("/account/two-factor"),
        certificates=usable,
        former_certificates=former,
        enrol_url=exchange.url("/account/two-factor/enrol"),
        test_url=exchange.url("/account/two-factor/test"),
        accepts_unbound=exchange.services.trust.get(exchange.realm.id).maps_people,
        install_url=exchange.url("/account/two-factor/install"),
        recovery_codes={"left": count_unused_codes(exchange.session, member.user.id), "total": COUNT},
        recovery_codes_url=exchange.url("/account/two-factor/recovery-codes"),
        errors=errors or {},
    )
