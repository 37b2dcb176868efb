"""The way into an application from a list of them: login initiated by a third party (OpenID Connect Core section 4)."""

from urllib.parse import quote, urlencode

from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.errors import NotFound
from idp.web.exchange import Exchange
from idp.web.pages import see_other

APPLICATION_PATH = "/clients/{client_id:path}/redirect"


def open_application(exchange: Exchange) -> Response:
    """Send the browser to where the client begins logins, and tell it who we are; else to its start page.

    Raise `NotFound` for a client that has registered neither. Nothing of the request goes along: what an application is to
    open is its own affair, and nobody's who makes a link.
    """
    client = exchange.find_client(exchange.path_params["client_id"])
    if client is None or not (client.initiate_login_uri or client.home_uri):
        raise NotFound("there is no such application, or nowhere to go")
    return see_other(_build_login_uri(exchange, client) if client.initiate_login_uri else client.home_uri)


def build_application_link(exchange: Exchange, client_id: str) -> str:
    """Return the address that `open_application` is at for the client."""
    return exchange.url(f"/clients/{quote(client_id)}/redirect")


def _build_login_uri(exchange: Exchange, client: ClientRegistration) -> str:
    uri, parameters = client.initiate_login_uri, {"iss": exchange.url("")}
    if client.home_uri:
        parameters["target_link_uri"] = client.home_uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"
