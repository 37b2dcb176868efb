"""What the developer of an application needs: addresses, client_id, the secret this once, and set-up for common frameworks."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import describe_client, for_client
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.admin.console.setup_guides import Facts, write_guides
from idp.clients.kinds import kind_of
from idp.models import Client
from idp.web.exchange import Exchange


def show_setup(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show it; the secret is not shown again."""
    return render_setup(exchange, administrator, client)


def render_setup(
    exchange: Exchange, administrator: Administrator, client: Client, *, secret: str = "", fresh: str = ""
) -> Response:
    """Return the page; *secret* is one that was made a moment ago, and *fresh* whether with the client or for it."""
    issuer = f"{exchange.services.settings.public_url}/realms/{administrator.realm.name}"
    facts = Facts(
        issuer=issuer,
        client_id=client.client_id,
        secret=secret,
        redirect_uris=tuple(client.redirect_uris),
        scope=client.scope,
    )
    return render_console_page(
        exchange,
        administrator,
        "client_setup",
        client=describe_client(administrator, client),
        secret=secret,
        fresh=fresh,
        issuer=issuer,
        discovery=f"{issuer}/.well-known/openid-configuration",
        redirect_uris=client.redirect_uris,
        scope=client.scope,
        guides=write_guides(kind_of(client), facts),
    )


PAGES = (ConsolePage(path="clients/{client}/setup", view="view-clients", show=for_client(show_setup)),)
