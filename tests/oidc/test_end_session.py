"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

The Foundation's plan oidcc-rp-initiated-logout-certification-test-plan is here module by module: `test_rp_initiated_logout` and what
follows it, each named as its module is. Where a request must not be followed, that plan wants an error or a question, and no redirect.
"""

import re
from typing import Any

import pytest
from joserfc.util import urlsafe_b64encode

from idp.login.browser_state import build_browser_state
from tests.oidc.provider import ISSUER, Provider

BYE = "https://app.example/bye"
ASKS = "Do you want to sign out?"


def logout(provider: Provider, method: str = "GET", **parameters: Any) -> Any:
    """Send a logout request with the browser's cookies."""
    headers = {"cookie": provider.cookie} if provider.cookie else {}
    if method == "POST":
        return provider.http.post(provider.path("logout"), data=parameters, headers=headers)
    return provider.http.get(provider.path("logout"), params=parameters, headers=headers)


def is_signed_in(provider: Provider) -> bool:
    """Ask with prompt=none, as the plan's modules do."""
    return "code=" in provider.authorize(prompt="none").headers["location"]


def hint_of(provider: Provider) -> str:
    """Sign in at `app` and return its ID Token."""
    return provider.get_tokens()["id_token"]


def confirm(provider: Provider, page: Any) -> Any:
    """Press *Sign out* on the page that asks."""
    browser = page.headers["set-cookie"].partition(";")[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    cookies = {"cookie": f"{provider.cookie}; {browser}"}
    return provider.http.post(provider.path("logout/logout-confirm"), data=fields, headers=cookies)


def assert_not_followed(provider: Provider, page: Any) -> None:
    """The page names a mistake and has an event's id; it leads nowhere, also after the person has said yes."""
    assert page.status_code == 400
    assert "location" not in page.headers
    assert "The application that sent you here made a mistake" in page.text
    assert BYE not in page.text
    assert "app.example" not in page.headers["content-security-policy"]
    event = provider.events("client:logout:failure")[-1]
    assert event.id in page.text
    assert is_signed_in(provider)
    assert ASKS in page.text
    done = confirm(provider, page)
    assert done.status_code == 200
    assert "You are signed out" in done.text
    assert not is_signed_in(provider)


def test_rp_initiated_logout_discovery_endpoint_verification(provider: Provider) -> None:
    """The metadata names the endpoint (section 2.1)."""
    metadata = provider.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert metadata["end_session_endpoint"] == ISSUER + "/protocol/openid-connect/logout"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rp_initiated_logout(signed_in: Provider, method: str) -> None:
    """With hint, address and state: the session ends without a question, also when the ID Token has expired."""
    hint = hint_of(signed_in)
    signed_in.clock.advance(minutes=20)
    response = logout(signed_in, method, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a b&c")
    assert response.status_code == 303
    assert response.headers["location"] == f"{BYE}?state=a+b%26c"
    cookies = [header for header in response.headers.get_list("set-cookie") if "Max-Age=0" in header]
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == [
        "__Host-idp-session-demo",
        "__Host-idp-state-demo",
    ]
    assert not is_signed_in(signed_in)
    (event,) = signed_in.events("user:session:logout")
    assert (event.user_id, event.session_id, event.client_id) == (signed_in.user_id, signed_in.session_id, "app")


@pytest.mark.parametrize(
    "uri",
    [BYE + "/", BYE + "#x", BYE.replace("bye", "Bye"), "https://evil.example/", "//evil.example", "javascript:alert(1)", "https://app.example/callback", [BYE, BYE], [BYE, "https://evil.example"]],
)  # fmt: skip
def test_rp_initiated_logout_bad_post_logout_redirect_uri(signed_in: Provider, uri: Any) -> None:
    """Section 3: exactly as registered, or no redirect at all."""
    assert_not_followed(signed_in, logout(signed_in, id_token_hint=hint_of(signed_in), post_logout_redirect_uri=uri))


def test_rp_initiated_logout_query_added_to_post_logout_redirect_uri(signed_in: Provider) -> None:
    """Section 3: a query makes it another address."""
    sent = {"id_token_hint": hint_of(signed_in), "post_logout_redirect_uri": f"{BYE}?a=b", "state": "s"}
    assert_not_followed(signed_in, logout(signed_in, **sent))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_rp_initiated_logout_modified_id_token_hint(signed_in: Provider, part: int) -> None:
    """Section 2: the OP must have issued it; any change shows."""
    parts = hint_of(signed_in).split(".")
    parts[part] = parts[part][:-5] + ("AAAAA" if not parts[part].endswith("AAAAA") else "BBBBB")
    sent = {"id_token_hint": ".".join(parts), "post_logout_redirect_uri": BYE, "state": "s"}
    assert_not_followed(signed_in, logout(signed_in, **sent))


def test_rp_initiated_logout_bad_id_token_hint(signed_in: Provider) -> None:
    """Without a signature, with another kind of token, or with no token at all."""
    tokens = signed_in.get_tokens()
    _, payload, _ = tokens["id_token"].split(".")
    unsigned = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode() + f".{payload}."
    for hint in (unsigned, tokens["access_token"], tokens["refresh_token"], "nonsense", "x" * 5000, "a.b.c", "é.é.é"):
        page = logout(signed_in, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s")
        assert page.status_code == 400
        assert is_signed_in(signed_in)
    assert_not_followed(signed_in, page)


def test_rp_initiated_logout_no_id_token_hint(signed_in: Provider) -> None:
    """The person is asked, and nobody knows whose address that is: it is not followed (section 3)."""
    page = logout(signed_in, post_logout_redirect_uri=BYE, state="s")
    assert (page.status_code, ASKS in page.text, BYE in page.text) == (200, True, False)
    assert is_signed_in(signed_in)
    assert "You are signed out" in confirm(signed_in, page).text
    assert not is_signed_in(signed_in)


def test_rp_initiated_logout_no_params(signed_in: Provider) -> None:
    """Everything is optional."""
    page = logout(signed_in)
    assert (page.status_code, ASKS in page.text) == (200, True)
    assert "You are signed out" in confirm(signed_in, page).text
    assert not is_signed_in(signed_in)


def test_rp_initiated_logout_no_post_logout_redirect_uri(signed_in: Provider) -> None:
    """The page says that the session has ended, and stays."""
    response = logout(signed_in, id_token_hint=hint_of(signed_in), state="x")
    assert (response.status_code, "You are signed out" in response.text) == (200, True)
    assert not is_signed_in(signed_in)


def test_rp_initiated_logout_no_state(signed_in: Provider) -> None:
    """Then there is none in the redirect either."""
    response = logout(signed_in, id_token_hint=hint_of(signed_in), post_logout_redirect_uri=BYE)
    assert response.headers["location"] == BYE
    assert not is_signed_in(signed_in)


def test_rp_initiated_logout_only_state(signed_in: Provider) -> None:
    """It goes nowhere."""
    page = logout(signed_in, state="x")
    assert (page.status_code, ASKS in page.text) == (200, True)
    assert "You are signed out" in confirm(signed_in, page).text
    assert not is_signed_in(signed_in)


def test_registered_query_is_kept(signed_in: Provider) -> None:
    """The state is added to it."""
    signed_in.add_client("query", post_logout_redirect_uris=[f"{BYE}?a=b"])
    sent = {"client_id": "query", "post_logout_redirect_uri": f"{BYE}?a=b", "state": "s"}
    assert confirm(signed_in, logout(signed_in, **sent)).headers["location"] == f"{BYE}?a=b&state=s"


def test_hints_and_languages_are_tolerated(signed_in: Provider) -> None:
    """Section 2: `logout_hint`, `ui_locales`, and what nobody knows."""
    more = {"logout_hint": "alice", "ui_locales": "de-CH fr", "unknown": "x"}
    response = logout(
        signed_in, id_token_hint=hint_of(signed_in), client_id="app", post_logout_redirect_uri=BYE, **more
    )
    assert response.headers["location"] == BYE


def test_client_that_is_not_the_hints_is_refused(signed_in: Provider) -> None:
    """Section 2: the OP must verify that client_id is the one that the ID Token was issued to."""
    signed_in.add_client("second", post_logout_redirect_uris=[BYE])
    hint = hint_of(signed_in)
    for client_id in ("second", "nobody", "ä" * 300):
        page = logout(signed_in, id_token_hint=hint, client_id=client_id, post_logout_redirect_uri=BYE)
        assert page.status_code == 400
    assert_not_followed(signed_in, page)


def test_wrong_request_of_nobody_is_told_so(provider: Provider) -> None:
    """There is nothing to ask."""
    page = logout(provider, client_id="app", post_logout_redirect_uri="https://evil.example/")
    assert (page.status_code, ASKS in page.text) == (400, False)
    assert "The application that sent you here made a mistake" in page.text
    assert "evil" not in page.text


def test_deleted_clients_hint_is_refused(signed_in: Provider) -> None:
    """A client that is gone, or disabled, has no registered addresses."""
    from sqlalchemy import update

    from idp.models import Client

    hint = hint_of(signed_in)
    with signed_in.transaction() as session:
        session.execute(update(Client).values(enabled=False))
    signed_in.forget()
    page = logout(signed_in, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert (page.status_code, ASKS in page.text) == (400, True)
    assert BYE not in page.text


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
    hint = hint_of(signed_in)
    repeated = signed_in.http.post(signed_in.path("logout"), data={"client_id": "app"})
    assert repeated.headers["location"] == f"{ISSUER}/protocol/openid-connect/logout?client_id=app"
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    assert signed_in.http.post(signed_in.path("logout"), data=sent).headers["location"] == BYE
    assert not is_signed_in(signed_in)


def test_post_without_cookies_knows_the_browser_by_its_state(signed_in: Provider) -> None:
    """That cookie comes across sites: a hint of this browser's session counts, another is repeated as GET, which asks."""
    hint = hint_of(signed_in)
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}

    def post(state: str) -> Any:
        headers = {"cookie": f"__Host-idp-state-demo={state}"}
        return signed_in.http.post(signed_in.path("logout"), data=sent, headers=headers)

    repeated = post(build_browser_state("another session"))
    assert repeated.headers["location"].startswith(f"{ISSUER}/protocol/openid-connect/logout?id_token_hint=")
    assert is_signed_in(signed_in)
    assert post(build_browser_state(signed_in.session_id)).headers["location"] == BYE
    assert not is_signed_in(signed_in)


def test_another_sites_frame_confuses_nobody(signed_in: Provider) -> None:
    """There the session's cookie does not come, and the browser state stays what it is."""
    shown = {"cookie": f"__Host-idp-state-demo={build_browser_state(signed_in.session_id)}"}
    other = hint_of(signed_in)
    signed_in.sign_in()
    for parameters in ({}, {"client_id": "app"}, {"id_token_hint": "x"}):
        response = signed_in.http.get(signed_in.path("logout"), params=parameters, headers=shown)
        assert "idp-state" not in response.headers.get("set-cookie", "")
    assert is_signed_in(signed_in)
    shown = {"cookie": f"__Host-idp-state-demo={build_browser_state(signed_in.session_id)}"}
    response = signed_in.http.get(signed_in.path("logout"), params={"id_token_hint": other}, headers=shown)
    assert "idp-state" not in response.headers.get("set-cookie", "")


def test_hint_of_another_session_leads_back_once_confirmed(signed_in: Provider) -> None:
    """Its client is remembered while the person is asked."""
    hint = hint_of(signed_in)
    signed_in.sign_in()
    page = logout(signed_in, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s")
    assert ASKS in page.text
    assert confirm(signed_in, page).headers["location"] == f"{BYE}?state=s"
    assert not is_signed_in(signed_in)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_hostile_input_is_no_accident(signed_in: Provider, method: str) -> None:
    """Oversized, malformed, repeated: an answer, and nobody is signed out."""
    for parameters in (
        {"id_token_hint": "x" * 20_000},
        {"id_token_hint": ["a", "b"]},
        {"state": "x" * 20_000},
        {"client_id": "\ud7ff", "post_logout_redirect_uri": "http://["},
        {"ui_locales": "<script>", "logout_hint": "'\""},
    ):
        response = logout(signed_in, method, **parameters)
        assert response.status_code < 500, response.status_code
        assert is_signed_in(signed_in)


def test_page_tells_what_the_browser_may_remember(provider: Provider) -> None:
    """Only after a login with a certificate."""
    for sign_in, expected in ((provider.sign_in_with_certificate, True), (provider.sign_in, False)):
        sign_in()
        page = logout(provider, id_token_hint=provider.get_tokens()["id_token"])
        assert ("the browser may remember" in page.text) is expected
