"""Tokens from the authorization endpoint (OpenID Connect Core sections 3.2 and 3.3), for clients that are registered for them."""

import base64
import hashlib
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from idp.clients.metadata.flows import RESPONSE_TYPES
from idp.models import TokenFamily
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, SECRET, Provider
from tests.oidc.request_jwt import answer_in

WITH_TOKENS = [name for name in RESPONSE_TYPES if name != "code"]
HYBRID = ("hybrid", SECRET)


@pytest.fixture
def hybrid(signed_in: Provider) -> Provider:
    """The provider with a client that is registered for every response type."""
    signed_in.add_client("hybrid", response_types=list(RESPONSE_TYPES))
    return signed_in


def ask(provider: Provider, response_type: str, **parameters: Any) -> Any:
    """Send a request of the client."""
    return provider.authorize(**{"client_id": "hybrid", "response_type": response_type, "nonce": "n-1", **parameters})


def verify_id_token(provider: Provider, token: str) -> dict[str, Any]:
    """Return the claims after the checks of OpenID Connect Core section 3.1.3.7."""
    keys = KeySet.import_key_set(provider.http.get(provider.path("certs")).json())
    claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, "hybrid", "n-1")
    return claims


def half_hash(value: str) -> str:
    """Return what at_hash and c_hash are made of for RS256 (section 3.3.2.11)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


@pytest.mark.parametrize("response_type", WITH_TOKENS)
@pytest.mark.parametrize("mode", ["", "fragment", "form_post"])
def test_answer_has_what_the_type_names(hybrid: Provider, response_type: str, mode: str) -> None:
    """Sections 3.2.2.5 and 3.3.2.5: in the fragment unless asked otherwise, never in the query; with the hashes of its companions."""
    answer = answer_in(ask(hybrid, response_type, response_mode=mode or None), mode or "fragment")
    values = response_type.split()
    expected = {"state", "iss", "session_state"}
    expected |= {"code"} if "code" in values else set()
    expected |= {"id_token"} if "id_token" in values else set()
    expected |= {"access_token", "token_type", "expires_in", "scope"} if "token" in values else set()
    assert answer.keys() == expected
    assert (answer["state"], answer["iss"]) == ("s~1", ISSUER)
    if "id_token" in values:
        claims = verify_id_token(hybrid, answer["id_token"])
        assert claims.get("at_hash") == (half_hash(answer["access_token"]) if "token" in values else None)
        assert claims.get("c_hash") == (half_hash(answer["code"]) if "code" in values else None)
    if "token" in values:
        assert answer["token_type"] == "Bearer"
        assert int(answer["expires_in"]) > 0
        assert hybrid.userinfo(answer["access_token"]).json() == {"sub": hybrid.user_id}
    if "code" in values:
        assert hybrid.exchange_code(answer["code"], auth=HYBRID).status_code == 200


def test_values_come_in_any_order(hybrid: Provider) -> None:
    """OAuth 2.0 Multiple Response Type Encoding Practices section 3: the order does not matter."""
    assert answer_in(ask(hybrid, "token id_token code"), "fragment").keys() >= {"code", "id_token", "access_token"}


@pytest.mark.parametrize("response_type", WITH_TOKENS)
def test_tokens_are_for_registered_clients_alone(signed_in: Provider, response_type: str) -> None:
    """RFC 9700 section 2.1.2, ASVS 5 10.4.4: off unless somebody has switched it on, each type by itself."""
    answer = answer_in(signed_in.authorize(response_type=response_type, nonce="n"), "fragment")
    assert (answer["error"], answer["state"]) == ("unauthorized_client", "s~1")
    signed_in.add_client("other", response_types=["code", *(name for name in WITH_TOKENS if name != response_type)])
    answer = answer_in(signed_in.authorize(client_id="other", response_type=response_type, nonce="n"), "fragment")
    assert answer["error"] == "unauthorized_client"


@pytest.mark.parametrize("response_type", ["token", "none", "token code code", "nonsense", "code nonsense"])
def test_other_types_do_not_exist(hybrid: Provider, response_type: str) -> None:
    """RFC 9700 section 2.1.2: there is no response_type=token by itself."""
    mode = "fragment" if "token" in response_type else "query"
    assert answer_in(ask(hybrid, response_type), mode)["error"] == "unsupported_response_type"


@pytest.mark.parametrize("response_type", WITH_TOKENS)
def test_query_is_refused_in_the_fragment(hybrid: Provider, response_type: str) -> None:
    """OAuth 2.0 Multiple Response Type Encoding Practices section 3: not even the error comes in the query."""
    answer = answer_in(ask(hybrid, response_type, response_mode="query"), "fragment")
    assert answer["error"] == "invalid_request"


def test_errors_of_these_types_come_in_the_fragment(hybrid: Provider) -> None:
    """Sections 3.2.2.6 and 3.3.2.6."""
    for response_type in WITH_TOKENS:
        hybrid.cookie = ""
        assert answer_in(ask(hybrid, response_type, prompt="none"), "fragment")["error"] == "login_required"


@pytest.mark.parametrize("response_type", WITH_TOKENS)
def test_nonce_is_needed_for_an_id_token(hybrid: Provider, response_type: str) -> None:
    """Sections 3.2.2.1 and 3.3.2.11; so is the scope openid."""
    with_id_token = "id_token" in response_type.split()
    for parameters in ({"nonce": None}, {"scope": "email"}):
        answer = answer_in(ask(hybrid, response_type, **parameters), "fragment")
        assert answer.get("error") == ("invalid_request" if with_id_token else None), parameters


def test_id_token_alone_says_what_the_scopes_ask_for(hybrid: Provider) -> None:
    """Section 5.4: there is no access token that UserInfo could be asked with."""
    scope = "openid profile email"
    claims = verify_id_token(hybrid, answer_in(ask(hybrid, "id_token", scope=scope), "fragment")["id_token"])
    assert (claims["email"], claims["name"], claims["sub"]) == ("alice@example.org", "Alice Adams", hybrid.user_id)
    claims = verify_id_token(hybrid, answer_in(ask(hybrid, "id_token token", scope=scope), "fragment")["id_token"])
    assert "email" not in claims


def test_offline_access_is_for_codes_alone(hybrid: Provider) -> None:
    """Section 11: it is ignored without a code, and a token in an address never has it."""
    answer = answer_in(ask(hybrid, "id_token token", scope="openid offline_access"), "fragment")
    assert answer["scope"] == "openid"
    answer = answer_in(ask(hybrid, "code token", scope="openid offline_access"), "fragment")
    assert answer["scope"] == "openid"
    assert hybrid.exchange_code(answer["code"], auth=HYBRID).json()["scope"] == "openid offline_access"


def test_tokens_end_with_the_session_and_by_revocation(hybrid: Provider) -> None:
    """They are a family of their own: a code that is used twice does not end them, signing out does."""
    answer = answer_in(ask(hybrid, "code token"), "fragment")
    for status in (200, 400):
        assert hybrid.exchange_code(answer["code"], auth=HYBRID).status_code == status
    assert hybrid.userinfo(answer["access_token"]).status_code == 200
    assert hybrid.introspect(answer["access_token"], auth=HYBRID)["active"]
    assert hybrid.revoke(answer["access_token"], auth=HYBRID).status_code == 200
    assert hybrid.userinfo(answer["access_token"]).status_code == 401
    answer = answer_in(ask(hybrid, "id_token token"), "fragment")
    id_token = answer["id_token"]
    hybrid.http.get(hybrid.path("logout"), params={"id_token_hint": id_token}, headers={"cookie": hybrid.cookie})
    assert hybrid.userinfo(answer["access_token"]).status_code == 401


@pytest.mark.parametrize("response_type", WITH_TOKENS)
def test_client_takes_part_in_the_session_at_once(hybrid: Provider, response_type: str) -> None:
    """Each answer begins one family of tokens, by which the client is found when the session ends, even before the code's."""
    with hybrid.transaction() as session:
        assert session.scalar(select(func.count()).select_from(TokenFamily)) == 0
    ask(hybrid, response_type)
    with hybrid.transaction() as session:
        family = session.scalars(select(TokenFamily)).one()
    assert (family.session_id, family.refresh_digest) == (hybrid.session_id, None)


def test_enrolment_session_gets_no_tokens(hybrid: Provider) -> None:
    """A session that may do nothing but enrol is asked for its password, whatever the response type."""
    hybrid.sign_in(enrolment_only=True)
    for response_type in WITH_TOKENS:
        assert answer_in(ask(hybrid, response_type, prompt="none"), "fragment")["error"] == "login_required"


def test_challenge_is_needed_where_there_is_a_code(hybrid: Provider) -> None:
    """RFC 9700 section 2.1.1: hybrid or not; without a code there is nothing to prove."""
    hybrid.add_client("spa2", secret=None, response_types=list(RESPONSE_TYPES))
    for response_type in WITH_TOKENS:
        answer = answer_in(ask(hybrid, response_type, client_id="spa2"), "fragment")
        assert ("error" in answer) is ("code" in response_type.split()), response_type
        proof = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        assert "error" not in answer_in(ask(hybrid, response_type, client_id="spa2", **proof), "fragment")


def test_bound_tokens_are_not_given_to_browsers(hybrid: Provider) -> None:
    """RFC 9449 section 5, RFC 8705 section 3: nobody proves a key there, so there is no such token."""
    for column in ("dpop_bound_access_tokens", "certificate_bound_access_tokens"):
        hybrid.add_client(column, response_types=list(RESPONSE_TYPES), **{column: True})
        for response_type in WITH_TOKENS:
            answer = answer_in(ask(hybrid, response_type, client_id=column), "fragment")
            refused = "token" in response_type.split()
            assert answer.get("error") == ("unauthorized_client" if refused else None)


def test_resource_is_the_audience_of_the_token(hybrid: Provider) -> None:
    """RFC 8707 section 2.1."""
    resources = ["https://api.example/"]
    hybrid.add_client("api", response_types=list(RESPONSE_TYPES), resources=resources)
    answer = answer_in(ask(hybrid, "code token", client_id="api", resource=resources[0], scope="reports"), "fragment")
    assert hybrid.introspect(answer["access_token"], auth=("api", SECRET))["aud"] == resources[0]
    wrong = ask(hybrid, "code token", client_id="api", resource="https://other.example/")
    assert answer_in(wrong, "fragment")["error"] == "invalid_target"


def test_form_post_page_names_the_callback_alone(hybrid: Provider) -> None:
    """OAuth 2.0 Form Post Response Mode: not kept by browsers, sent to nobody else."""
    page = ask(hybrid, "code id_token token", response_mode="form_post")
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self' https://app.example;" in page.headers["content-security-policy"]
    assert CALLBACK in page.text
