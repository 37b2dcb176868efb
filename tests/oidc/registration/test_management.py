"""Managing one's own registration (RFC 7592)."""

from typing import Any

import pytest
from sqlalchemy import func, select

from idp.models import Client, Consent, TokenFamily
from tests.crowd import all_at_once
from tests.oidc.provider import CALLBACK, SECRET, basic
from tests.oidc.registration.conftest import Registry

OTHER = "https://app.example/other"


def test_client_reads_what_is_registered(registry: Registry) -> None:
    """Section 2.1: the same as at registration, with the same token and secret."""
    told = registry.get_client(client_name="App", contacts=["a@example.org"])
    response = registry.show(told)

    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert response.json() == told


def test_client_replaces_everything(registry: Registry) -> None:
    """Section 2.2: what is not sent again is gone; the secret stays."""
    told = registry.get_client(client_name="App", contacts=["a@example.org"], scope="openid email")
    changed = registry.replace(told, redirect_uris=[OTHER], tos_uri="https://app.example/tos").json()

    assert (changed["redirect_uris"], changed["tos_uri"]) == ([OTHER], "https://app.example/tos")
    assert "client_name" not in changed
    assert changed["contacts"] == []
    assert changed["client_secret"] == told["client_secret"]
    assert changed["scope"] == "openid email"
    assert len(registry.provider.events("client:registration:change")) == 1


def test_replacing_rotates_the_token(registry: Registry) -> None:
    """Section 2.2: the old token must not be used any more."""
    told = registry.get_client()
    changed = registry.replace(told).json()

    assert changed["registration_access_token"] != told["registration_access_token"]
    assert registry.show(told).status_code == 401
    assert registry.show(changed).status_code == 200


def test_change_counts_at_the_authorization_endpoint(registry: Registry) -> None:
    """The new redirect URI goes, the old one does not."""
    told = registry.get_client()
    registry.replace(told, redirect_uris=[OTHER])
    registry.provider.sign_in()

    gone = registry.provider.authorize(client_id=told["client_id"])
    there = registry.provider.authorize(client_id=told["client_id"], redirect_uri=OTHER, prompt="none")
    assert gone.status_code == 400
    assert there.headers["location"].startswith(f"{OTHER}?")


def test_deleted_client_is_gone_with_all_it_had(registry: Registry) -> None:
    """Section 2.3: 204, and its tokens and consents end with it."""
    told = registry.get_client()
    provider = registry.provider
    with provider.transaction() as session:
        row = session.scalars(select(Client).where(Client.client_id == told["client_id"])).one()
        row.consent_required = False
        session.add(
            Consent(
                realm_id=row.realm_id, user_id=provider.user_id, client_id=row.id, scopes=["openid"], claims=[],
                created_at=provider.clock.now(), updated_at=provider.clock.now(),
            )
        )  # fmt: skip
    provider.forget()
    provider.sign_in()
    code = provider.authorize(client_id=told["client_id"]).headers["location"].split("code=")[1].split("&")[0]
    provider.exchange_code(code, auth=(told["client_id"], told["client_secret"]))

    assert registry.delete(told).status_code == 204
    assert registry.show(told).status_code == 401
    assert provider.authorize(client_id=told["client_id"]).status_code == 400
    with provider.transaction() as session:
        for table in (Consent, TokenFamily):
            assert session.scalar(select(func.count()).select_from(table).where(table.client_id == row.id)) == 0
    assert len(provider.events("client:registration:delete")) == 1


@pytest.mark.parametrize("kind", ["none", "wrong", "another's", "initial", "basic", "empty", "huge"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_wrong_token_is_refused(registry: Registry, method: str, kind: str) -> None:
    """Section 2.1: 401; another client's token is as wrong as any, and nothing happens."""
    told, other = registry.get_client(), registry.get_client()
    headers = {
        "none": {},
        "wrong": {"authorization": "Bearer x"},
        "another's": {"authorization": f"Bearer {other['registration_access_token']}"},
        "initial": {"authorization": f"Bearer {registry.issue_token()}"},
        "basic": basic(told["client_id"], told["client_secret"]),
        "empty": {"authorization": "Bearer "},
        "huge": {"authorization": f"Bearer {'a' * 5000}"},
    }[kind]
    document = {"client_id": told["client_id"], "redirect_uris": [OTHER]}
    url = told["registration_client_uri"]
    response = registry.provider.http.request(
        method, url, headers=headers, **({"json": document} if method == "PUT" else {})
    )

    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith("Bearer ")
    assert ("error=" in challenge) == (kind != "none")
    assert registry.show(told).json() == told


@pytest.mark.parametrize("client_id", ["nobody", "app", "a" * 5000, "%00", "%ff", "a%20b"])
def test_client_that_cannot_be_is_no_different_from_a_wrong_token(registry: Registry, client_id: str) -> None:
    """Section 2.1: nobody learns which clients there are."""
    url = f"/realms/demo/clients-registrations/openid-connect/{client_id}"
    response = registry.provider.http.get(url, headers={"authorization": "Bearer x"})

    assert response.status_code in ({400, 401, 404} if "%" in client_id else {401})


def test_disabled_client_cannot_manage_itself(registry: Registry) -> None:
    """The administrator has the last word."""
    told = registry.get_client()
    with registry.provider.transaction() as session:
        session.scalars(select(Client).where(Client.client_id == told["client_id"])).one().enabled = False

    assert [registry.show(told).status_code, registry.delete(told).status_code] == [401, 401]


def test_closed_realm_lets_nobody_manage(registry: Registry) -> None:
    """Off means off, also for those who registered before."""
    told = registry.get_client()
    registry.provider.change_realm(client_registration="off")

    assert registry.show(told).status_code == 403
    assert registry.replace(told).json()["error"] == "access_denied"


@pytest.mark.parametrize(
    "sent",
    [
        {"client_id": "app"}, {"client_id": None}, {"client_id": ["x"]}, {"client_secret": "another"},
        {"client_secret": 5}, {"client_secret": "\u00fc"}, {"registration_access_token": "x"},
        {"registration_client_uri": "https://evil.example"}, {"client_secret_expires_at": 0},
        {"client_id_issued_at": 1}, {"software_statement": "e30.e30."}, {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]}, {"token_endpoint_auth_method": "private_key_jwt"},
        {"grant_types": ["client_credentials"], "response_types": []},
    ],
)  # fmt: skip
def test_document_that_is_not_the_clients_own_is_refused(registry: Registry, sent: dict[str, Any]) -> None:
    """Section 2.2: the identifiers fit, and what only the server sets is not sent; the token is not used up."""
    told = registry.get_client()
    response = registry.replace(told, **sent)

    assert response.status_code == 400, response.text
    assert registry.show(told).json() == told


def test_own_secret_may_be_sent(registry: Registry) -> None:
    """Section 2.2: if it is the issued one."""
    told = registry.get_client()
    assert registry.replace(told, client_secret=told["client_secret"]).status_code == 200


def test_method_changes_the_secret(registry: Registry) -> None:
    """Whoever needs none any more has none, and who needs one again gets a new one."""
    told = registry.get_client()
    public = registry.replace(told, token_endpoint_auth_method="none").json()
    again = registry.replace(public).json()

    assert "client_secret" not in public
    assert len(again["client_secret"]) == 64
    assert again["client_secret"] != told["client_secret"]


def test_what_an_administrator_gave_stays(registry: Registry) -> None:
    """A change neither takes it away nor adds to it."""
    told = registry.get_client()
    with registry.provider.transaction() as session:
        row = session.scalars(select(Client).where(Client.client_id == told["client_id"])).one()
        row.scope, row.consent_required = "openid reports", False
        row.grant_types = ["authorization_code", "client_credentials"]
        row.web_origins = ["https://added.example"]
    grants = ["authorization_code", "client_credentials"]
    changed = registry.replace(told, grant_types=grants, scope="openid reports x509").json()
    with registry.provider.transaction() as session:
        row = session.scalars(select(Client).where(Client.client_id == told["client_id"])).one()

    assert (changed["scope"], changed["grant_types"]) == ("openid reports", grants)
    assert (row.consent_required, row.web_origins) == (False, ["https://added.example"])


def test_origins_follow_the_redirect_uris(registry: Registry) -> None:
    """Those that an administrator added stay."""
    told = registry.get_client(token_endpoint_auth_method="none")
    with registry.provider.transaction() as session:
        row = session.scalars(select(Client).where(Client.client_id == told["client_id"])).one()
        row.web_origins = [*row.web_origins, "https://added.example"]
    registry.replace(told, token_endpoint_auth_method="none", redirect_uris=["https://moved.example/cb"])
    with registry.provider.transaction() as session:
        row = session.scalars(select(Client).where(Client.client_id == told["client_id"])).one()

    assert row.web_origins == ["https://moved.example", "https://added.example"]


@pytest.mark.every_database
def test_of_ten_changes_at_once_one_wins(registry: Registry) -> None:
    """The token is used up by the first; the others are told that it is void, and change nothing."""
    told = registry.get_client()
    answers = all_at_once(lambda n: registry.replace(told, redirect_uris=[f"{CALLBACK}/{n}"]), 10)

    statuses = sorted(getattr(answer, "status_code", 0) for answer in answers)
    assert statuses == [200, *[401] * 9]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]  # type: ignore[union-attr]
    assert registry.show(won).json()["redirect_uris"] == won["redirect_uris"]


def test_client_of_an_administrator_has_no_token(registry: Registry) -> None:
    """Not even an empty one."""
    url = "/realms/demo/clients-registrations/openid-connect/app"
    for token in ("", SECRET, "None"):
        response = registry.provider.http.get(url, headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 401
