"""A JWT as authorization grant (RFC 7523 section 2.1)."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.oidc.grants.jwt_bearer import JWT_BEARER
from tests.oidc.provider import ISSUER, SECRET, Provider, decode_claims

KEY = ECKey.generate_key("P-256", parameters={"kid": "one"}, private=True)


@pytest.fixture
def robot(provider: Provider) -> Provider:
    """The provider with a client that has a key, and one that has no more than it."""
    jwks = {"keys": [{**KEY.as_dict(private=False), "kid": "one"}]}
    provider.add_client("robot", grant_types=[JWT_BEARER], jwks=jwks, scope="reports openid", resources=["urn:api"])
    provider.add_client("idle", grant_types=[], jwks=jwks)
    return provider


def assertion(provider: Provider, key: ECKey = KEY, **changes: Any) -> str:
    now = int(provider.clock.now().timestamp())
    claims = {"iss": "robot", "sub": "robot", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": "j1", **changes}
    header = {"alg": "ES256", "kid": "one"}
    return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, key)


def send(provider: Provider, token: str, auth: Any = None, **form: Any) -> Any:
    return provider.token(auth=auth, grant_type=JWT_BEARER, assertion=token, **form)


def test_client_that_signs_for_itself_gets_a_token(robot: Provider) -> None:
    """Sections 2.1 and 3: without a secret, for the resource it names, about no person."""
    response = send(robot, assertion(robot), resource="urn:api")
    assert response.status_code == 200, response.text
    claims = decode_claims(response.json()["access_token"])
    assert (claims["sub"], claims["client_id"], claims["aud"], claims["scope"]) == (
        "robot",
        "robot",
        "urn:api",
        "reports",
    )
    assert response.json().keys() == {"access_token", "token_type", "expires_in", "scope"}


def test_assertion_is_good_once(robot: Provider) -> None:
    """Section 3 item 7: the jti is remembered until the assertion expires."""
    token = assertion(robot)
    assert send(robot, token).status_code == 200
    assert send(robot, token).json()["error"] == "invalid_grant"
    assert send(robot, assertion(robot, jti="j2")).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "alice"},
        {"iss": "nobody"},
        {"iss": "spa"},
        {"iss": 5},
        {"iss": "\0"},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": 99999999999},
        {"jti": None},
        {"nbf": 99999999999},
    ],
)
def test_wrong_assertion_is_refused(robot: Provider, changes: dict[str, Any]) -> None:
    """Section 3: nobody signs for a person, or for another client, too late or for somebody else."""
    response = send(robot, assertion(robot, **changes))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant"), response.text


def test_another_key_and_garbage_are_refused(robot: Provider) -> None:
    """The signature counts."""
    for token in (assertion(robot, ECKey.generate_key("P-256", private=True)), "x", "a.b.c", "." * 20000):
        assert send(robot, token).json()["error"] == "invalid_grant"
    assert send(robot, "").json()["error"] == "invalid_request"


def test_authentication_beside_the_assertion_has_to_agree(robot: Provider) -> None:
    """RFC 7521 section 4.1: optional, but never another client, nor a wrong secret."""
    assert send(robot, assertion(robot), auth=("robot", SECRET)).status_code == 200
    assert send(robot, assertion(robot, jti="j2"), auth=("app", SECRET)).json()["error"] == "invalid_grant"
    assert send(robot, assertion(robot, jti="j3"), auth=("robot", "wrong-secret")).status_code == 401


def test_client_without_the_grant_is_refused(robot: Provider) -> None:
    """The grant is registered, or it is not there."""
    assert send(robot, assertion(robot, iss="idle", sub="idle")).json()["error"] == "unauthorized_client"
