"""Cross-origin requests of browser applications (the Fetch standard's CORS protocol, section 3.2).

No answer here depends on cookies. Requests that carry them, as keycloak-js and other libraries send, are allowed all the same:
a page may read nothing with them that it could not read without.
"""

from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.oidc.client_authentication import read_credentials
from idp.web.exchange import Exchange

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
_WITH_COOKIES = {"Access-Control-Allow-Credentials": "true"}
_EXPOSED = {"Access-Control-Expose-Headers": "DPoP-Nonce, WWW-Authenticate"}  # RFC 9449 section 8
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, DPoP",
    "Access-Control-Max-Age": "3600",
    "Vary": "Origin",
}


async def answer_preflight(request: Request) -> Response:
    """Allow to ask. Which origin may read the answer is decided with the answer, when the client is known."""
    origin = request.headers.get("origin", "")
    allowed = {"Access-Control-Allow-Origin": origin, **_WITH_COOKIES} if _is_origin(origin) else {}
    return Response(status_code=204, headers={**_PREFLIGHT, **allowed})


def allow_origin(exchange: Exchange, response: Response, client: ClientRegistration | None) -> Response:
    """Let the page that asked read the response, if its origin is registered for the client."""
    origin = exchange.headers.get("origin")
    if origin is None:
        return response
    response.headers["Vary"] = "Origin"
    if client is not None and origin in client.web_origins:
        response.headers.update({"Access-Control-Allow-Origin": origin, **_WITH_COOKIES, **_EXPOSED})
    return response


def allow_origin_of_client(exchange: Exchange, response: Response) -> Response:
    """Do so for the client that the request names, authenticated or not: it may read its own errors."""
    if "origin" not in exchange.headers:
        return response
    try:
        client = exchange.find_client(read_credentials(exchange).client_id)
    except OAuth2Error:
        client = None
    return allow_origin(exchange, response, client)


def _is_origin(text: str) -> bool:
    return text.startswith(("https://", "http://")) and text.isascii() and text.isprintable()
