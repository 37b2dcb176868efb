"""The dashboard's redirect URI."""

import hmac

from starlette.responses import Response

from idp.account.member import open_dashboard
from idp.account.sign_in import CALLBACK_PATH, CLIENT_ID, begin_sign_in, take_pending
from idp.login.failures import render_error
from idp.oidc.codes import CodeInvalid
from idp.oidc.first_party import RedeemedLogin, redeem_code
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_TEXTS = {
    "access_denied": "You stopped the sign-in. Nothing was changed.",
    "unmet_authentication_requirements": "Your account is open only with a certificate, and none was presented.",
}


def answer_callback(exchange: Exchange) -> Response:
    """Redeem the code and open the page that was asked for; a worthless callback begins anew."""
    pending = take_pending(exchange)
    if pending is None:
        return see_other(exchange.url("/account/"))
    error = exchange.query.get("error", "")
    if error:
        return _render_stopped(exchange, _TEXTS.get(error, "The sign-in did not come to its end. Please try again."))
    try:
        redeemed = _redeem(exchange, pending["verifier"])
    except CodeInvalid:
        return _render_stopped(exchange, "The sign-in took too long, or its address was used before.")
    if not hmac.compare_digest((redeemed.nonce or "").encode(), pending["nonce"].encode()):
        return begin_sign_in(exchange)
    open_dashboard(exchange, redeemed.session_id)
    return see_other(exchange.url(pending["path"]))


def _redeem(exchange: Exchange, code_verifier: str) -> RedeemedLogin:
    return redeem_code(
        exchange,
        client_id=CLIENT_ID,
        code=exchange.query.get("code", ""),
        redirect_uri=exchange.url(CALLBACK_PATH),
        code_verifier=code_verifier,
    )


def _render_stopped(exchange: Exchange, text: str) -> Response:
    again = {"continue_url": exchange.url("/account/"), "continue_label": "Sign in"}
    return render_error(exchange, 403, "You are not signed in", text, **again)
