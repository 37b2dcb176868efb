"""Promise a mail in the request's own transaction: rendered in the realm's theme, queued in the outbox."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from idp.events.tags import Tag
from idp.mail.outbox import enqueue
from idp.mail.rendering import render_mail
from idp.models import User
from idp.web.browser import guess_browser
from idp.web.exchange import Exchange


def queue_mail(exchange: Exchange, user: User, template: str, **context: Any) -> bool:
    """Queue the mail *template* to the user; return False when there is no address to send it to."""
    if not user.email:
        return False
    services = exchange.services
    environment = services.themes.environment(exchange.realm.theme)
    rendered = render_mail(environment, template, {**_common_context(exchange, user), **context})
    mail = enqueue(
        exchange.session,
        services.cipher,
        services.clock,
        realm_id=exchange.realm.id,
        user_id=user.id,
        template=template,
        recipient=user.email,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
    exchange.record(Tag.MAIL_QUEUED, user_id=user.id, template=template, mail_id=mail.id)
    return True


def rehearse_mail(exchange: Exchange, template: str, **context: Any) -> None:
    """Do the work of a mail to nobody, so that an unknown account is not told by the time its answer takes."""
    nobody = User(username="nobody", email="nobody@example.org", given_name="", family_name="", zoneinfo="")
    environment = exchange.services.themes.environment(exchange.realm.theme)
    rendered = render_mail(environment, template, {**_common_context(exchange, nobody), **context})
    exchange.services.cipher.encrypt((rendered.text + rendered.html).encode(), template)


def local_time(user: User, at: datetime) -> datetime:
    """Return *at* in the user's time zone, UTC where none is known."""
    try:
        return at.astimezone(ZoneInfo(user.zoneinfo) if user.zoneinfo else UTC)
    except (KeyError, ValueError, OSError):
        return at.astimezone(UTC)


def _common_context(exchange: Exchange, user: User) -> dict[str, Any]:
    return {
        "realm": {"name": exchange.realm.name, "display_name": exchange.realm.title},
        "user": {"name": user.name, "username": user.username, "email": user.email},
        "at": local_time(user, exchange.services.clock.now()),
        "address": exchange.address,
        "browser": str(guess_browser(exchange.user_agent)),
        "account_url": exchange.url("/account/"),
        "two_factor_url": exchange.url("/account/two-factor"),
        "change_password_url": exchange.url("/account/password"),
    }
