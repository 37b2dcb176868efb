"""Resource indicators (RFC 8707) at the token endpoint, and opaque access tokens."""

from typing import Any

import pytest

from tests.oidc.provider import ISSUER, SECRET, Provider, decode_claims

ONE, TWO = "https://one.example/api", "urn:example:two"


@pytest.fixture
def caller(signed_in: Provider) -> Provider:
    """The provider with a client that may ask for two resources."""
    signed_in.add_client("caller", resources=[ONE, TWO], scope="openid reports offline_access")
    return signed_in


def tokens(provider: Provider, scope: str, asked: Any = None, **form: Any) -> dict[str, Any]:
    code = provider.get_code(client_id="caller", scope=scope, resource=asked)
    response = provider.exchange_code(code, auth=("caller", SECRET), **form)
    assert response.status_code == 200, response.text
    return response.json()


def audience(body: dict[str, Any]) -> Any:
    return decode_claims(body["access_token"])["aud"]


def test_token_is_for_what_was_asked(caller: Provider) -> None:
    """Section 2: one resource, both, or none, which is the realm itself."""
    assert audience(tokens(caller, "reports", ONE)) == ONE
    assert audience(tokens(caller, "reports", [ONE, TWO])) == [ONE, TWO]
    assert audience(tokens(caller, "reports")) == ISSUER


def test_token_with_openid_is_good_at_userinfo_too(caller: Provider) -> None:
    """The realm is a resource of its own: UserInfo takes only tokens that name it."""
    both, alone = tokens(caller, "openid reports", ONE), tokens(caller, "reports", ONE)
    assert audience(both) == [ONE, ISSUER]
    assert caller.userinfo(both["access_token"]).status_code == 200
    assert caller.userinfo(alone["access_token"]).status_code == 401


def test_token_request_narrows_and_refresh_widens_up_to_what_was_authorized(caller: Provider) -> None:
    """Section 2.2: each access token for one resource, the refresh token for all that was authorized."""
    body = tokens(caller, "reports", [ONE, TWO], resource=ONE)
    assert audience(body) == ONE
    refreshed = caller.refresh(body["refresh_token"], auth=("caller", SECRET), resource=TWO).json()
    assert audience(refreshed) == TWO
    assert audience(caller.refresh(refreshed["refresh_token"], auth=("caller", SECRET)).json()) == [ONE, TWO]


def test_refused_resource_uses_neither_code_nor_refresh_token_up(caller: Provider) -> None:
    """Section 2: invalid_target, and the client may try again without it."""
    code = caller.get_code(client_id="caller", scope="reports", resource=ONE)
    refused = caller.exchange_code(code, auth=("caller", SECRET), resource=TWO)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    body = caller.exchange_code(code, auth=("caller", SECRET)).json()
    refused = caller.refresh(body["refresh_token"], auth=("caller", SECRET), resource=TWO)
    assert refused.json()["error"] == "invalid_target"
    assert caller.refresh(body["refresh_token"], auth=("caller", SECRET)).status_code == 200


@pytest.mark.parametrize("resource", ["https://three.example", "/relative", f"{ONE}#part", "https://[", "x" * 3000])
def test_unknown_or_malformed_resource_is_refused(caller: Provider, resource: str) -> None:
    """Section 2: an absolute URI without fragment, and registered for the client."""
    caller.add_client("robot", grant_types=["client_credentials"], resources=[ONE])
    response = caller.token(grant_type="client_credentials", auth=("robot", SECRET), resource=resource)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_target")


def test_opaque_token_says_nothing_and_works(caller: Provider) -> None:
    """A client registered for opaque tokens: nothing to read, good at UserInfo and introspection, gone when revoked."""
    caller.add_client("closed", access_token_format="opaque", scope="openid reports")
    code = caller.get_code(client_id="closed", scope="openid reports")
    token = caller.exchange_code(code, auth=("closed", SECRET)).json()["access_token"]
    assert "." not in token
    assert len(token) == 43
    assert caller.userinfo(token).status_code == 200
    answer = caller.introspect(token)
    assert (answer["active"], answer["client_id"], answer["scope"]) == (True, "closed", "openid reports")
    assert caller.revoke(token, auth=("closed", SECRET)).status_code == 200
    assert caller.userinfo(token).status_code == 401
    assert caller.introspect(token) == {"active": False}


def test_opaque_token_expires(caller: Provider) -> None:
    """It lives as long as the client's tokens do."""
    caller.add_client("closed", access_token_format="opaque", scope="reports", grant_types=["client_credentials"])
    body = caller.token(grant_type="client_credentials", auth=("closed", SECRET)).json()
    assert caller.introspect(body["access_token"])["active"] is True
    caller.clock.advance(seconds=body["expires_in"])
    assert caller.introspect(body["access_token"]) == {"active": False}
    assert caller.introspect("A" * 43) == {"active": False}
