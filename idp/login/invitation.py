"""The link of an invitation: with a first password, or the one that there is, it opens a session that can do nothing but enrol."""

from starlette.responses import Response

from idp.errors import InvalidInput, PasswordMismatch
from idp.events.tags import Tag
from idp.login.enrolment import WRONG, open_enrolment_session
from idp.login.links import consume_link, link_action, masked_account, open_link, render_link_page
from idp.login.mail_recovery import hold_mail_recovery
from idp.login.password_check import check_password
from idp.users.action_links import LiveLink, Purpose
from idp.users.users import change_password, verify_new_password
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange


def show_invitation(exchange: Exchange) -> Response:
    """Ask for a new password, or for the one that the account has."""
    return _render(exchange, open_link(exchange, Purpose.INVITATION))


def submit_invitation(exchange: Exchange) -> Response:
    """Use the link up and open the enrolment session. The administrator has decided, so the realm's ways by mail do not matter."""
    verify_csrf_token(exchange)
    link = open_link(exchange, Purpose.INVITATION)
    try:
        if link.user.password_hash is None:
            _set_first_password(exchange, link)
        else:
            check_password(exchange, link.user, exchange.form.get("password", ""))
            consume_link(exchange, link)
    except PasswordMismatch:
        return _render(exchange, link, status=401, errors={"password": WRONG})
    except InvalidInput as error:
        return _render(exchange, link, status=400, errors=error.fields)
    _confirm_address(exchange, link)
    return open_enrolment_session(exchange, link.user)


def _set_first_password(exchange: Exchange, link: LiveLink) -> None:
    user, services = link.user, exchange.services
    password = verify_new_password(
        exchange.form.get("password", ""),
        exchange.form.get("password_confirmation", ""),
        min_length=exchange.realm.password_min_length,
        username=user.username,
    )
    consume_link(exchange, link)
    change_password(exchange.session, services.passwords, services.clock, user, password)
    hold_mail_recovery(exchange, user)
    exchange.record(Tag.PASSWORD_RESET, user_id=user.id, by="invitation")


def _confirm_address(exchange: Exchange, link: LiveLink) -> None:
    """The link went to the address that the account still has, so its owner reads what is sent there."""
    if not link.user.email_verified:
        link.user.email_verified = True
        exchange.record(Tag.EMAIL_VERIFIED, user_id=link.user.id)


def _render(exchange: Exchange, link: LiveLink, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    user = link.user
    return render_link_page(
        exchange,
        "invitation",
        status=status,
        action=link_action(exchange),
        name=user.given_name,
        username=user.username,
        masked_account=masked_account(link),
        first_password=user.password_hash is None,
        min_length=exchange.realm.password_min_length,
        errors=errors or {},
    )
