"""The enrolment link of a mail: with the password it opens a session that can do nothing but enrol a certificate."""

from datetime import timedelta

from starlette.responses import Response

from idp.errors import PasswordMismatch
from idp.events.tags import Tag
from idp.login.finish import sign_in
from idp.login.links import consume_link, link_action, masked_account, open_link, render_link_page
from idp.login.mail_recovery import may_enrol_by_mail
from idp.login.password_check import check_password
from idp.models import User
from idp.sessions.sessions import AMR_PASSWORD, Authentication
from idp.users.action_links import LiveLink, Purpose
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_LIFETIME = timedelta(hours=1)
WRONG = "The password is not right."


def show_enrolment(exchange: Exchange) -> Response:
    """Ask for the password."""
    return show_enrolment_link(exchange, open_link(exchange, Purpose.ENROLMENT))


def submit_enrolment(exchange: Exchange) -> Response:
    """Open the enrolment session and lead to *Two-Factor Authentication*."""
    verify_csrf_token(exchange)
    return begin_enrolment(exchange, open_link(exchange, Purpose.ENROLMENT))


def begin_enrolment(exchange: Exchange, link: LiveLink) -> Response:
    """Check the password, use *link* up, and open a session of an hour in which nothing but enrolling is possible.

    Where the realm, by now, forbids that, name the administrator.
    """
    if not may_enrol_by_mail(exchange, link.user):
        return render_link_page(exchange, "contact_administrator", status=403)
    try:
        check_password(exchange, link.user, exchange.form.get("password", ""))
    except PasswordMismatch:
        return _ask_password(exchange, link, status=401, errors={"password": WRONG})
    consume_link(exchange, link)
    return open_enrolment_session(exchange, link.user)


def open_enrolment_session(exchange: Exchange, user: User) -> Response:
    """Sign *user*, whose password was checked, in for an hour in which nothing but enrolling is possible, and lead there."""
    row = sign_in(
        exchange,
        user,
        Authentication(auth_time=exchange.services.clock.now(), acr="1", amr=(AMR_PASSWORD,), enrolment_only=True),
        lifetime=_LIFETIME,
    )
    exchange.record(Tag.LOGIN_SUCCESS, user_id=user.id, session_id=row.id, acr="1", enrolment_only=True)
    return see_other(exchange.url("/account/two-factor"))


def show_enrolment_link(exchange: Exchange, link: LiveLink) -> Response:
    """Ask for the password of the link's account, or name the administrator where the realm forbids to enrol so."""
    if not may_enrol_by_mail(exchange, link.user):
        return render_link_page(exchange, "contact_administrator", status=403)
    return _ask_password(exchange, link)


def _ask_password(
    exchange: Exchange, link: LiveLink, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return render_link_page(
        exchange,
        "enrolment_link",
        status=status,
        action=link_action(exchange),
        masked_account=masked_account(link),
        errors=errors or {},
    )
