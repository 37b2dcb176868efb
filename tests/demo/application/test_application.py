"""The sample application speaks OpenID Connect with the provider, and with nobody who merely looks like it."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.demo.application.conftest import FIRST, ISSUER, SECOND, Person, open_application
from tests.provider import PUBLIC, Provider, enable_two_factor, open_dashboard


def authorization_request(person: Person, path: str) -> dict[str, str]:
    """Return the parameters with which the application sends the browser away."""
    location = person.app.get(path, follow_redirects=False).headers["location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def test_start_page_offers_every_way_to_sign_in(alice: Person) -> None:
    """The plain way is a button; the others say which parameter they add."""
    page = alice.app.get("/").text
    assert 'class="button" href="/login">Sign in</a>' in page
    for path in ("/login?acr_values=2", "/login?scope=x509", "/login?prompt=login"):
        assert f'href="{path}"' in page


def test_request_carries_pkce_nonce_and_state(alice: Person) -> None:
    """What protects the answer is there, and fresh each time."""
    first, second = authorization_request(alice, "/login"), authorization_request(alice, "/login")
    assert first["code_challenge_method"] == "S256"
    assert first["scope"] == "openid profile email"
    for name in ("code_challenge", "nonce", "state"):
        assert first[name] != second[name]


def test_extra_parameters_are_passed_on(alice: Person) -> None:
    """Scopes are added to the usual ones, unknown parameters dropped."""
    request = authorization_request(
        alice, "/login?acr_values=2&scope=x509&prompt=login&redirect_uri=https://evil.example"
    )
    assert (request["acr_values"], request["prompt"]) == ("2", "login")
    assert request["scope"] == "openid profile email x509"
    assert request["redirect_uri"] == "http://localhost:3000/callback"


def test_password_sign_in_shows_the_claims(alice: Person) -> None:
    """The page and the JSON say who signed in and how."""
    page = alice.sign_in()
    claims = alice.app.get("/claims.json").json()
    assert "Hello, Alice" in page.text
    assert claims["claims"]["amr"] == ["pwd"]
    assert claims["claims"]["acr"] == "1"
    assert claims["userinfo"]["sub"] == claims["claims"]["sub"]
    assert claims["id_token"].count(".") == 2


def test_certificate_sign_in_shows_both_factors(alice: Person) -> None:
    """With two-factor authentication on, `amr` names password and certificate, and scope x509 the certificate."""
    browser = alice.at_provider
    open_dashboard(browser)
    enable_two_factor(browser)
    alice.at_provider = alice.provider.browser(browser.certificate)
    alice.begin("/login?scope=x509&acr_values=2")
    alice.at_provider.press("Sign in", username="alice", password="alice-test-password")
    alice.at_provider.press("Continue with certificate")
    page = alice.finish()
    claims = alice.app.get("/claims.json").json()["claims"]
    assert claims["amr"] == ["pwd", "x509"]
    assert claims["acr"] == "2"
    assert claims["x509_subject"]
    assert "with your password and your certificate" in page.text


def test_second_application_does_not_ask_again(alice: Person) -> None:
    """Single sign-on: the provider's session answers, at a path of its own and with a cookie of its own."""
    alice.sign_in()
    first_claims = alice.app.get("/claims.json").json()["claims"]
    alice.begin("/second/login")
    assert alice.at_provider.page.url.startswith(f"{SECOND.url}/callback?")
    assert "Hello, Alice" in alice.finish().text
    second_claims = alice.app.get("/second/claims.json").json()["claims"]
    assert (first_claims["aud"], second_claims["aud"]) == (FIRST.client_id, SECOND.client_id)
    assert first_claims["sub"] == second_claims["sub"]
    assert {cookie.path for cookie in alice.app.cookies.jar} == {"/", "/second"}


def test_sign_out_ends_the_session_at_the_provider(alice: Person) -> None:
    """The next sign-in asks for the password again, and the start page says that one has signed out."""
    alice.sign_in()
    leaving = alice.app.post("/logout", follow_redirects=False)
    assert leaving.status_code == 303
    assert "id_token_hint" in parse_qs(urlsplit(leaving.headers["location"]).query)
    alice.at_provider.get(leaving.headers["location"])
    assert alice.at_provider.page.url.startswith("http://localhost:3000/?state=")
    assert "You have signed out" in alice.finish().text
    alice.begin()
    assert "Password" in alice.at_provider.page.text


def test_sign_out_without_a_session_leads_to_the_start(alice: Person) -> None:
    """Nobody to sign out is no error."""
    assert "Sign in" in alice.app.post("/logout").text


def test_claims_of_nobody_are_refused(alice: Person) -> None:
    """Scripts get a status and JSON."""
    answer = alice.app.get("/claims.json")
    assert (answer.status_code, answer.json()) == (401, {"error": "not_signed_in"})


def test_provider_error_is_a_page(alice: Person) -> None:
    """The error and its description are shown; what stands in them is text, never HTML."""
    request = authorization_request(alice, "/login")
    answer = {"error": "access_denied", "error_description": "<b>No</b>", "state": request["state"], "iss": ISSUER}
    page = alice.app.get(f"/callback?{urlencode(answer)}")
    assert page.status_code == 400
    assert "access_denied" in page.text
    assert "&lt;b&gt;No&lt;/b&gt;" in page.text


def test_silent_sign_in_without_a_session_tells_login_required(alice: Person) -> None:
    """`prompt=none` comes back with the provider's error."""
    alice.begin("/login?prompt=none")
    assert "login_required" in alice.finish().text


@pytest.mark.parametrize("state", ["", "forged"])
def test_answer_without_our_state_signs_nobody_in(alice: Person, state: str) -> None:
    """An answer that this browser did not ask for is refused (RFC 6749 section 10.12)."""
    alice.begin()
    alice.at_provider.press("Sign in", username="alice", password="alice-test-password")
    code = alice.at_provider.page.query["code"]
    page = alice.app.get(f"/callback?{urlencode({'code': code, 'state': state, 'iss': ISSUER})}")
    assert page.status_code == 400
    assert alice.app.get("/claims.json").status_code == 401


def test_answer_of_another_issuer_is_refused(alice: Person) -> None:
    """RFC 9207: the answer must come from the provider that was asked."""
    request = authorization_request(alice, "/login")
    page = alice.app.get(
        f"/callback?{urlencode({'code': 'x', 'state': request['state'], 'iss': 'https://evil.example'})}"
    )
    assert "issuer_mismatch" in page.text


def test_weaker_sign_in_than_asked_for_is_refused(alice: Person) -> None:
    """The application looks at `acr` itself: here the request was stripped of its wish on the way."""
    location = alice.app.get("/login?acr_values=2", follow_redirects=False).headers["location"]
    alice.at_provider.get(location.replace("acr_values=2", ""))
    alice.at_provider.press("Sign in", username="alice", password="alice-test-password")
    assert "insufficient_authentication" in alice.finish().text


def test_wrong_client_secret_is_a_page(provider: Provider) -> None:
    """The token endpoint's refusal ends in a page with its code."""
    person = Person(provider, provider.browser(), open_application(provider, client_secret="wrong"))
    assert "invalid_client" in person.sign_in().text


@pytest.mark.parametrize("issuer", [f"{PUBLIC}/realms/nowhere", f"{PUBLIC}/realms/demo/"])
def test_unreachable_or_misnamed_provider_is_a_page(provider: Provider, issuer: str) -> None:
    """Discovery that does not fit the issuer ends in a page, not in a traceback."""
    page = open_application(provider, issuer).get("/login")
    assert page.status_code == 400
    assert "That did not work" in page.text


def test_unknown_address_is_a_page(alice: Person) -> None:
    """There is a way back to the start."""
    page = alice.app.get("/nowhere")
    assert page.status_code == 404
    assert "Back to the start" in page.text


def test_pages_carry_security_headers(alice: Person) -> None:
    """Nothing inline, no framing, no referrer, nothing cached."""
    headers = alice.app.get("/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert f"form-action 'self' {PUBLIC}" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert alice.app.get("/style.css").headers["content-type"].startswith("text/css")
