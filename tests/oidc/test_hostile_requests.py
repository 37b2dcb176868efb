"""Claims parameters and request objects of every shape: an answer at the callback, a login page, or a page, and never a failure."""

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.oidc.provider import CALLBACK, ISSUER, Provider
from tests.oidc.request_jwt import INSIDE, LONG_SECRET, OPENID, add_signing_client, sign
from tests.oidc.test_pushed_requests import push

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
NAMES = st.sampled_from(
    ["id_token", "userinfo", "sub", "acr", "email", "address", "essential", "value", "values", "x5t#S256"]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4)
)
PLACE = st.none() | st.dictionaries(NAMES, st.none() | st.dictionaries(NAMES, JSON, max_size=3), max_size=4)
CLAIMS = st.fixed_dictionaries({}, optional={"id_token": PLACE | JSON, "userinfo": PLACE | JSON})
PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age",
         "claims", "acr_values", "code_challenge", "resource", "id_token_hint", "iss", "aud", "sub", "exp", "nbf", "iat",
         "jti", "request", "dpop_jkt"]
    ) | st.text(max_size=6),
    JSON,
    max_size=4,
)  # fmt: skip
_SETTINGS = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def verify_answer(response: Any) -> None:
    """Assert that the browser stays here or goes to the callback."""
    assert response.status_code in {200, 303, 400}, response.text
    assert response.headers.get("location", CALLBACK).startswith((CALLBACK, f"{ISSUER}/login/"))


@_SETTINGS
@example(claims={"id_token": {"sub": {"value": "\ud800"}, "acr": {"essential": True, "values": ["\ud800", "2"]}}})
@given(claims=CLAIMS | JSON)
def test_any_claims_parameter_gets_an_answer(signed_in: Provider, claims: Any) -> None:
    """OpenID Connect Core section 5.5; where there is a code it gives tokens, and they give claims."""
    response = signed_in.authorize(claims=json.dumps(claims))
    verify_answer(response)
    _, _, code = response.headers.get("location", "").partition("?code=")
    if code:
        tokens = signed_in.exchange_code(code.partition("&")[0]).json()
        assert signed_in.userinfo(tokens["access_token"]).json()["sub"] == signed_in.user_id


@_SETTINGS
@example(changes={"resource": [{}]}, whole=False, pushed=True)
@example(changes={"exp": 10**400}, whole=False, pushed=False)
@given(changes=PARAMETERS, whole=st.booleans(), pushed=st.booleans())
def test_any_signed_request_object_gets_an_answer(
    signed_in: Provider, changes: dict[str, Any], whole: bool, pushed: bool
) -> None:
    """RFC 9101 section 6: what the client itself signs is no more to be believed than an address."""
    if signed_in.services.clients.get((signed_in.realm_id, "jar")) is None:
        add_signing_client(signed_in, resources=["https://api.example/"])
    request = sign({**({} if whole else INSIDE), **changes})
    if pushed:
        response = push(signed_in, auth=("jar", LONG_SECRET), request=request)
        assert response.status_code in {201, 400}, response.text
    else:
        verify_answer(signed_in.authorize(**{**OPENID, "request": request}))
