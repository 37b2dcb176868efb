"""Sign in to the dashboard as any other client does: authorization code, PKCE, state and nonce."""

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from idp.web.exchange import Exchange
from idp.web.pages import see_other

CLIENT_ID = "account-console"
CALLBACK_PATH = "/account/callback"
_KIND = "account-login"
_LIFETIME = timedelta(hours=1)
_MAX_PATH = 255  # strangers choose it, and it is stored


def begin_sign_in(exchange: Exchange, *, max_age: timedelta | None = None, path: str | None = None) -> Response:
    """Send the browser to the authorization endpoint; *path*, or the page that was asked for, is opened afterwards.

    With *max_age* an older sign-in does not count (OpenID Connect Core section 3.1.2.1).
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    pending = {"nonce": nonce, "verifier": verifier, "path": path or _path_asked_for(exchange)}
    exchange.services.ephemeral.put(_KIND, _key(exchange, state), json.dumps(pending), _LIFETIME)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": exchange.url(CALLBACK_PATH),
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if max_age is not None:
        query["max_age"] = str(int(max_age.total_seconds()))
    return see_other(exchange.url(f"/protocol/openid-connect/auth?{urlencode(query)}"))


def take_pending(exchange: Exchange) -> dict[str, str] | None:
    """Return, once, what this browser's sign-in with the request's state was begun with, or None."""
    state = exchange.query.get("state", "")
    text = exchange.services.ephemeral.take(_KIND, _key(exchange, state)) if state else None
    pending: dict[str, str] | None = None if text is None else json.loads(text)
    return pending


def _path_asked_for(exchange: Exchange) -> str:
    within = exchange.path.removeprefix(f"/realms/{exchange.realm.name}")
    return within if exchange.method == "GET" and len(within) <= _MAX_PATH else "/account/"


def _key(exchange: Exchange, state: str) -> str:
    return hashlib.sha256(f"{exchange.realm.id}:{exchange.browser}:{state}".encode()).hexdigest()
