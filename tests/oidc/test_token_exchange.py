"""Token exchange (RFC 8693): a resource server gets a token of its own for the person who called it."""

from typing import Any

import pytest

from idp.oidc.grants.token_exchange import ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from tests.oidc.provider import SECRET, Provider, decode_claims

API = "https://api.example/v1"


@pytest.fixture
def resource_server(signed_in: Provider) -> Provider:
    """The provider with `app`, which may ask for tokens for `api`, and `api`, which may exchange them."""
    signed_in.add_client("calling-app", resources=[API], scope="openid profile reports write")
    signed_in.add_client(
        "api", home_uri=API, grant_types=[TOKEN_EXCHANGE], scope="reports write", resources=["https://store.example"]
    )
    return signed_in


def subject_token(provider: Provider, **parameters: Any) -> str:
    """Return an access token of `calling-app` for the API."""
    code = provider.get_code(client_id="calling-app", scope="openid reports", resource=API)
    response = provider.exchange_code(code, auth=("calling-app", SECRET), **parameters)
    assert response.status_code == 200, response.text
    return str(response.json()["access_token"])


def exchange(provider: Provider, token: str, client_id: str = "api", **form: Any) -> Any:
    sent = {"grant_type": TOKEN_EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN_TYPE, **form}
    return provider.token(auth=(client_id, SECRET), **{name: value for name, value in sent.items() if value})


def test_resource_server_gets_a_token_that_says_who_acts(resource_server: Provider) -> None:
    """Sections 2.2.1 and 4.1: the person's subject, the actor, the narrowed scope, no longer life."""
    token = subject_token(resource_server)
    resource_server.clock.advance(seconds=100)
    response = exchange(resource_server, token, resource="https://store.example")
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["issued_token_type"] == ACCESS_TOKEN_TYPE
    assert (body["token_type"], body["scope"], body["expires_in"]) == ("Bearer", "reports", 200)
    assert "refresh_token" not in body
    assert "id_token" not in body
    claims, before = decode_claims(body["access_token"]), decode_claims(token)
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (before["sub"], "api", "https://store.example")
    assert claims["act"] == {"sub": "api"}
    assert claims["exp"] == before["exp"]
    assert (claims["acr"], claims["amr"], claims["auth_time"]) == (before["acr"], before["amr"], before["auth_time"])
    assert [event.details["of"] for event in resource_server.events("client:token:exchange")] == ["calling-app"]


def test_chain_of_actors_is_kept(resource_server: Provider) -> None:
    """Section 4.1: the newest actor is outermost."""
    first = exchange(resource_server, subject_token(resource_server)).json()["access_token"]
    second = exchange(resource_server, first).json()["access_token"]
    assert decode_claims(second)["act"] == {"sub": "api", "act": {"sub": "api"}}


def test_token_meant_for_somebody_else_is_refused(resource_server: Provider) -> None:
    """Section 5 (and RFC 9700 section 2.3): who found a token cannot trade it for one of its own."""
    stranger = resource_server.get_tokens(scope="openid reports")["access_token"]
    response = exchange(resource_server, stranger)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("kind", ["garbage", "id token", "client's own", "expired", "revoked", "signed out", "missing"])
def test_token_that_is_no_live_access_token_is_refused(resource_server: Provider, kind: str) -> None:
    """Section 2.2.2: invalid_grant; the person must be there behind it."""
    token = subject_token(resource_server)
    if kind == "garbage":
        token = "x.y.z"
    elif kind == "missing":
        token = ""
    elif kind == "id token":
        token = resource_server.get_tokens(scope="openid")["id_token"]
    elif kind == "client's own":
        resource_server.add_client("robot", grant_types=["client_credentials"], resources=[API])
        response = resource_server.token(grant_type="client_credentials", resource=API, auth=("robot", SECRET))
        token = response.json()["access_token"]
    elif kind == "expired":
        resource_server.clock.advance(minutes=6)
    elif kind == "revoked":
        assert resource_server.revoke(token, auth=("calling-app", SECRET)).status_code == 200
    else:
        with resource_server.transaction() as session:
            end_sessions_of(session, resource_server.clock, resource_server.user_id, reason=Ending.SIGNED_OUT)
    response = exchange(resource_server, token)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant"), response.text


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "write"}, "invalid_scope"),
        ({"scope": "reports admin"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "https://store.example#x"}, "invalid_target"),
        ({"resource": "store"}, "invalid_target"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"audience": "api"}, "invalid_request"),
    ],
)
def test_what_is_not_offered_is_refused(resource_server: Provider, form: dict[str, str], error: str) -> None:
    """Sections 2.1 and 2.2.2: no more scope than before, no resource that is not registered."""
    response = exchange(resource_server, subject_token(resource_server), **form)
    assert (response.status_code, response.json()["error"]) == (400, error), response.text


def test_client_without_the_grant_is_refused(resource_server: Provider) -> None:
    """Section 2.2.2: unauthorized_client; a public one cannot even authenticate."""
    token = subject_token(resource_server)
    assert exchange(resource_server, token, client_id="app").json()["error"] == "unauthorized_client"
    response = resource_server.token(
        auth=None, client_id="spa", grant_type=TOKEN_EXCHANGE, subject_token=token, subject_token_type=ACCESS_TOKEN_TYPE
    )
    assert response.status_code == 401


def test_exchanged_token_ends_with_the_session(resource_server: Provider) -> None:
    """The person signs out, and what was passed on is over as well."""
    token = exchange(resource_server, subject_token(resource_server)).json()["access_token"]
    assert resource_server.introspect(token)["active"] is True
    with resource_server.transaction() as session:
        end_sessions_of(session, resource_server.clock, resource_server.user_id, reason=Ending.SIGNED_OUT)
    assert resource_server.introspect(token) == {"active": False}


def test_opaque_token_lives_no_longer_than_the_one_it_came_from(resource_server: Provider) -> None:
    """However long the tokens of the client that acts may live otherwise."""
    resource_server.add_client(
        "closed", home_uri=API, grant_types=[TOKEN_EXCHANGE], scope="reports", access_token_format="opaque"
    )
    token = subject_token(resource_server)
    resource_server.clock.advance(seconds=200)
    opaque = exchange(resource_server, token, "closed").json()["access_token"]
    assert resource_server.introspect(opaque)["active"] is True
    resource_server.clock.advance(seconds=100)
    assert resource_server.introspect(token) == {"active": False}
    assert resource_server.introspect(opaque) == {"active": False}


def test_revoked_exchanged_token_ends_alone(resource_server: Provider) -> None:
    """A resource server cannot sign the application out that called it; everything else ends with the application's tokens."""
    token = subject_token(resource_server)
    first, second = (exchange(resource_server, token).json()["access_token"] for _ in range(2))
    assert resource_server.revoke(first, auth=("api", SECRET)).status_code == 200
    assert resource_server.introspect(first) == {"active": False}
    assert exchange(resource_server, first).json()["error"] == "invalid_grant"
    assert resource_server.introspect(second)["active"] is True
    assert resource_server.introspect(token)["active"] is True
    resource_server.revoke(token, auth=("calling-app", SECRET))
    assert resource_server.introspect(second) == {"active": False}
