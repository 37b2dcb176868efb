"""What has happened on the account."""

from typing import Any

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.events.record import list_events
from idp.web.browser import guess_browser
from idp.web.exchange import Exchange
from idp.web.mailer import local_time


def show_activity(exchange: Exchange, member: Member) -> Response:
    """Show the newest events."""
    return render_account_page(exchange, member, "activity", events=describe_events(exchange, member, limit=50))


def describe_events(exchange: Exchange, member: Member, *, limit: int) -> list[dict[str, Any]]:
    """Return the person's newest events as the page shows them."""
    described = []
    for event in list_events(exchange.session, member.user.id, limit=limit):
        client = exchange.find_client(event.client_id) if event.client_id else None
        described.append(
            {
                "tag": event.tag,
                "at": local_time(member.user, event.at),
                "address": event.address,
                "browser": str(guess_browser(event.user_agent)),
                "application": client.title if client else "",
                "details": event.details,
            }
        )
    return described
