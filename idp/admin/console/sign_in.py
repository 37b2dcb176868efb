"""The console is signed in to as any other client is, and out of."""

from starlette.responses import Response

from idp.admin.console.administrator import CONSOLE
from idp.oidc.first_party_sign_in import answer_callback
from idp.oidc.first_party_sign_out import sign_out
from idp.web.exchange import Exchange


def answer_console_callback(exchange: Exchange) -> Response:
    """The console's redirect URI."""
    return answer_callback(exchange, CONSOLE)


def sign_out_of_console(exchange: Exchange) -> Response:
    """*Sign out*."""
    return sign_out(exchange, CONSOLE)
