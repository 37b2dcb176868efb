"""RP-initiated logout."""

import re
from typing import Any

import pytest

from tests.oidc.provider import ISSUER, Provider

BYE = "https://app.example/bye"


def logout(provider: Provider, **parameters: Any) -> Any:
    headers = {"cookie": provider.cookie} if provider.cookie else {}
    return provider.http.get(provider.path("logout"), params=parameters, headers=headers)


def is_signed_in(provider: Provider) -> bool:
    return "code=" in provider.authorize(prompt="none").headers["location"]


def test_genuine_hint_ends_the_session_and_goes_back(signed_in: Provider) -> None:
    """With the state and without a question, also when the ID Token has expired."""
    hint = signed_in.get_tokens()["id_token"]
    signed_in.clock.advance(minutes=20)
    response = logout(signed_in, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a b&c")
    assert response.status_code == 303
    assert response.headers["location"] == f"{BYE}?state=a+b%26c"
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert not is_signed_in(signed_in)
    (event,) = signed_in.events("user:session:logout")
    assert (event.user_id, event.session_id, event.client_id) == (signed_in.user_id, signed_in.session_id, "app")


def test_hint_without_redirect_shows_a_page(signed_in: Provider) -> None:
    """It says that the session has ended; state alone goes nowhere."""
    hint = signed_in.get_tokens()["id_token"]
    response = logout(signed_in, id_token_hint=hint, state="x")
    assert response.status_code == 200
    assert "You are signed out" in response.text
    assert not is_signed_in(signed_in)


@pytest.mark.parametrize(
    "uri",
    [BYE + "/", BYE + "?a=b", BYE + "#x", BYE.replace("bye", "Bye"), "https://evil.example/", "//evil.example", "javascript:alert(1)", "https://app.example/callback", [BYE, BYE]],
)  # fmt: skip
def test_unregistered_redirect_is_not_followed(signed_in: Provider, uri: Any) -> None:
    """RP-Initiated Logout section 3: exactly as registered, or no redirect at all."""
    hint = signed_in.get_tokens()["id_token"]
    response = logout(signed_in, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert response.status_code == 200
    assert "location" not in response.headers


def test_without_hint_the_person_is_asked(signed_in: Provider) -> None:
    """Section 6: or any page could sign people out. The answer needs the form's token."""
    for parameters in ({}, {"state": "x"}, {"client_id": "app", "post_logout_redirect_uri": BYE, "state": "s"}):
        page = logout(signed_in, **parameters)
        assert page.status_code == 200
        assert "Do you want to sign out?" in page.text
        assert is_signed_in(signed_in)
    assert "form-action 'self' https://app.example;" in page.headers["content-security-policy"]
    browser = page.headers["set-cookie"].partition(";")[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    path, cookies = signed_in.path("logout/logout-confirm"), {"cookie": f"{signed_in.cookie}; {browser}"}

    forged = signed_in.http.post(path, data={**fields, "csrf_token": "x"}, headers=cookies)
    assert forged.status_code == 403
    assert is_signed_in(signed_in)

    response = signed_in.http.post(path, data=fields, headers=cookies)
    assert response.headers["location"] == f"{BYE}?state=s"
    assert not is_signed_in(signed_in)


def test_hint_that_is_not_genuine_is_no_hint(signed_in: Provider) -> None:
    """Changed, an access token, or for another client: the person is asked, and nothing is redirected."""
    tokens = signed_in.get_tokens()
    head, body, signature = tokens["id_token"].split(".")
    signed_in.add_client("second", post_logout_redirect_uris=[BYE])
    for parameters in (
        {"id_token_hint": f"{head}.{body}.{signature[::-1]}"},
        {"id_token_hint": tokens["access_token"]},
        {"id_token_hint": "nonsense"},
        {"id_token_hint": tokens["id_token"], "client_id": "second"},
    ):
        page = logout(signed_in, post_logout_redirect_uri=BYE, **{"client_id": "app", **parameters})
        assert page.status_code == 200
        assert "Do you want to sign out?" in page.text
        assert "app.example" not in page.headers["content-security-policy"]
        assert BYE not in page.text
        assert is_signed_in(signed_in)


def test_hint_of_another_session_asks(signed_in: Provider) -> None:
    """The person who sits there now may be somebody else."""
    hint = signed_in.get_tokens()["id_token"]
    signed_in.sign_in()
    assert "Do you want to sign out?" in logout(signed_in, id_token_hint=hint).text
    assert is_signed_in(signed_in)


def test_nobody_signed_in_goes_back_at_once(provider: Provider) -> None:
    """There is nothing to ask."""
    response = logout(provider, client_id="app", post_logout_redirect_uri=BYE)
    assert response.headers["location"] == BYE
    assert "You are signed out" in logout(provider).text


def test_post_with_hint_works_without_cookies(signed_in: Provider) -> None:
    """A cross-site POST carries no cookies; the hint says which session ends. Without one the browser repeats as GET."""
    hint = signed_in.get_tokens()["id_token"]
    repeated = signed_in.http.post(signed_in.path("logout"), data={"client_id": "app"})
    assert repeated.headers["location"] == f"{ISSUER}/protocol/openid-connect/logout?client_id=app"
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    assert signed_in.http.post(signed_in.path("logout"), data=sent).headers["location"] == BYE
    assert not is_signed_in(signed_in)


def test_page_tells_what_the_browser_may_remember(provider: Provider) -> None:
    """Only after a login with a certificate."""
    for sign_in, expected in ((provider.sign_in_with_certificate, True), (provider.sign_in, False)):
        sign_in()
        page = logout(provider, id_token_hint=provider.get_tokens()["id_token"])
        assert ("the browser may remember" in page.text) is expected
