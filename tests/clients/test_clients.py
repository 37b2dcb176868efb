"""Registering applications: above all, where answers may be sent."""

from typing import Any

import pytest

from idp.clients.clients import create_client, find_client
from idp.clients.secrets import generate_secret
from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput
from idp.models import Client
from tests.crowd import all_at_once
from tests.people import Household

CIPHER = Cipher(bytes(range(32)))
CALLBACK = "https://app.example.org/callback"


def register(home: Household, client_id: str = "app", **values: Any) -> Client:
    """Register a client, and commit."""
    with home.database.transaction() as session:
        return create_client(session, CIPHER, home.clock, realm_id=home.realm.id, client_id=client_id, **values)


@pytest.mark.parametrize("field", ["redirect_uris", "post_logout_redirect_uris"])
def test_registration_with_one_bad_address_among_good_ones_is_refused(home: Household, field: str) -> None:
    """All of them are looked at, also where people land after signing out; nothing is stored."""
    with pytest.raises(InvalidInput):
        register(home, **{field: [CALLBACK, "javascript:alert(1)"]})

    with home.database.transaction() as session:
        assert find_client(session, home.realm.id, "app") is None


def test_addresses_are_stored_to_the_letter(home: Household) -> None:
    """They are compared character by character, so nothing may be tidied up."""
    uris = ["https://App.Example.org:443/cb?", "https://app.example.org/a/../b", "https://app.example.org/%7Euser"]

    assert register(home, redirect_uris=uris).redirect_uris == uris


@pytest.mark.parametrize("client_id", ["", " ", "a b", "a\n", "ä", "a\x00", "x" * 256, "\x7f"])
def test_client_id_outside_visible_ascii_is_refused(home: Household, client_id: str) -> None:
    """RFC 6749 appendix A.1, without the space."""
    with pytest.raises(InvalidInput):
        register(home, client_id)


@pytest.mark.parametrize("secret", ["", " ", "short", "with\nnewline12", " " * 20, "null\x00character"])
def test_secret_that_protects_nothing_is_refused(home: Household, secret: str) -> None:
    """An empty secret would make a confidential client that everybody can be."""
    with pytest.raises(InvalidInput):
        register(home, secret=secret)


@pytest.mark.parametrize("policy", ["", "Required", "off", "optional", "reqired"])
def test_certificate_policy_that_does_not_exist_is_refused(home: Household, policy: str) -> None:
    """A slip of the pen must not mean *not required*."""
    with pytest.raises(InvalidInput):
        register(home, certificate_policy=policy)


@pytest.mark.parametrize(
    ("field", "value"), [("web_origins", ["https://app.example.org", "*"]), ("home_uri", "javascript:alert(1)")]
)
def test_registration_with_bad_origin_or_home_is_refused(home: Household, field: str, value: object) -> None:
    """What is compared with a header, or becomes a link."""
    with pytest.raises(InvalidInput) as refused:
        register(home, **{field: value})

    assert list(refused.value.fields) == [{"home_uri": "client_uri"}.get(field, field)]


def test_origins_are_stored(home: Household) -> None:
    """As browsers send them."""
    assert register(home, web_origins=["https://app.example.org"]).web_origins == ["https://app.example.org"]


def test_client_without_secret_is_public(home: Household) -> None:
    """And says so in its authentication method."""
    assert register(home).token_endpoint_auth_method == "none"
    assert register(home, "other", secret=generate_secret()).token_endpoint_auth_method == "client_secret_basic"


def test_secret_is_stored_encrypted_and_bound_to_its_column(home: Household) -> None:
    """Who reads the table has no secret."""
    secret = generate_secret()
    client = register(home, secret=secret)

    assert client.secret_encrypted is not None
    assert secret.encode() not in client.secret_encrypted


def test_generated_secrets_are_long_enough_for_every_hmac() -> None:
    """64 octets (RFC 7518 section 3.2), and no two are the same."""
    secrets = {generate_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(len(secret) == 64 for secret in secrets)


@pytest.mark.every_database
def test_client_id_that_twenty_register_at_once_is_given_once(home: Household) -> None:
    """The others are told that there is one already."""
    outcomes = all_at_once(lambda _: register(home))

    assert sum(isinstance(outcome, Client) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Client | Conflict) for outcome in outcomes)


@pytest.mark.every_database
@pytest.mark.parametrize("client_id", ["App", "APP", "app ", "", "ap%", "x" * 5000])
def test_client_is_found_by_its_very_id_in_its_realm(home: Household, client_id: str) -> None:
    """A client_id is compared as it is (RFC 6749 section 2.2)."""
    register(home)
    with home.database.transaction() as session:
        assert find_client(session, home.realm.id, client_id) is None
        assert find_client(session, "other", "app") is None
        assert find_client(session, home.realm.id, "app") is not None
