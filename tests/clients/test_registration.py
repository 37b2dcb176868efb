"""A client's registration, as requests see it."""

from dataclasses import FrozenInstanceError

import pytest

from idp.clients.clients import create_client
from idp.clients.registration import ClientRegistration, build_registration
from idp.clients.secrets import generate_secret
from idp.encryption import Cipher, DecryptionFailed
from idp.models import Client
from tests.people import Household

CIPHER = Cipher(bytes(range(32)))


def register(home: Household, **values: object) -> Client:
    """Register a client."""
    with home.database.transaction() as session:
        return create_client(session, CIPHER, home.clock, realm_id=home.realm.id, client_id="app", **values)  # type: ignore[arg-type]


def registration(home: Household, **values: object) -> ClientRegistration:
    """Register a client and return what requests see of it."""
    return build_registration(register(home, **values), CIPHER)


def test_secret_comes_back_as_it_was_given(home: Household) -> None:
    """Only here is it decrypted."""
    secret = generate_secret()
    seen = registration(home, secret=secret)

    assert (seen.secret, seen.public) == (secret, False)


def test_secret_under_another_master_key_raises(home: Household) -> None:
    """A client with a secret that cannot be read is not a public one."""
    client = register(home, secret=generate_secret())

    with pytest.raises(DecryptionFailed):
        build_registration(client, Cipher(bytes(32)))


@pytest.mark.parametrize(
    ("secret", "asked", "required"),
    [(None, False, True), (None, True, True), ("a-good-long-secret", True, True), ("a-good-long-secret", False, False)],
)
def test_pkce_is_required_of_public_clients_whatever_is_stored(
    home: Household, secret: str | None, asked: bool, required: bool
) -> None:
    """RFC 9700 section 2.1.1."""
    assert registration(home, secret=secret, pkce_required=asked).pkce_required is required


@pytest.mark.parametrize(("policy", "required"), [("realm", False), ("required", True)])
def test_certificate_policy_is_read(home: Household, policy: str, required: bool) -> None:
    """A client can demand more than its realm."""
    assert registration(home, certificate_policy=policy).certificate_required is required


def test_registration_cannot_be_changed(home: Household) -> None:
    """It is shared by threads, so its lists are tuples."""
    seen = registration(home, redirect_uris=["https://app.example.org/cb"], scope=" openid  email ")

    assert seen.redirect_uris == ("https://app.example.org/cb",)
    assert seen.scopes == ("openid", "email")
    with pytest.raises(FrozenInstanceError):
        seen.secret = None  # type: ignore[misc]


def test_title_falls_back_to_client_id(home: Household) -> None:
    """People see the name, or what there is."""
    assert registration(home).title == "app"
