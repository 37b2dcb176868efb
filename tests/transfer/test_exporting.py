"""What is exported comes back the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.clients.client_scopes import change_client_scope, create_client_scope, publish_scopes
from idp.clients.keycloak_names import describe_client, read_client
from idp.clients.metadata.document import create_metadata, describe_metadata
from idp.models import Client, ClientScope, Group, Role, SigningKey
from idp.realms.realms import get_realm
from idp.storage.database import Database
from idp.transfer.exporting import Contents, iterate_export
from idp.transfer.report import Outcome
from idp.users.role_mappings import roles_in_client, roles_in_client_scope
from tests.databases import Databases
from tests.transfer.conftest import Desk
from tests.transfer.sample import export, user

EVERYTHING = Contents(users=True, secrets=True)


def exported(desk: Desk, contents: Contents = EVERYTHING, name: str = "company") -> str:
    with desk.database.transaction() as session:
        return "".join(iterate_export(session, desk.means.cipher, get_realm(session, name), contents))


def without(text: str) -> Any:
    """The export without what is another in another realm: its id, and those of what each realm has of its own."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(part) for key, part in value.items() if key not in {"id", "containerId"}}
        return [strip(part) for part in value] if isinstance(value, list) else value

    told = strip(json.loads(text))
    told["users"] = sorted(told["users"], key=lambda account: account["username"])
    return told


@pytest.fixture
def other_desk(make_desk: Callable[[Database], Desk], databases: Databases, tmp_path: Path) -> Any:
    """A desk over another database."""
    with databases.create("sqlite", tmp_path) as url:
        database = Database(url, pool_size=2)
        yield make_desk(database)
        database.close()


def test_scopes_roles_and_groups_come_back_with_all_that_they_say(desk: Desk, other_desk: Desk) -> None:
    """Mappers of scopes, also those that a built-in one has beside its own; what new clients and new people get."""
    desk.take(export())
    mapper = {
        "id": "0f1f3cd5-7a71-4a3c-8a3c-0a7b4a4f4a11",
        "name": "city",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {"user.attribute": "city", "claim.name": "city", "access.token.claim": "true"},
    }
    with desk.database.transaction() as session:
        realm = get_realm(session, "company")
        columns = {"mappers": [mapper], "assignment": "optional", "description": "Paying", "attributes": {"a": "b"}}
        create_client_scope(session, realm, {"name": "pay", **columns})
        profile = session.query(ClientScope).filter_by(realm_id=realm.id, name="profile").one()
        change_client_scope(session, realm, profile, {"mappers": [mapper], "assignment": "default"})
        session.query(Role).filter_by(name="staff").one().attributes = {"level": ["1", "2"]}
        group = session.query(Group).filter_by(name="harbour").one()
        group.description, group.joined_by_new = "At the water", True
        portal = session.query(Client).filter_by(client_id="portal").one()
        portal.full_scope_allowed = False
        roles = {role.name: role.id for role in session.query(Role).filter_by(realm_id=realm.id)}
        roles_in_client(portal.id).add(session, [roles["boss"]])
        roles_in_client_scope(profile.id).add(session, [roles["staff"], roles["editor"]])
        publish_scopes(session, realm)
    first = exported(desk)
    assert json.loads(first)["scopeMappings"] == [
        {"client": "portal", "roles": ["boss"]},
        {"clientScope": "profile", "roles": ["staff"]},
    ]
    assert json.loads(first)["clientScopeMappings"] == {"portal": [{"clientScope": "profile", "roles": ["editor"]}]}
    assert json.loads(first)["defaultGroups"] == ["/north/harbour"]

    assert other_desk.take(first).texts(Outcome.FAILED) == []
    assert without(exported(other_desk)) == without(first)
    with other_desk.database.transaction() as session:
        realm = get_realm(session, "company")
        assert {name: len(mappers) for name, mappers in realm.scope_mappers.items()} == {
            "extra": 1, "pay": 1, "profile": 1, "teams": 1,
        }  # fmt: skip
        assert realm.restricted_scopes == ["profile"]
        assert session.query(Client).filter_by(client_id="portal").one().full_scope_allowed is False


@pytest.mark.every_database
def test_export_of_an_import_of_an_export_is_the_same(desk: Desk, other_desk: Desk) -> None:
    """With hashes and secrets; more people than are read at a time."""
    people = export()["users"] + [user(number, realmRoles=["staff"]) for number in range(600)]
    desk.take(export(users=people))
    first = exported(desk)

    told = other_desk.take(first)

    assert told.texts(Outcome.FAILED) == []
    assert without(exported(other_desk)) == without(first)
    mias = [
        next(account for account in json.loads(text)["users"] if account["username"] == "mia")
        for text in (first, exported(other_desk))
    ]
    assert mias[0]["id"] == mias[1]["id"]


def test_export_has_no_secret_unless_it_is_asked_for(desk: Desk) -> None:
    """Nor ever a private key."""
    desk.take(export())

    plain, full = exported(desk, Contents(users=True)), exported(desk)

    assert "portal-secret-of-long-ago" not in plain
    assert "secretData" not in plain
    assert "portal-secret-of-long-ago" in full
    assert "secretData" in full
    with desk.database.transaction() as session:
        assert session.query(SigningKey).first()
    assert "PRIVATE" not in full
    assert "users" not in json.loads(exported(desk, Contents()))


_URIS = st.lists(st.sampled_from(["https://a.example/x", "https://a.example/y", "http://localhost:1/"]), unique=True)
_CLIENTS = st.fixed_dictionaries(
    {},
    optional={
        "client_name": st.text("abc ü", max_size=9),
        "redirect_uris": _URIS,
        "post_logout_redirect_uris": _URIS,
        "pkce_required": st.booleans(),
        "enabled": st.booleans(),
        "scope": st.sampled_from(["", "openid", "openid email x509", "profile own"]),
        "token_endpoint_auth_method": st.sampled_from(["none", "client_secret_basic", "client_secret_post"]),
        "certificate_policy": st.sampled_from(["realm", "required"]),
        "access_token_lifetime": st.none() | st.integers(10, 86400),
        "default_max_age": st.none() | st.integers(0, 9),
        "default_acr_values": st.lists(st.sampled_from(["1", "2"]), unique=True),
        "backchannel_logout_uri": st.sampled_from(["", "https://a.example/out"]),
        "web_origins": st.just(["https://a.example"]),
        "response_modes": st.lists(st.sampled_from(["query", "form_post"]), unique=True),
        "grant_types": st.sampled_from([["authorization_code"], ["authorization_code", "refresh_token"]]),
    },
)


@given(_CLIENTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_setting_of_a_client_survives(members: dict[str, Any]) -> None:
    """In Keycloak's names, through JSON, and back."""
    metadata = create_metadata(members)

    document = json.loads(json.dumps(describe_client(describe_metadata(metadata))))
    read, notes = read_client(document)

    assert create_metadata(read) == metadata
    assert notes == []
