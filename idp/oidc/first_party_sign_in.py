"""Sign in to pages of our own as at any other client: authorization code, PKCE, state and nonce (OpenID Connect Core section 3.1)."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from idp.login.failures import render_error
from idp.oidc.codes import CodeInvalid
from idp.oidc.first_party import RedeemedLogin, redeem_code
from idp.oidc.first_party_cookie import open_pages
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_LIFETIME = timedelta(hours=1)
_MAX_PATH = 255  # strangers choose it, and it is stored
_TEXTS = {
    "access_denied": "You stopped the sign-in. Nothing was changed.",
    "unmet_authentication_requirements": "This is open only with a certificate, and none was presented.",
}


@dataclass(frozen=True)
class OwnPages:
    """Pages of ours below *home*, where ``{realm}`` is the realm one signs in to; *kind* names what is stored for them."""

    kind: str
    client_id: str
    home: str
    callback: str = "callback"

    def path(self, exchange: Exchange, below: str = "") -> str:
        """Return the path of the page *below* home."""
        return self.home.format(realm=exchange.realm.name) + below

    def url(self, exchange: Exchange, below: str = "") -> str:
        """Return the public address of the page *below* home."""
        return f"{exchange.services.settings.public_url}{self.path(exchange, below)}"


def begin_sign_in(
    exchange: Exchange,
    pages: OwnPages,
    *,
    max_age: timedelta | None = None,
    below: str | None = None,
    acr: str | None = None,
) -> Response:
    """Send the browser to the authorization endpoint; the page *below* home, or the one asked for, is opened afterwards.

    With *max_age* an older sign-in does not count, with *acr* a lower level does not (sections 3.1.2.1 and 5.5.1.1).
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    path = _path_asked_for(exchange, pages) if below is None else pages.path(exchange, below)
    pending = {"nonce": nonce, "verifier": verifier, "path": path}
    exchange.services.ephemeral.put(f"{pages.kind}-login", _key(exchange, state), json.dumps(pending), _LIFETIME)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": pages.client_id,
        "redirect_uri": pages.url(exchange, pages.callback),
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if max_age is not None:
        query["max_age"] = str(int(max_age.total_seconds()))
    if acr is not None:
        query["claims"] = json.dumps({"id_token": {"acr": {"essential": True, "value": acr}}})
    return see_other(exchange.url(f"/protocol/openid-connect/auth?{urlencode(query)}"))


def answer_callback(exchange: Exchange, pages: OwnPages) -> Response:
    """Redeem the code and open the page that was asked for; a worthless callback begins anew."""
    pending = take_pending(exchange, pages)
    if pending is None:
        return see_other(pages.url(exchange))
    error = exchange.query.get("error", "")
    if error:
        text = _TEXTS.get(error, "The sign-in did not come to its end. Please try again.")
        return _render_stopped(exchange, pages, text)
    try:
        redeemed = _redeem(exchange, pages, pending["verifier"])
    except CodeInvalid:
        return _render_stopped(exchange, pages, "The sign-in took too long, or its address was used before.")
    if not hmac.compare_digest((redeemed.nonce or "").encode(), pending["nonce"].encode()):
        return begin_sign_in(exchange, pages)
    open_pages(exchange, pages.kind, redeemed.session_id)
    return see_other(f"{exchange.services.settings.public_url}{pending['path']}")


def take_pending(exchange: Exchange, pages: OwnPages) -> dict[str, str] | None:
    """Return, once, what this browser's sign-in with the request's state was begun with, or None."""
    state = exchange.query.get("state", "")
    text = exchange.services.ephemeral.take(f"{pages.kind}-login", _key(exchange, state)) if state else None
    pending: dict[str, str] | None = None if text is None else json.loads(text)
    return pending


def _redeem(exchange: Exchange, pages: OwnPages, code_verifier: str) -> RedeemedLogin:
    return redeem_code(
        exchange,
        client_id=pages.client_id,
        code=exchange.query.get("code", ""),
        redirect_uri=pages.url(exchange, pages.callback),
        code_verifier=code_verifier,
    )


def _render_stopped(exchange: Exchange, pages: OwnPages, text: str) -> Response:
    again = {"continue_url": pages.url(exchange), "continue_label": "Sign in"}
    return render_error(exchange, 403, "You are not signed in", text, **again)


def _path_asked_for(exchange: Exchange, pages: OwnPages) -> str:
    path = exchange.path
    wanted = exchange.method == "GET" and len(path) <= _MAX_PATH and path.startswith(pages.path(exchange))
    return path if wanted else pages.path(exchange)


def _key(exchange: Exchange, state: str) -> str:
    return hashlib.sha256(f"{exchange.realm.id}:{exchange.browser}:{state}".encode()).hexdigest()
