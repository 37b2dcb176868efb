"""A form that another site posts comes without our SameSite=Lax cookies (RFC 6265bis section 5.6.7.1)."""

from urllib.parse import urlencode

from starlette.responses import Response

from idp.web.exchange import Exchange
from idp.web.pages import see_other

_MAX_ADDRESS = 8000  # what proxies commonly take as one request line


def repeat_as_get(exchange: Exchange) -> Response | None:
    """Send the browser to the same request as GET, where its session is seen; None if that does not fit an address."""
    path = exchange.path.removeprefix(f"/realms/{exchange.realm.name}")
    address = f"{exchange.url(path)}?{urlencode(exchange.form.pairs)}"
    return see_other(address) if len(address) <= _MAX_ADDRESS else None
