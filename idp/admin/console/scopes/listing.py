"""The realm's client scopes; there are at most two hundred."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.scopes.scope import describe_scope
from idp.clients.client_scopes import list_client_scopes
from idp.web.exchange import Exchange


def show_scopes(exchange: Exchange, administrator: Administrator) -> Response:
    """Show them by name, with what is built in and how new applications get each."""
    rows = list_client_scopes(exchange.session, administrator.realm.id)
    scopes = [describe_scope(administrator, scope) for scope in rows]
    return render_console_page(exchange, administrator, "scopes", scopes=scopes)
