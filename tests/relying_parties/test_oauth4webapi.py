"""oauth4webapi 3 (npm): each answer checked against its RFC, as a client and as a resource server."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.provider import Forms
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.puppet import Puppet, Refused
from tests.relying_parties.registrations import CALLBACK, Registered, register


@pytest.fixture(scope="module")
def puppet() -> Iterator[Puppet]:
    """The program that holds oauth4webapi."""
    puppet = Puppet("oauth4webapi")
    yield puppet
    puppet.close()


def begin(puppet: Puppet, provider: RunningDemo, client: Registered, **parameters: str) -> str:
    """Discover the provider and return where the browser is sent."""
    puppet.call("discover", issuer=provider.realm_url, algorithm="oidc")
    return puppet.call(
        "begin",
        issuer=provider.realm_url,
        clientId=client.client_id,
        redirectUri=CALLBACK,
        parameters={"scope": "openid profile", **parameters},
    )


def finish(puppet: Puppet, client: Registered, url: str, **options: Any) -> dict[str, Any]:
    """Check the answer that came to *url*, and get and check the tokens."""
    return puppet.call("finish", clientId=client.client_id, secret=client.secret, url=url, **options)


@pytest.mark.parametrize("public", [True, False], ids=["public", "confidential"])
def test_every_answer_of_a_sign_in_is_as_the_specifications_have_it(
    puppet: Puppet, provider: RunningDemo, browser: LiveBrowser, alice: Person, public: bool
) -> None:
    """RFC 9207 `iss`, RFC 7636, token response, ID Token with its signature, UserInfo with its content type."""
    client = register(provider.services, public=public)
    browser.sign_in(begin(puppet, provider, client), alice.username, alice.password)

    tokens = finish(puppet, client, browser.page.url)
    userinfo = puppet.call(
        "userinfo", clientId=client.client_id, accessToken=tokens["access_token"], subject=tokens["claims"]["sub"]
    )

    assert tokens["claims"]["sub"] == userinfo["sub"] == alice.id


def test_access_token_convinces_a_resource_server(
    puppet: Puppet, provider: RunningDemo, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 9068 section 4: type, issuer, audience, times and signature, by the published keys; and no other audience."""
    client = register(provider.services)
    browser.sign_in(begin(puppet, provider, client), alice.username, alice.password)
    token = finish(puppet, client, browser.page.url)["access_token"]
    request = {"issuer": provider.realm_url, "clientId": client.client_id, "accessToken": token}

    claims = puppet.call("admit", audience=provider.realm_url, **request)

    assert (claims["sub"], claims["client_id"]) == (alice.id, client.client_id)
    with pytest.raises(Refused, match="aud"):
        puppet.call("admit", audience="https://another.example", **request)


def test_answer_of_another_issuer_is_refused_by_the_library(
    puppet: Puppet, provider: RunningDemo, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 9207 section 2.4: the library demands our `iss`, because our metadata promises it."""
    client = register(provider.services)
    browser.sign_in(begin(puppet, provider, client), alice.username, alice.password)
    url = browser.page.url

    for mixed_up in (url.replace("iss=", "was="), url.replace("%2Fdemo", "%2Fmaster")):
        assert mixed_up != url
        with pytest.raises(Refused, match="iss"):
            finish(puppet, client, mixed_up)


def test_metadata_of_rfc_8414_is_the_same_server(puppet: Puppet, provider: RunningDemo) -> None:
    """RFC 8414 section 3: the well-known name stands before the issuer's path; the library compares the issuer."""
    plain = puppet.call("discover", issuer=provider.realm_url, algorithm="oauth2")

    assert plain == puppet.call("discover", issuer=provider.realm_url, algorithm="oidc")


def test_proof_convinces_a_resource_server(
    puppet: Puppet, provider: RunningDemo, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 9449 section 7: the token names the key, and the library's resource server compares it with the proof's."""
    client = register(provider.services, dpop_bound_access_tokens=True)
    browser.sign_in(begin(puppet, provider, client), alice.username, alice.password)
    token = finish(puppet, client, browser.page.url, dpop=True)["access_token"]
    request = {"issuer": provider.realm_url, "clientId": client.client_id, "accessToken": token}

    claims = puppet.call("admit", audience=provider.realm_url, requireDPoP=True, **request)

    assert claims["cnf"]["jkt"]
    assert puppet.call("userinfo", clientId=client.client_id, accessToken=token, subject=alice.id)["sub"] == alice.id


@pytest.mark.parametrize("mode", ["fragment", "form_post"])
def test_hybrid_answer_is_as_the_specifications_have_it(
    puppet: Puppet, provider: RunningDemo, browser: LiveBrowser, alice: Person, mode: str
) -> None:
    """OpenID Connect Core section 3.3: the library checks c_hash, nonce and signature of the first ID Token."""
    client = register(
        provider.services, response_types=["code", "code id_token"], grant_types=["authorization_code", "implicit"]
    )
    url = begin(puppet, provider, client, response_type="code id_token", response_mode=mode)
    page = browser.sign_in(url, alice.username, alice.password)
    form = Forms(page.html).forms[0]["fields"] if mode == "form_post" else None

    tokens = finish(puppet, client, CALLBACK if form else page.url, form=form)

    assert tokens["claims"]["sub"] == alice.id
