"""The dashboard is signed in to as any other client is."""

from starlette.responses import Response

from idp.oidc.first_party_sign_in import OwnPages, answer_callback
from idp.web.exchange import Exchange

DASHBOARD = OwnPages(kind="account", client_id="account-console", home="/realms/{realm}/account/")


def answer_dashboard_callback(exchange: Exchange) -> Response:
    """The dashboard's redirect URI."""
    return answer_callback(exchange, DASHBOARD)
