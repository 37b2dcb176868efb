"""Scopes about people: which claims each of them gives."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.oidc.person_claims import CLAIMS_BY_SCOPE
from idp.oidc.scopes import PERSONAL
from idp.web.exchange import Exchange


def show_scopes(exchange: Exchange, administrator: Administrator) -> Response:
    """Show them in the order of the discovery document."""
    scopes = {name: CLAIMS_BY_SCOPE.get(name, ()) for name in PERSONAL}
    return render_console_page(exchange, administrator, "scopes", scopes=scopes)


PAGES = (ConsolePage(path="scopes", view="view-clients", show=show_scopes),)
