"""Public and pairwise subjects (OpenID Connect Core section 8)."""

from dataclasses import replace

import pytest

from idp.clients.registration import ClientRegistration
from idp.oidc.subjects import subject_matches, subject_of
from tests.oidc.provider import Provider


def pairwise(provider: Provider, client_id: str = "app", **values: object) -> ClientRegistration:
    """The client of that name, with pairwise subjects."""
    client = provider.services.clients.get((provider.realm_id, "app"))
    assert client is not None
    return replace(client, **{"client_id": client_id, "subject_type": "pairwise", **values})  # type: ignore[arg-type]


def subject(provider: Provider, user_id: str = "u-1", **values: object) -> str:
    """The subject of a person at a pairwise client."""
    return subject_of(provider.services, pairwise(provider, **values), user_id)  # type: ignore[arg-type]


def test_public_subject_is_the_account(provider: Provider) -> None:
    """Section 8: the same for every client."""
    client = pairwise(provider, subject_type="public")

    assert subject_of(provider.services, client, provider.user_id) == provider.user_id


def test_pairwise_subject_is_stable_and_says_nothing(provider: Provider) -> None:
    """Section 8.1: deterministic, not reversible, at most 255 ASCII characters (section 2)."""
    first = subject(provider)

    assert first == subject(provider)
    assert "u-1" not in first
    assert (len(first), first.isascii()) == (43, True)


def test_pairwise_subjects_of_two_people_differ(provider: Provider) -> None:
    """Or one would be taken for the other."""
    assert subject(provider, "u-1") != subject(provider, "u-2")


def test_clients_of_one_host_share_a_subject(provider: Provider) -> None:
    """Section 8.1: the host of the redirect URIs is the sector, whatever its letters' case."""
    one = subject(provider, client_id="a", redirect_uris=("https://app.example/a",))
    two = subject(provider, client_id="b", redirect_uris=("https://APP.example:8443/b",))

    assert one == two


def test_clients_of_one_sector_identifier_share_a_subject(provider: Provider) -> None:
    """Section 8.1: it wins over the hosts of the redirect URIs."""
    sector = {"sector_identifier_uri": "https://sector.example/uris.json"}
    one = subject(provider, client_id="a", redirect_uris=("https://a.example/a",), **sector)
    two = subject(provider, client_id="b", redirect_uris=("https://b.example/b",), **sector)

    assert one == two != subject(provider, redirect_uris=("https://a.example/a",))


@pytest.mark.parametrize("uris", [(), ("http://127.0.0.1/cb",), ("http://localhost/cb",), ("com.example.app:/cb",)])
def test_clients_without_a_host_of_their_own_share_nothing(provider: Provider, uris: tuple[str, ...]) -> None:
    """Every application of every machine is at 127.0.0.1."""
    assert subject(provider, client_id="a", redirect_uris=uris) != subject(provider, client_id="b", redirect_uris=uris)


def test_subject_depends_on_the_master_key(provider: Provider) -> None:
    """Who knows hosts and accounts cannot compute it (section 8.1: 'not reversible by any party other than the OP')."""
    other = replace(provider.services, subject_key=bytes(32))

    assert subject_of(other, pairwise(provider), "u-1") != subject(provider)


@pytest.mark.parametrize("text", ["", "u-1", "ü", "\x00", "\ud800", "a" * 10_000])
def test_foreign_subject_does_not_match(provider: Provider, text: str) -> None:
    """Whatever a stranger sends is compared and is not equal; the account's id does not match either."""
    client = pairwise(provider)

    assert not subject_matches(provider.services, client, "u-1", text)
    assert subject_matches(provider.services, client, "u-1", subject(provider))
