"""Frames for pages of applications: is the sign-in they know of still the browser's (OpenID Connect Session Management 1.0)?

They are the only pages of ours that other sites may show in a frame. They say nothing by themselves: their scripts are static files,
and the browser state is in a cookie. The addresses, and the steps that find out about cookies, are those of Keycloak, for keycloak-js.
"""

from html import escape

from starlette.responses import HTMLResponse, Response

from idp.login.browser_state import browser_state_cookie_name
from idp.oidc.session_state import may_ask
from idp.web.exchange import Exchange
from idp.web.pages import resources_url

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "public, max-age=300",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_DOCUMENT = """<!doctype html>
<html lang="en" {data}>
<head><meta charset="utf-8"><title>Sign-in status</title><script src="{script}"></script></head>
<body></body>
</html>
"""


def show_session_iframe(exchange: Exchange) -> Response:
    """Answer with the frame that compares the browser state (section 3.2)."""
    cookie = exchange.cookies.full_name(browser_state_cookie_name(exchange.realm.name))
    return _render(exchange, "session_iframe.js", cookie=cookie)


def answer_whether_origin_may_ask(exchange: Exchange) -> Response:
    """Answer 204 when pages of the query's `origin` belong to its `client_id`, else 403 (for keycloak-js)."""
    client = exchange.find_client(exchange.query.get("client_id", ""))
    allowed = client is not None and may_ask(client, exchange.query.get("origin", ""))
    return Response(status_code=204 if allowed else 403, headers={"Cache-Control": "no-store"})


def show_first_cookie_step(exchange: Exchange) -> Response:
    """Answer with the frame that sets a cookie and goes on to the second step."""
    return _render(exchange, "third_party_cookies.js", next="step2.html", cookie=_probe_limits(exchange))


def show_second_cookie_step(exchange: Exchange) -> Response:
    """Answer with the frame that tells the page whether the cookie came, in Keycloak's words."""
    return _render(exchange, "third_party_cookies.js", cookie=_probe_limits(exchange))


def _probe_limits(exchange: Exchange) -> str:
    return "SameSite=None; Secure" if exchange.services.settings.secure else "SameSite=Lax"


def _render(exchange: Exchange, script: str, **data: str) -> Response:
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    html = _DOCUMENT.format(data=attributes, script=escape(f"{resources_url(exchange)}/{script}"))
    return HTMLResponse(html, headers=_HEADERS)
