"""Confirm an e-mail address by the link that was sent to it."""

from starlette.responses import Response

from idp.events.tags import Tag
from idp.login.links import consume_link, link_action, open_link, render_link_page
from idp.login.login_failed_mail import link_url
from idp.models import User
from idp.users.action_links import Purpose
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail


def send_verification_mail(exchange: Exchange, user: User) -> None:
    """Queue the mail with a link that confirms the account's present address."""
    queue_mail(
        exchange,
        user,
        "verify_email",
        link_url=link_url(exchange, user, Purpose.VERIFY_EMAIL, "/login/verify-email"),
        minutes=int(exchange.realm.action_link_lifetime.total_seconds() // 60),
        email=user.email,
    )


def show_verify_email(exchange: Exchange) -> Response:
    """Show the address and a button."""
    link = open_link(exchange, Purpose.VERIFY_EMAIL)
    return render_link_page(exchange, "verify_email", action=link_action(exchange), email=link.user.email)


def submit_verify_email(exchange: Exchange) -> Response:
    """Mark the address as verified."""
    verify_csrf_token(exchange)
    link = open_link(exchange, Purpose.VERIFY_EMAIL)
    consume_link(exchange, link)
    link.user.email_verified = True
    link.user.updated_at = exchange.services.clock.now()
    exchange.record(Tag.EMAIL_VERIFIED, user_id=link.user.id)
    return render_link_page(exchange, "email_verified", email=link.user.email, continue_url=exchange.url("/account/"))
