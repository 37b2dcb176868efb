"""The dashboard's first page."""

from starlette.responses import Response

from idp.account.activity import describe_events
from idp.account.certificates import list_cards
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.account.two_factor import describe_two_factor
from idp.users.recovery_codes import count_unused_codes
from idp.web.exchange import Exchange


def show_overview(exchange: Exchange, member: Member) -> Response:
    """Show how safe the account is, and what happened last."""
    usable, _ = list_cards(exchange, member)
    return render_account_page(
        exchange,
        member,
        "overview",
        two_factor=describe_two_factor(exchange, member),
        certificates=len(usable),
        next_expiry=min((card.not_after for card in usable if not card.superseded_at), default=None),
        recovery_codes_left=count_unused_codes(exchange.session, member.user.id),
        password_changed_at=member.user.password_changed_at,
        email_verified=member.user.email_verified,
        events=describe_events(exchange, member, limit=5),
    )
