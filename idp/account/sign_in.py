"""The dashboard is signed in to as any other client is, and out of."""

from starlette.responses import Response

from idp.oidc.first_party_sign_in import OwnPages, answer_callback
from idp.oidc.first_party_sign_out import sign_out
from idp.web.exchange import Exchange

DASHBOARD = OwnPages(kind="account", client_id="account-console", home="/realms/{realm}/account/")


def answer_dashboard_callback(exchange: Exchange) -> Response:
    """The dashboard's redirect URI."""
    return answer_callback(exchange, DASHBOARD)


def sign_out_of_dashboard(exchange: Exchange) -> Response:
    """*Sign out*."""
    return sign_out(exchange, DASHBOARD)
