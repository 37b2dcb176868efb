"""What the pages behind mail links have in common: GET shows, POST acts, and the token stays in the address."""

from typing import Any

from starlette.responses import Response

from idp.errors import LinkInvalid
from idp.events.tags import Tag
from idp.users.action_links import LiveLink, Purpose, get_live_link, use_link
from idp.web.exchange import Exchange
from idp.web.masking import mask_email, mask_name
from idp.web.pages import render_page


def open_link(exchange: Exchange, purpose: Purpose) -> LiveLink:
    """Return the link that the address names, unused; raise `LinkInvalid`."""
    try:
        return get_live_link(
            exchange.session,
            exchange.services.clock,
            realm_id=exchange.realm.id,
            purpose=purpose,
            token=exchange.query.get("token", ""),
        )
    except LinkInvalid:
        exchange.record(Tag.LINK_REFUSED, purpose=str(purpose))
        raise


def consume_link(exchange: Exchange, link: LiveLink) -> None:
    """Use the link up; raise `LinkInvalid` when another request was faster."""
    use_link(exchange.session, exchange.services.clock, link)
    exchange.record(Tag.LINK_USED, user_id=link.user.id, purpose=link.row.purpose)


def link_action(exchange: Exchange) -> str:
    """Return the address that the link's form posts to: its own."""
    return exchange.url(f"{_path_in_realm(exchange)}?token={exchange.query.get('token', '')}")


def masked_account(link: LiveLink) -> str:
    """Return enough of the account's name for its owner to recognise."""
    return mask_email(link.user.email) if link.user.email else mask_name(link.user.username)


def render_link_page(exchange: Exchange, template: str, *, status: int = 200, **context: Any) -> Response:
    """Return the page ``login/<template>.html``."""
    return render_page(exchange, f"login/{template}.html", status=status, form_action=(), **context)


def _path_in_realm(exchange: Exchange) -> str:
    return exchange.path.removeprefix(f"/realms/{exchange.realm.name}")
