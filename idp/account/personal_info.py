"""Name and e-mail address."""

from datetime import timedelta

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.login.verify_email import send_verification_mail
from idp.models import User
from idp.pki.names import sanitise
from idp.users.users import find_user_by_email, verify_email
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail
from idp.web.masking import mask_email

# The address is where recovery mails go, so a session that was left open must not be enough to change it.
_RECENT = timedelta(minutes=10)
_NOT_RECENT = "To change your address, please sign out and in again first."
_TAKEN = "This address cannot be used."
_MAIL_INTERVAL = timedelta(minutes=1)
_PERIOD, _MAILS_IN_PERIOD = timedelta(hours=1), 5
_NAME_OCTETS = 255


def show_personal_info(exchange: Exchange, member: Member) -> Response:
    """Show the form."""
    return _render(exchange, member)


def save_personal_info(exchange: Exchange, member: Member) -> Response:
    """Save the names; a new address is unverified until the link sent to it is used."""
    verify_csrf_token(exchange)
    user = member.user
    try:
        email = _read_email(exchange, member)
    except InvalidInput as error:
        return _render(exchange, member, status=400, errors=error.fields)
    user.given_name = sanitise(exchange.form.get("given_name", ""), _NAME_OCTETS)
    user.family_name = sanitise(exchange.form.get("family_name", ""), _NAME_OCTETS)
    user.updated_at = exchange.services.clock.now()
    changed = email != user.email
    if changed:
        queue_mail(exchange, user, "email_changed", new_email=mask_email(email or ""))  # to the old address
        user.email, user.email_verified = email, False
    exchange.session.flush()
    exchange.record(Tag.PROFILE_CHANGED, user_id=user.id, session_id=member.session.id, email_changed=changed)
    if changed and _may_mail_strangers(exchange, user):
        send_verification_mail(exchange, user)
    return _render(exchange, member, notice="Saved.")


def send_verification(exchange: Exchange, member: Member) -> Response:
    """Mail the link that confirms the address; at most one a minute."""
    verify_csrf_token(exchange)
    user = member.user
    if user.email and not user.email_verified:
        interval_over = exchange.services.ephemeral.add("verify-mail", user.id, "", _MAIL_INTERVAL)
        if interval_over and _may_mail_strangers(exchange, user):
            send_verification_mail(exchange, user)
        return _render(exchange, member, notice="The mail is on its way.")
    return _render(exchange, member)


def _may_mail_strangers(exchange: Exchange, user: User) -> bool:
    """Count mails to addresses that nobody has confirmed: an account must not be a means to flood others."""
    return exchange.services.ephemeral.increment("verify-mails", user.id, _PERIOD) <= _MAILS_IN_PERIOD


def _read_email(exchange: Exchange, member: Member) -> str | None:
    text = exchange.form.get("email", "").strip()
    if not text or text.lower() == member.user.email:
        return member.user.email
    email = verify_email(text)
    if exchange.services.clock.now() - member.session.auth_time > _RECENT:
        raise InvalidInput(email=_NOT_RECENT)
    if find_user_by_email(exchange.session, exchange.realm.id, email) is not None:
        raise InvalidInput(email=_TAKEN)
    return email


def _render(
    exchange: Exchange,
    member: Member,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str = "",
) -> Response:
    user, form = member.user, exchange.form
    return render_account_page(
        exchange,
        member,
        "personal_info",
        status=status,
        action=exchange.url("/account/personal-info"),
        given_name=form.get("given_name", user.given_name),
        family_name=form.get("family_name", user.family_name),
        email=form.get("email", user.email or ""),
        email_verified=user.email_verified,
        verify_email_url=exchange.url("/account/personal-info/verify-email"),
        errors=errors or {},
        notice=notice,
    )
