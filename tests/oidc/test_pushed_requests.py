"""Pushed authorization requests (RFC 9126)."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.login.flows import KIND as FLOW
from tests.clock import FixedClock
from tests.oidc.provider import CALLBACK, CHALLENGE, SECRET, VERIFIER, Provider, answer_of, basic, open_provider
from tests.oidc.request_jwt import INSIDE, LONG_SECRET, add_signing_client, is_page, key_for, leave_unsigned, sign
from tests.oidc.test_authorization import LOGIN_PAGE, begin_login, finish
from tests.oidc.test_token_concurrency import at_once

PREFIX = "urn:ietf:params:oauth:request_uri:"
REQUEST = {
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "openid email",
    "state": "pushed",
    "nonce": "n-1",
}


def push(provider: Provider, auth: Any = ("app", SECRET), **parameters: Any) -> Any:
    """Push a request; None leaves a parameter out."""
    sent = {**REQUEST, **parameters}
    return provider.http.post(
        provider.path("ext/par/request"),
        data={name: value for name, value in sent.items() if value is not None},
        headers=basic(*auth) if auth else {},
    )


def reference_of(provider: Provider, **parameters: Any) -> str:
    """Push a request and return its request_uri."""
    response = push(provider, **parameters)
    assert response.status_code == 201, response.text
    return response.json()["request_uri"]


def open_reference(provider: Provider, reference: str, client_id: str = "app", **beside: str) -> Any:
    """Open the address that a client sends the browser to."""
    headers = {"cookie": provider.cookie} if provider.cookie else {}
    query = {"client_id": client_id, "request_uri": reference, **beside}
    return provider.http.get(provider.path("auth"), params=query, headers=headers)


def test_pushed_request_gets_code_for_what_was_pushed(signed_in: Provider) -> None:
    """Sections 2.2 and 4: 201 with a reference for a minute and a half, which stands for all that was sent."""
    response = push(signed_in)
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    assert response.json().keys() == {"request_uri", "expires_in"}
    assert response.json()["expires_in"] == 90
    reference = response.json()["request_uri"]
    assert reference.startswith(PREFIX)
    assert len(reference.removeprefix(PREFIX)) == 43  # 256 random bits
    answer = answer_of(open_reference(signed_in, reference))
    assert answer["state"] == "pushed"
    assert signed_in.exchange_code(answer["code"]).json()["scope"] == "openid email"


def test_nothing_beside_the_reference_counts(signed_in: Provider) -> None:
    """RFC 9101 section 5: whoever sees the reference cannot add to the request, or change it."""
    beside = {
        "state": "forged",
        "scope": "openid profile",
        "redirect_uri": "https://evil.example/",
        "response_type": "x",
    }
    answer = answer_of(open_reference(signed_in, reference_of(signed_in), **beside))
    assert answer["state"] == "pushed"
    assert signed_in.exchange_code(answer["code"]).json()["scope"] == "openid email"


def test_reference_is_used_up_by_its_answer(signed_in: Provider) -> None:
    """Section 4: once."""
    reference = reference_of(signed_in)
    assert "code" in answer_of(open_reference(signed_in, reference))
    assert is_page(open_reference(signed_in, reference))
    # A client that repeats a registered address of its own beside it is told.
    told = answer_of(open_reference(signed_in, reference, redirect_uri=CALLBACK))
    assert told["error"] == "invalid_request_uri"


def test_reference_that_is_opened_again_before_the_login_ends_gives_one_answer(provider: Provider) -> None:
    """Section 4 allows for browsers that load an address twice; FAPI 2.0 Security Profile section 5.3.2.2."""
    reference = reference_of(provider)
    parameters = {"request_uri": reference, "redirect_uri": None, "response_type": None, "scope": None}
    flows = [begin_login(provider, **parameters)]
    provider.http.cookies.clear()
    flows.append(begin_login(provider, **parameters))
    provider.sign_in()
    answers = [finish(provider, flow, browser, session_id=provider.session_id) for flow, browser in flows]
    assert answer_of(answers[0])["state"] == "pushed"
    assert is_page(answers[1])


def test_reference_expires_but_a_login_that_it_began_does_not(provider: Provider) -> None:
    """Section 2.2: expires_in limits when it may be opened."""
    reference = reference_of(provider)
    provider.clock.advance(seconds=89)
    flow, browser = begin_login(provider, request_uri=reference, redirect_uri=None, response_type=None)
    provider.clock.advance(seconds=1)
    assert is_page(open_reference(provider, reference))
    provider.clock.advance(minutes=5)
    provider.sign_in()
    assert "code" in answer_of(finish(provider, flow, browser, session_id=provider.session_id))


def test_reference_of_another_client_or_realm_is_unknown(signed_in: Provider) -> None:
    """Section 2.2: bound to the client, who keeps the use of it."""
    signed_in.add_client("second")
    reference = reference_of(signed_in)
    assert is_page(open_reference(signed_in, reference, client_id="second"))
    assert is_page(open_reference(signed_in, reference + "x"))
    assert is_page(open_reference(signed_in, PREFIX))
    assert is_page(open_reference(signed_in, PREFIX + "ü" * 4000))
    other = signed_in.http.get(signed_in.path("auth", "other"), params={"client_id": "app", "request_uri": reference})
    assert is_page(other)
    assert "code" in answer_of(open_reference(signed_in, reference))


def test_repeated_or_missing_parameters_around_a_reference_are_a_page(signed_in: Provider) -> None:
    """RFC 6749 section 3.1; RFC 9101 section 5 wants client_id, and forbids request beside request_uri."""
    reference = reference_of(signed_in)
    path, headers = signed_in.path("auth"), {"cookie": signed_in.cookie}
    for query in (
        [("client_id", "app"), ("request_uri", reference), ("request_uri", reference)],
        [("client_id", "app"), ("client_id", "app"), ("request_uri", reference)],
        [("client_id", "app"), ("request_uri", reference), ("request", "a.b.c")],
        [("request_uri", reference)],
    ):
        assert is_page(signed_in.http.get(path, params=query, headers=headers)), query
    assert "code" in answer_of(open_reference(signed_in, reference))


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_request"),
        ({"redirect_uri": [CALLBACK, CALLBACK]}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "nonsense"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unauthorized_client"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"nonce": ["1", "2"]}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"resource": "https://api.example/"}, "invalid_target"),
        ({"request_uri": PREFIX + "x"}, "invalid_request"),
        ({"request_uri": "https://app.example/request"}, "invalid_request"),
        ({"client_id": "spa"}, "invalid_request"),
        ({"request": "a.b.c"}, "invalid_request_object"),
        ({"id_token_hint": "a.b.c"}, "invalid_request"),
        ({"state": "s" * 5000}, "invalid_request"),
    ],
)
def test_mistakes_are_told_to_the_client_at_once(signed_in: Provider, parameters: dict[str, Any], error: str) -> None:
    """Section 2.3: all checks of the authorization endpoint, and the redirect_uri exactly as registered (section 2.4)."""
    response = push(signed_in, **parameters)
    assert (response.status_code, response.json()["error"]) == (400, error)


def test_client_has_to_authenticate(provider: Provider) -> None:
    """Section 2: as at the token endpoint; POST alone."""
    assert push(provider, auth=("app", "wrong-secret")).status_code == 401
    assert push(provider, auth=None, client_id="app").status_code == 401
    assert push(provider, auth=None).status_code == 401
    assert push(provider, auth=None, client_id="app", client_secret=SECRET).status_code == 201
    assert provider.http.get(provider.path("ext/par/request")).status_code == 405


def test_what_the_client_authenticated_with_is_not_kept(provider: Provider) -> None:
    """Section 2.1: credentials are no part of the request."""
    reference = reference_of(provider, auth=None, client_id="app", client_secret=SECRET)
    client = provider.services.clients.get((provider.realm_id, "app"))
    assert client is not None
    stored = provider.services.ephemeral.get(
        "pushed-request", f"{client.id}:{hashlib.sha256(reference.encode()).hexdigest()}"
    )
    assert stored is not None
    assert dict(json.loads(stored)["parameters"]) == {**REQUEST, "client_id": "app"}


def test_public_client_may_push_with_a_code_challenge(signed_in: Provider) -> None:
    """RFC 9126 section 2 and RFC 9700 section 2.1.1; its page may read the answer."""
    assert push(signed_in, auth=None, client_id="spa").json()["error"] == "invalid_request"
    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    response = signed_in.http.post(
        signed_in.path("ext/par/request"),
        data={**REQUEST, **challenge, "client_id": "spa"},
        headers={"origin": "https://spa.example"},
    )
    assert response.headers["access-control-allow-origin"] == "https://spa.example"
    code = answer_of(open_reference(signed_in, response.json()["request_uri"], client_id="spa"))["code"]
    tokens = signed_in.exchange_code(code, auth=None, client_id="spa", code_verifier=VERIFIER)
    assert tokens.status_code == 200


def test_client_that_has_to_push_is_refused_otherwise(signed_in: Provider) -> None:
    """Section 6, client metadata require_pushed_authorization_requests."""
    add_signing_client(signed_in, require_pushed_authorization_requests=True, request_object_signing_alg="none")
    for beside in ({}, {"request": leave_unsigned(INSIDE)}):
        answer = answer_of(signed_in.authorize(client_id="jar", **beside))
        assert answer["error"] == "invalid_request"
    reference = reference_of(signed_in, auth=("jar", LONG_SECRET))
    assert "code" in answer_of(open_reference(signed_in, reference, client_id="jar"))


def test_request_object_may_be_pushed(signed_in: Provider) -> None:
    """Section 3: what is signed counts alone, and says whose it is."""
    add_signing_client(signed_in, require_signed_request_object=True)
    auth = ("jar", LONG_SECRET)
    reference = reference_of(
        signed_in, auth=auth, request=sign(INSIDE), scope="openid profile", redirect_uri="https://x/"
    )
    answer = answer_of(open_reference(signed_in, reference, client_id="jar"))
    assert answer["state"] == "inside"
    assert signed_in.exchange_code(answer["code"], auth=auth).json()["scope"] == "openid email"
    wrong = {
        "unsigned": leave_unsigned(INSIDE),
        "another key's": sign(INSIDE, key=key_for("ES256", "second")),
        "no client_id": sign({name: value for name, value in INSIDE.items() if name != "client_id"}),
        "another client_id": sign({**INSIDE, "client_id": "app"}),
    }
    for name, request in wrong.items():
        response = push(signed_in, auth=auth, request=request)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request_object"), name
    assert push(signed_in, auth=auth).json()["error"] == "invalid_request"  # nothing signed at all


def test_client_that_was_changed_after_pushing_is_checked_again(signed_in: Provider) -> None:
    """A redirect_uri that was taken away in the meantime gets nothing."""
    from sqlalchemy import update

    from idp.models import Client

    reference = reference_of(signed_in)
    with signed_in.transaction() as session:
        session.execute(update(Client).values(redirect_uris=["https://app.example/new"]))
    signed_in.forget()
    assert is_page(open_reference(signed_in, reference))


def test_login_begins_with_what_was_pushed(provider: Provider) -> None:
    """Section 4: prompt, login_hint and the rest are those of the pushed request."""
    reference = reference_of(provider, login_hint="alice", prompt="login", acr_values="2")
    location = open_reference(provider, reference).headers["location"]
    assert location.startswith(LOGIN_PAGE)
    text = provider.services.ephemeral.get(FLOW, parse_qs(urlsplit(location).query)["flow"][0])
    assert text is not None
    request = json.loads(text)["request"]
    assert (request["login_hint"], request["acr"], request["reauthenticate"]) == ("alice", "2", True)


@pytest.fixture(params=["sql", "redis"])
def contested(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, clock: FixedClock
) -> Iterator[Provider]:
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    with open_provider(database_url, tmp_path, clock, redis_url) as provider:
        provider.sign_in()
        yield provider


@pytest.mark.every_database
def test_ten_at_once_get_one_code(contested: Provider) -> None:
    """ASVS 5 10.4.2 for what codes are made from: exactly one wins, the others get a page."""
    reference = reference_of(contested)
    answers = at_once(lambda: open_reference(contested, reference))
    codes = [answer for answer in answers if answer.status_code == 303]
    assert len(codes) == 1
    assert "code" in answer_of(codes[0])
    assert all(is_page(answer) for answer in answers if answer not in codes)
