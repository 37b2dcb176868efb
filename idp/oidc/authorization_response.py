"""Send an answer back to the client (RFC 6749 section 4.1.2, OAuth 2.0 Form Post Response Mode, `iss` of RFC 9207)."""

from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response

from idp.oidc.authorization_request import ReturnAddress
from idp.oidc.redirect_uris import origin_of
from idp.web.exchange import Exchange
from idp.web.pages import render_page, see_other


def respond(exchange: Exchange, back: ReturnAddress, parameters: dict[str, str]) -> Response:
    """Return the response that carries *parameters*, the state and our issuer to the client."""
    answer = {**parameters, **({"state": back.state} if back.state else {}), "iss": exchange.url("")}
    if back.response_mode == "form_post":
        return _post(exchange, back.redirect_uri, answer)
    return see_other(_add(back.redirect_uri, urlencode(answer), fragment=back.response_mode == "fragment"))


def respond_with_error(exchange: Exchange, back: ReturnAddress, error: OAuth2Error) -> Response:
    """Return the response that tells the client of *error*."""
    return respond(exchange, back, dict(error.get_body()))


def _post(exchange: Exchange, redirect_uri: str, answer: dict[str, str]) -> Response:
    return render_page(
        exchange,
        "login/form_post.html",
        form_action=(origin_of(redirect_uri),),
        redirect_uri=redirect_uri,
        params=answer,
    )


def _add(uri: str, parameters: str, *, fragment: bool) -> str:
    # The registered query is kept as it is, to the letter.
    if fragment:
        return f"{uri}#{parameters}"
    return f"{uri}{'&' if '?' in uri else '?'}{parameters}"
