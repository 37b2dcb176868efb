"""CSRF tokens: an HMAC over the browser's own secret cookie, so nothing is stored and tabs do not disturb each other."""

import base64
import hashlib
import hmac

from idp.errors import IdpError
from idp.events.tags import Tag
from idp.web.exchange import Exchange

FIELD = "csrf_token"


class ForgedRequest(IdpError):
    """A form came back without the token of the page it stands on."""


def build_csrf_token(exchange: Exchange) -> str:
    """Return the token for forms shown to this browser in this realm."""
    message = f"{exchange.realm.id}:{exchange.browser}".encode()
    mac = hmac.new(exchange.services.csrf_key, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def verify_csrf_token(exchange: Exchange) -> None:
    """Raise `ForgedRequest` unless the form carries this browser's token; compared in constant time."""
    given = exchange.form.get(FIELD, "")
    if not hmac.compare_digest(given.encode(), build_csrf_token(exchange).encode()):
        exchange.record(Tag.CSRF_REFUSED, path=exchange.path)
        raise ForgedRequest(exchange.path)
