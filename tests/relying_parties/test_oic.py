"""oic (PyPI), a certified relying party in Python that shares no code with the provider."""

from urllib.parse import urlsplit

import pytest
from oic.oic import Client
from oic.oic.message import AccessTokenResponse, AuthorizationErrorResponse, AuthorizationResponse, RegistrationResponse
from oic.utils.authn.client import CLIENT_AUTHN_METHOD

from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.registrations import CALLBACK, FAREWELL, Registered, register

_STATE = "a state of the client's"


@pytest.fixture
def client(provider: RunningDemo) -> Client:
    """A confidential client that has discovered the provider."""
    return make_client(provider, register(provider.services))


def make_client(provider: RunningDemo, registered: Registered) -> Client:
    """Return the library's client with the credentials of *registered*."""
    client = Client(
        client_authn_method=CLIENT_AUTHN_METHOD, config={"code_challenge": {"length": 64, "method": "S256"}}
    )
    client.provider_config(provider.realm_url)
    client.store_registration_info(
        RegistrationResponse(
            client_id=registered.client_id,
            client_secret=registered.secret,
            redirect_uris=[CALLBACK],
            post_logout_redirect_uris=[FAREWELL],
        )
    )
    return client


class SignIn:
    """One sign-in with *client*: `url` is where the browser goes."""

    def __init__(self, client: Client, **more: str) -> None:
        self._client = client
        challenge, self._verifier = client.add_code_challenge()
        request = client.construct_AuthorizationRequest(
            request_args={
                "response_type": "code",
                "scope": ["openid", "profile", "email"],
                "redirect_uri": CALLBACK,
                "state": _STATE,
                "nonce": "a nonce of the client's",
                **challenge,
                **more,
            }
        )
        self.url = request.request(client.authorization_endpoint)

    def read(self, address: str) -> AuthorizationResponse | AuthorizationErrorResponse:
        """Let the library check what came back."""
        return self._client.parse_response(
            AuthorizationResponse, info=urlsplit(address).query, sformat="urlencoded", state=_STATE
        )

    def redeem(self, address: str, method: str = "client_secret_basic") -> AccessTokenResponse:
        """Let the library get and check the tokens."""
        answer = self.read(address)
        return self._client.do_access_token_request(
            state=answer["state"],
            request_args={"code": answer["code"], "redirect_uri": CALLBACK, "code_verifier": self._verifier},
            authn_method=method,
        )


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_code_flow_gives_an_id_token_that_the_library_accepts(
    provider: RunningDemo, browser: LiveBrowser, alice: Person, method: str
) -> None:
    """OpenID Connect Core section 3.1.3.7, then UserInfo, whose subject the library compares."""
    client = make_client(provider, register(provider.services, token_endpoint_auth_method=method))
    sign_in = SignIn(client)
    browser.sign_in(sign_in.url, alice.username, alice.password)

    tokens = sign_in.redeem(browser.page.url, method)
    userinfo = client.do_user_info_request(state=_STATE)

    assert isinstance(tokens, AccessTokenResponse)
    assert tokens["id_token"]["sub"] == userinfo["sub"] == alice.id
    assert tokens["id_token"]["nonce"] == "a nonce of the client's"
    assert userinfo["preferred_username"] == alice.username


def test_refresh_token_gives_a_new_access_token(client: Client, browser: LiveBrowser, alice: Person) -> None:
    """OpenID Connect Core section 12."""
    sign_in = SignIn(client)
    browser.sign_in(sign_in.url, alice.username, alice.password)
    tokens = sign_in.redeem(browser.page.url)

    renewed = client.do_access_token_refresh(state=_STATE, authn_method="client_secret_basic")

    assert isinstance(renewed, AccessTokenResponse)
    assert renewed["access_token"] != tokens["access_token"]
    assert client.do_user_info_request(state=_STATE)["sub"] == alice.id


def test_error_is_one_that_the_library_knows(client: Client, browser: LiveBrowser) -> None:
    """OpenID Connect Core section 3.1.2.6."""
    sign_in = SignIn(client, prompt="none")

    answer = sign_in.read(browser.get(sign_in.url).url)

    assert isinstance(answer, AuthorizationErrorResponse)
    assert answer["error"] == "login_required"


def test_logout_request_of_the_library_ends_the_session(client: Client, browser: LiveBrowser, alice: Person) -> None:
    """RP-Initiated Logout section 2, with the hint that the library has kept."""
    sign_in = SignIn(client)
    browser.sign_in(sign_in.url, alice.username, alice.password)
    sign_in.redeem(browser.page.url)

    request = client.construct_EndSessionRequest(
        state=_STATE, request_args={"post_logout_redirect_uri": FAREWELL, "state": _STATE}
    )
    browser.get(request.request(client.end_session_endpoint))

    assert browser.page.url.startswith(FAREWELL)
    assert "Password" in browser.get(SignIn(client).url).text
