"""openid-client 6 (npm) with the extensions that serious clients ask for."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from idp.clients.initial_access_tokens import issue_initial_access_token
from idp.demo.seed import DEMO
from idp.realms.realms import get_realm
from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.keys import new_key
from tests.relying_parties.openid_client import NewClient
from tests.relying_parties.puppet import Puppet, Refused
from tests.relying_parties.registrations import CALLBACK, GRANTS

_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


def with_key(algorithm: str = "ES256", **options: Any) -> dict[str, Any]:
    """Return what registers a new key, and what gives the library the private half of it."""
    key = new_key(algorithm)
    return {
        "jwks": {"keys": [key.as_dict(private=False)]},
        "options": {"key": {"jwk": key.as_dict(private=True), "alg": algorithm}, **options},
    }


def test_pushed_request_is_all_that_the_browser_carries(
    new_client: NewClient, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 9126: the request goes from server to server, and the address has nothing of it but a reference."""
    client = new_client(require_pushed_authorization_requests=True)

    url = client.authorization_url(pushed=True)
    browser.sign_in(url, alice.username, alice.password)

    assert "request_uri=" in url
    assert "redirect_uri=" not in url
    assert client.redeem(browser.page.url)["claims"]["sub"] == alice.id


def test_request_that_was_not_pushed_is_refused(new_client: NewClient, browser: LiveBrowser) -> None:
    """RFC 9126 section 5: the client is registered to push."""
    client = new_client(require_pushed_authorization_requests=True)
    answer = browser.get(client.authorization_url())

    with pytest.raises(Refused) as refused:
        client.redeem(answer.url)

    assert refused.value.error == "invalid_request"


@pytest.mark.parametrize("pushed", [False, True], ids=["by value", "pushed"])
def test_signed_request_is_accepted(new_client: NewClient, browser: LiveBrowser, alice: Person, pushed: bool) -> None:
    """RFC 9101, by value and through the pushed authorization request endpoint (RFC 9126 section 3)."""
    client = new_client("private_key_jwt", require_signed_request_object=True, **with_key())

    browser.sign_in(client.authorization_url(signed=True, pushed=pushed), alice.username, alice.password)

    assert client.redeem(browser.page.url)["claims"]["sub"] == alice.id


def test_tokens_are_bound_to_the_key_of_the_proof(new_client: NewClient, browser: LiveBrowser, alice: Person) -> None:
    """RFC 9449: at the token endpoint, UserInfo, refresh; and a bearer of the same token is turned away."""
    client = new_client(options={"dpop": True}, dpop_bound_access_tokens=True)
    browser.sign_in(client.authorization_url(), alice.username, alice.password)

    first = client.redeem(browser.page.url)
    tokens = client.refresh(first["refresh_token"])

    assert first["token_type"] == tokens["token_type"] == "dpop"  # the library lowers it
    assert client.userinfo(tokens)["sub"] == alice.id
    assert client.introspect(tokens["access_token"])["cnf"]["jkt"]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert httpx2.get(client.metadata["userinfo_endpoint"], headers=bearer, trust_env=False).status_code == 401


def test_public_client_keeps_its_refresh_token_to_its_key(
    new_client: NewClient, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 9449 section 5: the refresh token of a public client is bound as well."""
    client = new_client(public=True, options={"dpop": True}, dpop_bound_access_tokens=True)
    browser.sign_in(client.authorization_url(), alice.username, alice.password)

    tokens = client.refresh(client.redeem(browser.page.url)["refresh_token"])

    assert client.userinfo(tokens)["sub"] == alice.id


def test_client_under_the_fapi_profile_signs_in(new_client: NewClient, browser: LiveBrowser, alice: Person) -> None:
    """FAPI 2.0 Security Profile: private_key_jwt, pushed request with PKCE, DPoP with a nonce of the server's."""
    client = new_client(
        "private_key_jwt",
        security_profile="fapi2",
        dpop_bound_access_tokens=True,
        require_pushed_authorization_requests=True,
        id_token_signed_response_alg="ES256",
        **with_key(dpop=True, metadata={"id_token_signed_response_alg": "ES256"}),
    )

    browser.sign_in(client.authorization_url(pushed=True, bound=True), alice.username, alice.password)
    tokens = client.redeem(browser.page.url)

    assert tokens["claims"]["sub"] == alice.id
    assert client.userinfo(tokens)["sub"] == alice.id
    assert client.refresh(tokens["refresh_token"])["claims"]["sub"] == alice.id


def test_device_gets_tokens_once_the_person_has_allowed_it(
    new_client: NewClient, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 8628: the code is typed in a browser elsewhere; the answer comes to the device that polls."""
    client = new_client(public=True, grant_types=["authorization_code", "refresh_token", _DEVICE_CODE])
    device = client.call("beginDevice", parameters={"scope": "openid profile"})

    browser.get(device["verification_uri"])
    browser.press("Continue", user_code=device["user_code"])
    browser.press("Sign in", username=alice.username, password=alice.password)
    browser.press("Allow", decision="allow")
    tokens = client.call("pollDevice")

    assert tokens["claims"]["sub"] == alice.id
    assert client.userinfo(tokens)["sub"] == alice.id


def test_device_is_told_of_a_refusal(new_client: NewClient, browser: LiveBrowser, alice: Person) -> None:
    """RFC 8628 section 3.5."""
    client = new_client(public=True, grant_types=["authorization_code", "refresh_token", _DEVICE_CODE])
    device = client.call("beginDevice", parameters={"scope": "openid profile"})

    browser.get(device["verification_uri_complete"])
    browser.press("Continue")
    browser.press("Sign in", username=alice.username, password=alice.password)
    browser.press("Do not allow", decision="refuse")
    with pytest.raises(Refused) as refused:
        client.call("pollDevice")

    assert refused.value.error == "access_denied"


def test_client_registers_itself_and_signs_in(
    openid_client: Puppet, provider: RunningDemo, browser: LiveBrowser, alice: Person
) -> None:
    """OpenID Connect Dynamic Client Registration 1.0 with an initial access token (RFC 7591 section 3)."""
    services = provider.services
    with services.database.transaction() as session:
        _, permission = issue_initial_access_token(
            session,
            services.clock,
            realm_id=get_realm(session, DEMO).id,
            count=1,
            lifetime=timedelta(hours=1),
        )

    registered = openid_client.call(
        "registerClient",
        issuer=provider.realm_url,
        initialAccessToken=permission,
        metadata={
            "client_name": "An application of its own making",
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "client_secret_post",
            "scope": "openid profile",
        },
    )
    parameters = {"redirect_uri": CALLBACK, "scope": "openid profile"}
    known = {"clientId": registered["client_id"]}
    browser.sign_in(openid_client.call("authorize", parameters=parameters, **known), alice.username, alice.password)
    browser.press("Allow", decision="allow")  # nobody has vouched for the application
    tokens = openid_client.call("redeem", url=browser.page.url, **known)

    assert tokens["claims"]["aud"] == registered["client_id"]
    assert tokens["claims"]["sub"] == alice.id


def test_resource_server_exchanges_the_token_it_was_called_with(
    new_client: NewClient, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 8693 and RFC 8707: a token for its own calls, in which it is named as who acts."""
    service = new_client(
        client_uri="https://service.example/",
        grant_types=[*GRANTS, _TOKEN_EXCHANGE],
        resources=["https://reports.example"],
    )
    client = new_client(resources=["https://service.example/"])
    url = client.authorization_url(resource="https://service.example/")
    browser.sign_in(url, alice.username, alice.password)
    called_with = client.redeem(browser.page.url)["access_token"]

    exchanged = service.call(
        "exchange",
        parameters={
            "subject_token": called_with,
            "subject_token_type": _ACCESS_TOKEN,
            "resource": "https://reports.example",
        },
    )

    claims = service.introspect(exchanged["access_token"])
    assert claims["sub"] == alice.id
    assert claims["act"]["sub"] == service.client_id
    assert claims["aud"] == "https://reports.example"
