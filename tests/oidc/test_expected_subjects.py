"""id_token_hint (OpenID Connect Core section 3.1.2.1): about whom an answer may be."""

from typing import Any

import pytest

from idp.keys.tokens import sign_jwt
from idp.login.flow import LoginFlow
from idp.models import User
from idp.users.users import create_user
from tests.oidc.provider import ISSUER, SECRET, Provider, answer_of, decode_claims
from tests.oidc.request_jwt import leave_unsigned
from tests.oidc.test_authorization import LOGIN_PAGE, begin_login, finish


@pytest.fixture
def hint(signed_in: Provider) -> str:
    """An ID Token of alice's."""
    return str(signed_in.get_tokens()["id_token"])


def sign_in_bob(provider: Provider) -> None:
    """Give the browser a session of bob's."""
    with provider.transaction() as session:
        user = create_user(
            session, provider.services.passwords, provider.clock, realm_id=provider.realm_id, username="bob",
            password=None, email=None, email_verified=False,
        )  # fmt: skip
        provider.user_id = user.id
    provider.sign_in()


def begin(provider: Provider, **parameters: Any) -> tuple[LoginFlow, str]:
    """Begin a login in a browser that keeps its session."""
    provider.http.cookies.clear()
    flow, browser = begin_login(provider, **parameters)
    return flow, f"{browser}; {provider.cookie}"


def test_hinted_person_gets_an_answer_without_a_page(signed_in: Provider, hint: str) -> None:
    """The person is signed in, so that is that; also when the ID Token has long expired."""
    assert "code" in answer_of(signed_in.authorize(id_token_hint=hint, prompt="none"))
    signed_in.clock.advance(hours=1)
    signed_in.sign_in()
    assert "code" in answer_of(signed_in.authorize(id_token_hint=hint, prompt="none"))


def test_somebody_else_is_not_answered_for(signed_in: Provider, hint: str) -> None:
    """With prompt=none that is login_required; else the login page, where the hinted person's name is filled in."""
    sign_in_bob(signed_in)
    answer = answer_of(signed_in.authorize(id_token_hint=hint, prompt="none"))
    assert answer["error"] == "login_required"
    flow, _ = begin(signed_in, id_token_hint=hint)
    assert (flow.request.login_hint, flow.forget_session, flow.user_id) == ("alice", True, None)
    flow, _ = begin(signed_in, id_token_hint=hint, login_hint="alice@example.org")
    assert flow.request.login_hint == "alice@example.org"
    # A session of bob's that lacks a certificate is not asked for one either.
    assert signed_in.authorize(id_token_hint=hint, acr_values="2").headers["location"].startswith(LOGIN_PAGE)


def test_whoever_signs_in_instead_is_not_answered_for(signed_in: Provider, hint: str) -> None:
    """Bob types his own password on the page: the client hears login_required and nothing about him."""
    signed_in.cookie = ""
    flow, browser = begin(signed_in, id_token_hint=hint)
    assert flow.request.login_hint == "alice"
    sign_in_bob(signed_in)
    answer = answer_of(finish(signed_in, flow, browser, session_id=signed_in.session_id))
    assert answer["error"] == "login_required"
    assert "code" not in answer
    refused = signed_in.events("client:authorization:failure")
    assert [event.details["error"] for event in refused] == ["login_required"]


def test_hint_of_pairwise_client_names_the_person(signed_in: Provider) -> None:
    """Section 8.1: each client's hint has the name that this client knows; nobody's username is told."""
    signed_in.add_client("pair", subject_type="pairwise")
    code = answer_of(signed_in.authorize(client_id="pair"))["code"]
    hint = signed_in.exchange_code(code, auth=("pair", SECRET)).json()["id_token"]
    assert decode_claims(hint)["sub"] != signed_in.user_id
    assert "code" in answer_of(signed_in.authorize(client_id="pair", id_token_hint=hint, prompt="none"))
    sign_in_bob(signed_in)
    answer = answer_of(signed_in.authorize(client_id="pair", id_token_hint=hint, prompt="none"))
    assert answer["error"] == "login_required"
    flow, _ = begin(signed_in, client_id="pair", id_token_hint=hint)
    assert flow.request.login_hint == ""


def test_retired_key_still_verifies_a_hint(signed_in: Provider, hint: str) -> None:
    """A hint is older than the newest key."""
    from sqlalchemy import update

    from idp.models import SigningKey

    with signed_in.transaction() as session:
        statement = update(SigningKey).where(SigningKey.status == "active", SigningKey.algorithm == "RS256")
        session.execute(statement.values(status="retired"))
    signed_in.forget()
    assert signed_in.services.keyrings.get(signed_in.realm_id).signers.keys().isdisjoint({"RS256"})
    response = signed_in.authorize(id_token_hint=hint, prompt="none")
    assert "code" in answer_of(response)


def forge(provider: Provider, kind: str, hint: str) -> str:
    """Return a hint of the named forgery."""
    keyring = provider.services.keyrings.get(provider.realm_id)
    claims = decode_claims(hint)
    if kind == "unsigned":
        return leave_unsigned(claims)
    if kind == "another client's":
        return sign_jwt(keyring, "RS256", "JWT", {**claims, "aud": "spa"})
    if kind == "another realm's":
        return sign_jwt(keyring, "RS256", "JWT", {**claims, "iss": ISSUER.replace("demo", "other")})
    if kind == "access token":
        return str(provider.get_tokens()["access_token"])
    if kind == "signed UserInfo":
        provider.add_client("signed", userinfo_signed_response_alg="RS256")
        code = answer_of(provider.authorize(client_id="signed"))["code"]
        token = provider.exchange_code(code, auth=("signed", SECRET)).json()["access_token"]
        return str(provider.userinfo(token).text)
    return {"cut": hint[:-4], "huge": "x" * 4000, "text": "ü", "empty parts": ".."}[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "unsigned", "another client's", "another realm's", "access token", "signed UserInfo", "cut", "huge", "text",
        "empty parts",
    ],
)  # fmt: skip
def test_what_is_no_id_token_of_the_clients_is_refused(signed_in: Provider, hint: str, kind: str) -> None:
    """RFC 8725 section 3.12: nothing that was signed for another purpose passes, and nobody else's names anybody."""
    client_id = "signed" if kind == "signed UserInfo" else "app"
    token = forge(signed_in, kind, hint)
    answer = answer_of(signed_in.authorize(client_id=client_id, id_token_hint=token, prompt="none"))
    assert answer["error"] == "invalid_request"


def test_hint_and_claims_have_to_agree(signed_in: Provider, hint: str) -> None:
    """Sections 3.1.2.1 and 5.5.1 both say whom the answer is about."""
    claims = f'{{"id_token":{{"sub":{{"values":["x","{signed_in.user_id}"]}}}}}}'
    assert "code" in answer_of(signed_in.authorize(id_token_hint=hint, claims=claims))
    claims = '{"id_token":{"sub":{"value":"x"}}}'
    assert answer_of(signed_in.authorize(id_token_hint=hint, claims=claims))["error"] == "invalid_request"


def test_sub_of_the_claims_parameter_tells_no_username(signed_in: Provider) -> None:
    """Anybody can write a sub into an address; only a hint that we signed is worth a filled-in name."""
    claims = f'{{"id_token":{{"sub":{{"value":"{signed_in.user_id}"}}}}}}'
    sign_in_bob(signed_in)
    flow, _ = begin(signed_in, claims=claims)
    assert flow.request.login_hint == ""


def test_hint_about_a_person_who_is_gone_fills_in_nothing(signed_in: Provider, hint: str) -> None:
    """The page is shown all the same."""
    with signed_in.transaction() as session:
        session.delete(session.get_one(User, signed_in.user_id))
    signed_in.cookie = ""
    flow, _ = begin(signed_in, id_token_hint=hint)
    assert flow.request.login_hint == ""
