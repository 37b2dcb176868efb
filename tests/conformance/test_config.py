"""oidcc-config-certification-test-plan: the test is named by its module."""

import pytest
from joserfc.jwk import KeySet

from tests.conformance.robot import ENDPOINTS, ISSUER, Robot
from tests.provider import Provider

_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}
_ENDPOINTS = {
    "authorization_endpoint": "auth",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "jwks_uri": "certs",
    "introspection_endpoint": "token/introspect",
    "revocation_endpoint": "revoke",
    "end_session_endpoint": "logout",
    "device_authorization_endpoint": "auth/device",
    "pushed_authorization_request_endpoint": "ext/par/request",
}
_REQUIRED = {
    "response_types_supported": {"code"},
    "response_modes_supported": {"query", "fragment", "form_post"},
    "grant_types_supported": {"authorization_code", "refresh_token"},
    "subject_types_supported": {"public", "pairwise"},
    "id_token_signing_alg_values_supported": {"RS256"},
    "scopes_supported": {"openid", "profile", "email", "address", "phone"},
    "claims_supported": {"sub", "iss", "auth_time", "name", "email", "address", "phone_number"},
    "token_endpoint_auth_methods_supported": {"client_secret_basic", "client_secret_post", "private_key_jwt"},
    "code_challenge_methods_supported": {"S256"},
}


@pytest.fixture
def robot(provider: Provider) -> Robot:
    """A client that reads the metadata."""
    return Robot(provider)


def test_oidcc_discovery_endpoint_verification(robot: Robot) -> None:
    """Discovery sections 3, 4.2 and 4.3: the issuer, the endpoints, the required lists, and keys that verify."""
    response = robot.http.get(f"{ISSUER}/.well-known/openid-configuration")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    metadata = response.json()
    assert metadata["issuer"] == ISSUER
    for name, path in _ENDPOINTS.items():
        assert metadata[name] == f"{ENDPOINTS}/{path}"
        assert robot.http.get(metadata[name]).status_code != 404, name
    for name, values in _REQUIRED.items():
        assert values <= set(metadata[name]), name
        assert len(metadata[name]) == len(set(metadata[name])), name
    assert "none" not in metadata["id_token_signing_alg_values_supported"]
    assert metadata["claims_parameter_supported"] is True
    assert metadata["request_parameter_supported"] is True
    assert metadata["request_uri_parameter_supported"] is True
    for name, value in metadata.items():
        assert value not in ([], "", None), name


def test_published_keys_are_public_and_serve_every_algorithm(robot: Robot) -> None:
    """Discovery section 3, as the module looks at jwks_uri: unique names, no private part, a key for what is promised."""
    metadata = robot.metadata()
    keys = robot.http.get(metadata["jwks_uri"]).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    assert all(_PRIVATE.isdisjoint(key) for key in keys)
    assert set(metadata["id_token_signing_alg_values_supported"]) <= {key["alg"] for key in keys}
    assert len(KeySet.import_key_set({"keys": keys}).keys) == len(keys)
    assert all(key["use"] == "sig" for key in keys)
