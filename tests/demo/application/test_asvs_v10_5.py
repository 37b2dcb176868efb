"""OWASP ASVS 5.0 section 10.5 for the sample application: what a relying party refuses, a test for each line.

10.5.5 is about logout tokens; the sample application has no address for them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from idp.demo.application import build_application
from tests.demo.application.conftest import FIRST, ISSUER, SECOND, Person
from tests.provider import CHALLENGE, PASSWORD, PUBLIC, VERIFIER, Provider

Change = Callable[[dict[str, Any]], dict[str, Any]]
ENDPOINTS = f"{ISSUER}/protocol/openid-connect"


@dataclass
class Forger(httpx2.AsyncBaseTransport):
    """A network that changes the JSON documents whose paths end in a key of `changes`, and remembers ID Tokens."""

    inner: httpx2.AsyncBaseTransport
    changes: dict[str, Change] = field(default_factory=dict)
    id_tokens: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request."""
        response = await self.inner.handle_async_request(request)
        document = json.loads(await response.aread())
        self.id_tokens += [document["id_token"]] if "id_token" in document else []
        for ending, change in self.changes.items():
            if request.url.path.endswith(ending):
                document = change(document)
        return httpx2.Response(response.status_code, json=document)


@pytest.fixture
def forger(provider: Provider) -> Forger:
    """A network that is honest so far."""
    return Forger(httpx2.ASGITransport(provider.app))


@pytest.fixture
def alice(provider: Provider, forger: Forger) -> Person:
    """Alice, at the first application behind that network."""
    app = build_application(
        ISSUER, title=FIRST.title, client_id=FIRST.client_id, client_secret=FIRST.secret, base_url=FIRST.url,
        transport=forger,
    )  # fmt: skip
    return Person(provider, provider.browser(), TestClient(app, base_url=FIRST.url))


def is_signed_in(person: Person) -> bool:
    """Tell whether the application knows the person."""
    return person.app.get("/claims.json").status_code == 200


def test_10_5_1_replayed_id_token_is_refused(alice: Person, forger: Forger) -> None:
    """A genuine ID Token of another sign-in has another nonce."""
    alice.sign_in()
    assert is_signed_in(alice)
    alice.app.cookies.clear()
    forger.changes["/token"] = lambda document: {**document, "id_token": forger.id_tokens[0]}
    alice.begin()
    assert "invalid_id_token" in alice.finish().text
    assert not is_signed_in(alice)


def test_10_5_2_person_is_who_sub_says(alice: Person, forger: Forger) -> None:
    """UserInfo about another subject is refused, whatever name and address of mail it gives."""
    forger.changes["/userinfo"] = lambda document: {**document, "sub": "somebody-else"}
    assert "userinfo_failed" in alice.sign_in().text
    assert not is_signed_in(alice)


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", ISSUER.upper(), f"{PUBLIC}/realms/master", "", None])
def test_10_5_3_metadata_of_another_issuer_is_refused(alice: Person, forger: Forger, issuer: str | None) -> None:
    """Exactly the issuer that was configured, or nobody is sent anywhere."""
    forger.changes["openid-configuration"] = lambda document: {**document, "issuer": issuer}
    page = alice.app.get("/login", follow_redirects=False)
    assert page.status_code == 400
    assert "issuer_mismatch" in page.text


def test_10_5_4_id_token_of_another_client_is_refused(alice: Person, forger: Forger, provider: Provider) -> None:
    """Genuine, with the right nonce, and for another audience."""
    location = alice.app.get("/login", follow_redirects=False).headers["location"]
    nonce = parse_qs(urlsplit(location).query)["nonce"][0]
    stolen = get_id_token_of_second(provider, nonce)
    forger.changes["/token"] = lambda document: {**document, "id_token": stolen}
    alice.at_provider.get(location)
    alice.at_provider.press("Sign in", username="alice", password=PASSWORD)
    assert "invalid_id_token" in alice.finish().text
    assert not is_signed_in(alice)


def get_id_token_of_second(provider: Provider, nonce: str) -> str:
    """Sign alice in at the second application in another browser, with that nonce, and return her ID Token."""
    browser, callback = provider.browser(), f"{SECOND.url}/callback"
    asked = {
        "client_id": SECOND.client_id, "redirect_uri": callback, "response_type": "code", "scope": "openid",
        "nonce": nonce, "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    browser.get(f"{ENDPOINTS}/auth?{urlencode(asked)}")
    code = browser.press("Sign in", username="alice", password=PASSWORD).query["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": VERIFIER}
    response = provider.http(provider.app, PUBLIC).post(
        f"{ENDPOINTS}/token", data=form, auth=(SECOND.client_id, SECOND.secret)
    )
    return str(response.json()["id_token"])
