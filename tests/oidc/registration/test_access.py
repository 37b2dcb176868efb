"""Who may register: the realm's policy, initial access tokens, limits (RFC 7591 section 3)."""

from datetime import timedelta

import pytest

from idp.oidc.registration.access import MAX_OF_ADDRESS
from tests.crowd import all_at_once
from tests.oidc.provider import CALLBACK
from tests.oidc.registration.conftest import ENDPOINT, Registry


@pytest.fixture
def registry(closed_registry: Registry) -> Registry:
    """A realm that wants a token."""
    closed_registry.provider.change_realm(client_registration="token")
    return closed_registry


def test_new_realm_wants_a_token(closed_registry: Registry) -> None:
    """Of which there is none, until an administrator makes one."""
    assert closed_registry.register().status_code == 401


def test_realm_that_is_closed_registers_nobody(closed_registry: Registry) -> None:
    """403, also with a token that would be good."""
    closed_registry.provider.change_realm(client_registration="off")
    for token in ("", closed_registry.issue_token()):
        response = closed_registry.register(token)
        assert (response.status_code, response.json()["error"]) == (403, "access_denied")


def test_metadata_names_the_endpoint_only_where_it_is_open(closed_registry: Registry) -> None:
    """OpenID Connect Discovery 1.0 section 3."""
    provider = closed_registry.provider
    found = {}
    for policy in ("off", "token", "open"):
        provider.change_realm(client_registration=policy)
        found[policy] = provider.http.get("/realms/demo/.well-known/openid-configuration").json()

    assert "registration_endpoint" not in found["off"]
    assert (
        found["token"]["registration_endpoint"]
        == found["open"]["registration_endpoint"]
        == f"https://idp.example{ENDPOINT}"
    )
    assert found["off"]["subject_types_supported"] == ["public", "pairwise"]


def test_registration_without_a_token_is_challenged(registry: Registry) -> None:
    """RFC 6750 section 3.1: without an error code, as no token came."""
    response = registry.register()

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="registration"'
    assert registry.provider.events("client:registration:create") == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_token_registers(registry: Registry, scheme: str) -> None:
    """The scheme's case does not matter (RFC 9110 section 11.1)."""
    registry.headers["authorization"] = f"{scheme} {registry.issue_token()}"
    assert registry.register().status_code == 201


def test_token_is_good_for_its_count(registry: Registry) -> None:
    """And for no registration more."""
    token = registry.issue_token(count=2)

    assert [registry.register(token).status_code for _ in range(4)] == [201, 201, 401, 401]


def test_refused_metadata_does_not_use_the_token_up(registry: Registry) -> None:
    """Who made a mistake tries again."""
    token = registry.issue_token()

    assert registry.register(token, redirect_uris=["javascript:x"]).status_code == 400
    assert registry.register(token).status_code == 201


def test_token_ends_with_its_lifetime(registry: Registry) -> None:
    """To the second."""
    token = registry.issue_token(count=5, hours=1)
    registry.provider.clock.advance(timedelta(hours=1))

    assert registry.register(token).status_code == 401


def test_token_of_another_realm_is_wrong(registry: Registry) -> None:
    """Each realm gives its own."""
    from sqlalchemy import select

    from idp.models import Realm

    with registry.provider.transaction() as session:
        other = session.scalars(select(Realm.id).where(Realm.name == "other")).one()
    response = registry.register(registry.issue_token(realm_id=other))

    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("policy", ["token", "open"])
@pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "Basic YTpi", "Bearer " + "a" * 5000, "x", "Bearer \u00fc"])
def test_wrong_token_is_refused(registry: Registry, policy: str, header: str) -> None:
    """Also where none would be needed: who presents one means it."""
    registry.provider.change_realm(client_registration=policy)
    response = registry.provider.http.post(
        ENDPOINT, json={"redirect_uris": [CALLBACK]}, headers={"authorization": header.encode()}
    )

    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.every_database
def test_of_ten_registrations_at_once_as_many_win_as_the_token_is_good_for(registry: Registry) -> None:
    """Counted in one statement."""
    token = registry.issue_token(count=3)
    answers = all_at_once(lambda _: registry.register(token), 10)

    assert sorted(getattr(answer, "status_code", 0) for answer in answers) == [*[201] * 3, *[401] * 7]


def test_strangers_are_limited_by_address(registry: Registry) -> None:
    """Whatever comes of their tries; a token is not limited, but by its count."""
    registry.provider.change_realm(client_registration="open")
    for _ in range(MAX_OF_ADDRESS - 1):
        registry.provider.services.ephemeral.increment(
            "registrations", f"{registry.provider.realm_id}:{'testclient'}", timedelta(hours=1)
        )
    answers = [registry.register(redirect_uris=[]), registry.register(), registry.register(registry.issue_token())]

    assert [answer.status_code for answer in answers] == [400, 429, 201]
    assert answers[1].headers["retry-after"] == "3600"
    assert answers[1].json()["error"] == "temporarily_unavailable"


def test_unknown_realm_is_told(registry: Registry) -> None:
    """In JSON."""
    response = registry.send({}, url="/realms/nowhere/clients-registrations/openid-connect")
    assert (response.status_code, response.json()["error"]) == (404, "not_found")
