"""The device grant (RFC 8628), from the device's request to its tokens."""

import re
import threading
from typing import Any

import pytest

from idp.clients.clients import create_client
from idp.models import Client
from idp.oidc.device.authorization import DEVICE_GRANT
from idp.oidc.device.codes import display_user_code, normalise_user_code
from tests.provider import PUBLIC, Browser, Forms, Page, Provider, sign_in

DEVICE = f"{PUBLIC}/realms/demo/device"
TOKEN = f"{PUBLIC}/realms/demo/protocol/openid-connect/token"
BEGIN = f"{PUBLIC}/realms/demo/protocol/openid-connect/auth/device"


@pytest.fixture
def tv(provider: Provider) -> Browser:
    """A device without a browser: a public client with the device grant."""
    services = provider.services
    with services.database.transaction() as session:
        from idp.realms.realms import get_realm

        for client_id, grants in (("tv", [DEVICE_GRANT, "refresh_token"]), ("other-tv", [DEVICE_GRANT]), ("web", [])):
            create_client(
                session, services.cipher, provider.clock, realm_id=get_realm(session, "demo").id, client_id=client_id,
                name="Telly", grant_types=grants,
            )  # fmt: skip
    return provider.browser()


def begin(tv: Browser, **form: str) -> dict[str, Any]:
    response = tv.client.post(BEGIN, data={"client_id": "tv", "scope": "openid profile", **form})
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    return response.json()


def poll(tv: Browser, device_code: str, client_id: str = "tv") -> tuple[int, dict[str, Any]]:
    response = tv.client.post(
        TOKEN, data={"grant_type": DEVICE_GRANT, "device_code": device_code, "client_id": client_id}
    )
    return response.status_code, response.json()


def answer(browser: Browser, decision: str) -> Page:
    form = Forms(browser.page.html).forms[0]
    return browser.post(form["action"], {**form["fields"], "decision": decision})


def confirm(provider: Provider, user_code: str) -> Browser:
    """Return a person's browser at the question, signed in on the way."""
    person = provider.browser()
    person.get(DEVICE)
    page = person.press("Continue", user_code=user_code)
    if "password" in page.url:
        page = person.press("Sign in", username="alice", password="alice-test-password")
    assert page.title == "Connect this device?", page.text
    return person


def test_device_gets_tokens_after_its_person_allowed_it(provider: Provider, tv: Browser) -> None:
    """Sections 3.1 to 3.5: codes, pending, the person's sign-in and consent, tokens, once."""
    started = begin(tv)
    assert re.fullmatch(r"[B-Z]{4}-[B-Z]{4}", started["user_code"])
    assert started["verification_uri"] == DEVICE
    assert started["verification_uri_complete"] == f"{DEVICE}?user_code={started['user_code']}"
    assert (started["expires_in"], started["interval"]) == (600, 5)
    assert poll(tv, started["device_code"]) == (400, {"error": "authorization_pending"})

    person = confirm(provider, started["user_code"].lower().replace("-", " "))
    assert started["user_code"] in person.page.text
    assert "Telly" in person.page.text
    assert answer(person, "allow").title == "Your device is connected"

    status, tokens = poll(tv, started["device_code"])
    assert status == 200, tokens
    assert tokens["scope"] == "openid profile"
    assert {"access_token", "refresh_token", "id_token"} <= tokens.keys()
    status, again = poll(tv, started["device_code"])
    assert (status, again["error"]) == (400, "invalid_grant")
    userinfo = tv.client.get(
        f"{PUBLIC}/realms/demo/protocol/openid-connect/userinfo",
        headers={"authorization": f"Bearer {tokens['access_token']}"},
    )
    assert userinfo.json()["preferred_username"] == "alice"


def test_device_hears_of_refusal(provider: Provider, tv: Browser) -> None:
    """Section 3.5: access_denied."""
    started = begin(tv)
    person = confirm(provider, started["user_code"])
    assert answer(person, "refuse").title == "The device was not connected"
    status, body = poll(tv, started["device_code"])
    assert (status, body["error"]) == (400, "access_denied")


def test_expired_code_is_told_as_such(provider: Provider, tv: Browser) -> None:
    """Section 3.5: expired_token, at the token endpoint and on the page."""
    started = begin(tv)
    provider.clock.advance(minutes=10)
    status, body = poll(tv, started["device_code"])
    assert (status, body["error"]) == (400, "expired_token")
    person = provider.browser()
    person.get(DEVICE)
    assert person.press("Continue", user_code=started["user_code"]).status == 400


def test_impatient_device_is_slowed_down_more_and_more(provider: Provider, tv: Browser) -> None:
    """Section 3.5: slow_down adds five seconds to the interval for this and all later requests."""
    started = begin(tv)
    errors = []
    for seconds in (0, 1, 5, 5, 10):
        provider.clock.advance(seconds=seconds)
        errors.append(poll(tv, started["device_code"])[1]["error"])
    assert errors == [
        "authorization_pending",
        "slow_down",
        "authorization_pending",
        "slow_down",
        "authorization_pending",
    ]


def test_code_of_another_client_is_refused(tv: Browser) -> None:
    """Section 3.4: the code is bound to the client that began."""
    started = begin(tv)
    status, body = poll(tv, started["device_code"], client_id="other-tv")
    assert (status, body["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("code", ["", "x", "\x00", "é" * 40, "a" * 5000])
def test_senseless_device_code_is_refused(tv: Browser, code: str) -> None:
    """Whatever comes, an OAuth error."""
    status, body = poll(tv, code)
    assert (status, body["error"]) in {(400, "invalid_grant"), (400, "invalid_request")}


def test_client_without_the_grant_is_refused(tv: Browser) -> None:
    """Section 3.1: unauthorized_client."""
    response = tv.client.post(BEGIN, data={"client_id": "web"})
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")


def test_decision_counts_once_and_in_its_own_session(provider: Provider, tv: Browser) -> None:
    """A repeated form, and one carried into another person's browser, decide nothing (section 5.4)."""
    started = begin(tv)
    person = confirm(provider, started["user_code"])
    form = Forms(person.page.html).forms[0]
    thief = provider.browser()
    sign_in(thief)
    assert thief.post(form["action"], {**form["fields"], "decision": "allow"}).status in {400, 403}
    assert poll(tv, started["device_code"])[1]["error"] == "authorization_pending"
    assert answer(person, "allow").status == 200
    assert person.post(form["action"], {**form["fields"], "decision": "refuse"}).status == 400


def test_session_that_no_longer_suffices_connects_nothing(provider: Provider, tv: Browser) -> None:
    """What the application demands is looked at with the answer too; the person may begin again while the code lives."""
    started = begin(tv)
    person = confirm(provider, started["user_code"])
    _set_certificate_policy(provider, "required")
    assert answer(person, "allow").status == 400
    assert poll(tv, started["device_code"]) == (400, {"error": "authorization_pending"})
    _set_certificate_policy(provider, "realm")
    person = confirm(provider, started["user_code"])
    assert answer(person, "allow").title == "Your device is connected"


def _set_certificate_policy(provider: Provider, policy: str) -> None:
    with provider.services.database.transaction() as session:
        session.query(Client).filter_by(client_id="tv").one().certificate_policy = policy
    provider.services.clients.clear()


def test_code_in_the_address_is_not_taken_without_a_look(provider: Provider, tv: Browser) -> None:
    """Section 3.3.1: a complete address fills the field in, and the person still has to go on and to allow."""
    started = begin(tv)
    person = provider.browser()
    sign_in(person)
    page = person.get(started["verification_uri_complete"])
    assert page.title == "Connect a device"
    assert started["user_code"] in page.html
    assert poll(tv, started["device_code"])[1]["error"] == "authorization_pending"


def test_guessing_user_codes_is_stopped(provider: Provider, tv: Browser) -> None:
    """Section 5.1: after twenty wrong codes from an address even a right one is refused."""
    started = begin(tv)
    person = provider.browser()
    person.get(DEVICE)
    for _ in range(20):
        assert person.press("Continue", user_code="BBBB-BBBB").status == 400
    assert person.press("Continue", user_code=started["user_code"]).status == 429


@pytest.mark.every_database
def test_ten_polls_at_once_give_tokens_once(provider: Provider, tv: Browser) -> None:
    """The decision is taken by exactly one of any number of simultaneous requests."""
    started = begin(tv)
    answer(confirm(provider, started["user_code"]), "allow")
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(poll(provider.browser(), started["device_code"])[0]))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1
    assert len(answers) == 10


def test_user_codes_are_read_however_typed() -> None:
    """Section 6.1: case and separators make no difference."""
    assert normalise_user_code(" wdjb-mjht ") == "WDJBMJHT"
    assert display_user_code("WDJBMJHT") == "WDJB-MJHT"
    assert normalise_user_code("aeiou") == ""
