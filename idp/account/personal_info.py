"""Name and e-mail address."""

from datetime import timedelta

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.login.verify_email import send_verification_mail
from idp.users.users import find_user_by_email, verify_email
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange

# The address is where recovery mails go, so a session that was left open must not be enough to change it.
_RECENT = timedelta(minutes=10)
_NOT_RECENT = "To change your address, please sign out and in again first."
_TAKEN = "This address cannot be used."
_MAIL_INTERVAL = timedelta(minutes=1)


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
    user.given_name = exchange.form.get("given_name", "").strip()[:255]
    user.family_name = exchange.form.get("family_name", "").strip()[:255]
    user.updated_at = exchange.services.clock.now()
    changed = email != user.email
    if changed:
        user.email, user.email_verified = email, False
    exchange.session.flush()
    exchange.record(Tag.PROFILE_CHANGED, user_id=user.id, session_id=member.session.id, email_changed=changed)
    if changed:
        send_verification_mail(exchange, user)
    return _render(exchange, member, notice="Saved.")


def send_verification(exchange: Exchange, member: Member) -> Response:
    """Mail the link that confirms the address; at most one a minute."""
    verify_csrf_token(exchange)
    user = member.user
    if user.email and not user.email_verified:
        if exchange.services.ephemeral.add("verify-mail", user.id, "", _MAIL_INTERVAL):
            send_verification_mail(exchange, user)
        return _render(exchange, member, notice="The mail is on its way.")
    return _render(exchange, member)


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
