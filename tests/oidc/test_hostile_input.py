"""Whatever is sent, every endpoint answers with an OAuth error or a page, never with a failure of its own."""

from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oidc.provider import CALLBACK, SECRET, Provider, basic

NAMES = [
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "claims",
    "acr_values", "code_challenge", "code_challenge_method", "grant_type", "code", "refresh_token", "token", "id_token_hint",
    "post_logout_redirect_uri", "client_secret", "access_token", "flow",
]  # fmt: skip
VALUES = [
    "app", "spa", CALLBACK, "code", "form_post", "fragment", "openid", "none", "S256", "authorization_code", "refresh_token",
    "client_credentials", "0", "{}", '{"id_token":{"acr":{"essential":true}}}', "eyJhbGciOiJub25lIn0.e30.", SECRET,
]  # fmt: skip
PAIRS = st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), st.sampled_from(VALUES) | st.text(max_size=40)), max_size=12
)
PATHS = ["auth", "auth/continue", "token", "userinfo", "revoke", "token/introspect", "logout", "logout/logout-confirm"]


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PATHS), pairs=PAIRS, post=st.booleans(), header=st.sampled_from(["", "basic", "bearer"]))
def test_endpoints_never_fail_by_themselves(
    signed_in: Provider, path: str, pairs: list[tuple[str, str]], post: bool, header: str
) -> None:
    """No status of 500 or above, and no redirect to anywhere but a registered address."""
    encoded = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    headers = {"cookie": signed_in.cookie}
    headers |= {"basic": basic("app", SECRET), "bearer": {"authorization": "Bearer a.b.c"}, "": {}}[header]
    if post:
        headers["content-type"] = "application/x-www-form-urlencoded"
        response = signed_in.http.post(signed_in.path(path), content=encoded, headers=headers)
    else:
        response = signed_in.http.get(f"{signed_in.path(path)}?{encoded}", headers=headers)
    assert response.status_code < 500
    assert response.headers.get("location", CALLBACK).startswith((CALLBACK, "https://idp.example/realms/demo/"))
