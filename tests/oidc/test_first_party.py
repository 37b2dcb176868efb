"""Codes redeemed by our own applications, in process."""

from types import SimpleNamespace
from typing import Any

import pytest

from idp.oidc.codes import CodeInvalid
from idp.oidc.first_party import RedeemedLogin, redeem_code
from idp.web.cookies import CookieJar
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters
from tests.oidc.provider import CALLBACK, CHALLENGE, VERIFIER, Provider

RIGHT = {"client_id": "console", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}


def redeem(provider: Provider, code: str, **changes: Any) -> RedeemedLogin:
    """Redeem as a handler would."""
    none = Parameters([])
    with provider.services.database.begin() as transaction:
        exchange = Exchange(
            services=provider.services, transaction=transaction, realm=provider.services.realms.get("demo"), method="GET", path="/",
            query=none, form=none, headers={}, path_params={}, address="", cookies=CookieJar({}, True), scope={},
        )  # fmt: skip
        return redeem_code(exchange, code=code, **{**RIGHT, **changes})


@pytest.fixture
def console(signed_in: Provider) -> SimpleNamespace:
    """A first-party client and a code for it."""
    signed_in.add_client("console", secret=None, first_party=True)
    code = signed_in.get_code(client_id="console", nonce="n", code_challenge=CHALLENGE, code_challenge_method="S256")
    return SimpleNamespace(provider=signed_in, code=code)


def test_code_is_redeemed_once(console: SimpleNamespace) -> None:
    """It tells who signed in; a second time it tells nothing."""
    provider = console.provider
    assert redeem(provider, console.code) == RedeemedLogin(provider.user_id, provider.session_id, "n")
    with pytest.raises(CodeInvalid):
        redeem(provider, console.code)


def test_wrong_companions_are_refused(console: SimpleNamespace) -> None:
    """Another client, redirect_uri or verifier, and clients that are not first-party."""
    provider = console.provider
    for wrong in (
        {"client_id": "spa"},
        {"client_id": "x"},
        {"redirect_uri": CALLBACK + "/"},
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
    ):
        with pytest.raises(CodeInvalid):
            redeem(provider, console.code, **wrong)
    code = provider.get_code(client_id="spa", code_challenge=CHALLENGE, code_challenge_method="S256")
    with pytest.raises(CodeInvalid):
        redeem(provider, code, client_id="spa")
    with pytest.raises(CodeInvalid):
        redeem(provider, provider.get_code(), client_id="app")
    assert redeem(provider, console.code).nonce == "n"


def test_expired_code_is_refused(console: SimpleNamespace) -> None:
    """Sixty seconds, here too."""
    console.provider.clock.advance(seconds=60)
    with pytest.raises(CodeInvalid):
        redeem(console.provider, console.code)
