"""A realm comes over from Keycloak: what is taken, what is told, and what happens to a damaged or hostile file."""

import copy
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from idp.clients.clients import get_client
from idp.clients.keycloak_names import read_client
from idp.clients.metadata.document import create_metadata
from idp.clients.registration import build_registration
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import ClientScope, Event, Group, Realm, Role, SigningKey, User
from idp.provisioning import provision_realm
from idp.realms.realms import get_realm
from idp.storage.database import Database
from idp.transfer.accounts import Books, read_account
from idp.transfer.groups_part import GroupBook
from idp.transfer.importing import Progress
from idp.transfer.report import Outcome
from idp.transfer.role_book import RoleBook
from idp.transfer.scopes_part import read_mappers
from idp.transfer.stream import ExportUnreadable
from idp.transfer.units import rehearse
from idp.transfer.values import list_of, read_object
from idp.users.authority import find_authority_of_user
from idp.users.roles import HeldRole, list_group_paths, list_roles
from idp.users.service_accounts import find_service_account
from idp.users.users import get_user_by_username
from tests.people import HASHER
from tests.transfer.conftest import Desk
from tests.transfer.sample import MIA, PASSWORD, PORTAL, credential, export, user


def realm_of(session: Session, name: str = "company") -> Realm:
    return session.scalars(select(Realm).where(Realm.name == name)).one()


def person(desk: Desk, username: str) -> User:
    with desk.database.transaction() as session:
        return get_user_by_username(session, realm_of(session).id, username)


def count_users(desk: Desk) -> int:
    with desk.database.transaction() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


@pytest.mark.every_database
def test_whole_realm_comes_over(desk: Desk) -> None:
    """Settings, roles, groups, clients and people, as they are here."""
    told = desk.take(export())

    assert told.texts(Outcome.FAILED) == []
    with desk.database.transaction() as session:
        realm = realm_of(session)
        assert (realm.display_name, realm.access_token_lifetime, realm.password_min_length) == ("The Company", 240, 12)
        assert session.scalars(select(SigningKey).where(SigningKey.realm_id == realm.id)).first()
        mia = get_user_by_username(session, realm.id, "mia")
        assert (mia.id, mia.email, mia.email_verified, mia.name) == (MIA, "mia@example.org", True, "Mia Berg")
        assert (mia.attributes, mia.locale, mia.required_actions) == ({"city": ["Oslo"]}, "de", ["UPDATE_PASSWORD"])
        assert (mia.created_at.year, mia.password_changed_at and mia.password_changed_at.year) == (2023, 2023)
        assert list_group_paths(session, MIA) == ["/north/harbour"]
        held = list_roles(session, MIA)
        assert {HeldRole("boss", None), HeldRole("staff", None), HeldRole("editor", "portal")} <= set(held)
        assert find_authority_of_user(session, MIA).holds(realm.id, "query-users")
        robot = get_user_by_username(session, realm.id, "service-account-portal")
        assert find_authority_of_user(session, robot.id).holds(realm.id, "view-users")
        assert session.scalars(select(Group.attributes).where(Group.name == "north")).one() == {"city": ["Oslo"]}
        assert session.scalars(select(Role.description).where(Role.name == "boss")).one() == ""


def test_password_of_old_opens_the_account(desk: Desk) -> None:
    desk.take(export())

    HASHER.verify(PASSWORD, person(desk, "mia").password_hash)


def test_client_comes_with_secret_addresses_and_mappers(desk: Desk) -> None:
    """Those of scopes that nobody can ask for are its own here, and each client's roles stay under its own name."""
    desk.take(export())

    with desk.database.transaction() as session:
        row = get_client(session, realm_of(session).id, "portal")
        portal = build_registration(row, desk.means.cipher)
        spa = build_registration(get_client(session, row.realm_id, "spa"), desk.means.cipher)
    assert (portal.id, portal.secret, portal.home_uri) == (
        PORTAL,
        "portal-secret-of-long-ago",
        "https://portal.example.org/home",
    )
    assert portal.redirect_uris == ("https://portal.example.org/callback",)
    assert portal.post_logout_redirect_uris == ("https://portal.example.org/callback", "https://portal.example.org/bye")
    assert portal.web_origins == ("https://portal.example.org",)
    assert portal.scopes == ("openid", "profile", "teams", "offline_access", "extra")
    assert portal.grant_types == ("authorization_code", "refresh_token", "client_credentials")
    claims = {mapper["name"]: mapper["config"]["claim.name"] for mapper in portal.mappers}
    assert claims == {"city": "city", "client roles": "resource_access.portal.roles"}
    assert portal.default_scopes == ("profile", "teams")
    with desk.database.transaction() as session:
        teams = session.query(ClientScope).filter_by(realm_id=realm_of(session).id, name="teams").one()
        assert [mapper["config"]["claim.name"] for mapper in teams.mappers] == ["teams"]
        assert realm_of(session).scope_mappers["teams"] == teams.mappers
    assert portal.pkce_required
    assert portal.backchannel_logout_uri == "https://portal.example.org/logout"
    assert spa.public
    assert spa.pkce_required


def test_what_has_no_counterpart_is_told(desk: Desk) -> None:
    """By name, and without a value that is secret."""
    told = desk.take(export())

    left = "\n".join(told.texts(Outcome.LEFT))
    for part in ("wildcard", "script-city.js", "scrypt", "1000000000", "CONFIGURE_TOTP", "credential otp", "digits(2)",
                 "identityProviders", "federatedIdentities", "unheard-of", "login_theme", "old-saml"):  # fmt: skip
        assert part in left
    everything = "\n".join(map(str, told.lines))
    assert "portal-secret" not in everything
    assert json.loads(credential()["secretData"])["value"] not in everything
    assert person(desk, "pia").password_hash is None


def test_scope_mappings_of_what_is_there_already_are_left_alone(desk: Desk) -> None:
    """A second run restricts nothing that was open, unless it is to update; what is not here is told."""
    desk.take(export())
    mapped = {
        "scopeMappings": [
            *({"clientScope": name, "roles": ["staff", "unheard-of"]} for name in ("profile", "extra", "no-such")),
            {"client": "portal", "roles": ["boss"]},
            {"client": "account-console", "roles": ["staff"]},
        ],
        "clientScopeMappings": {"portal": [{"clientScope": "extra", "roles": ["editor"]}]},
    }
    told = desk.take(export(**mapped))
    assert told.names(Outcome.SKIPPED, "scope mappings") == ["extra", "portal"]
    assert told.names(Outcome.TAKEN, "scope mappings") == ["profile"]
    left = told.texts(Outcome.LEFT, "scope mappings")
    assert [line.partition(":")[0] for line in left] == ["profile", "no-such", "account-console"]

    told = desk.take(export(**mapped), on_conflict="update")
    assert told.names(Outcome.TAKEN, "scope mappings") == ["extra", "portal"]
    with desk.database.transaction() as session:
        assert get_realm(session, "company").restricted_scopes == ["extra", "profile"]
    for broken in (
        {"scopeMappings": {"a": 1}},
        {"scopeMappings": [7]},
        {"clientScopeMappings": {"portal": [{"roles": "x"}]}},
    ):
        assert desk.take(export(**broken)).names(Outcome.FAILED, "scope mappings") == ["(all)"]


@pytest.mark.every_database
def test_second_run_skips_updates_or_fails(desk: Desk) -> None:
    desk.take(export())
    changed = export()
    changed["users"][0] |= {"firstName": "Mette", "credentials": [], "groups": [], "realmRoles": ["staff"]}

    assert "mia" in desk.take(changed).names(Outcome.SKIPPED, "user")
    assert person(desk, "mia").given_name == "Mia"
    assert "mia" in desk.take(changed, on_conflict="update").names(Outcome.CHANGED, "user")
    mia = person(desk, "mia")
    assert (mia.given_name, mia.password_hash is not None) == ("Mette", True)
    with desk.database.transaction() as session:
        assert list_group_paths(session, MIA) == []
    with pytest.raises(Conflict):
        desk.take(changed, on_conflict="fail")
    assert "mia" in desk.take(changed, on_conflict="fail", users_only=True).names(Outcome.FAILED, "user")


@pytest.mark.every_database
def test_people_that_collide_fail_alone(desk: Desk) -> None:
    """Whoever stands beside them in the transaction is taken."""
    people: list[Any] = [user(number) for number in range(8)]
    people[2] |= {"email": "person-1@example.org"}
    people[3] = {"username": ["list"]}
    people[4] |= {"attributes": {"a": "x" * 3000}}
    people[5] |= {"firstName": "\x1b[31mred"}
    people[6] = 5
    people[7] |= {"email": "nul\x00@example.org"}

    told = desk.take(export(users=people))

    assert told.names(Outcome.TAKEN, "user") == ["person-0", "person-1"]
    assert len(told.texts(Outcome.FAILED, "user")) == 6
    assert "users[3]" in "".join(told.texts(Outcome.FAILED, "user"))
    assert "\x1b" not in "".join(map(str, told.lines))


def test_damaged_end_keeps_what_came_before(desk: Desk) -> None:
    """And the second run, with the whole file, goes on from there."""
    whole = json.dumps(export(users=[user(number) for number in range(1200)]))
    shape = export(users=[])
    cut = (
        json.dumps(shape)[:-1].replace('"users": [], ', "")
        + ', "users": '
        + json.dumps(json.loads(whole)["users"])[:-2000]
    )

    with pytest.raises(ExportUnreadable):
        desk.take(cut)
    assert count_users(desk) == 0  # the first pass reads all that is not people, and finds the damage

    (desk.folder / "company-realm.json").write_text(json.dumps(shape))
    people = json.loads(whole)["users"]
    (desk.folder / "company-users-0.json").write_text(json.dumps({"realm": "company", "users": people[:600]}))
    (desk.folder / "company-users-1.json").write_text(json.dumps({"realm": "company", "users": people[600:]})[:-2000])
    with pytest.raises(ExportUnreadable):
        desk.take(desk.folder)
    robots = 1
    assert count_users(desk) >= 500 + robots
    told = desk.take(whole)
    assert count_users(desk) == 1200 + robots
    assert len(told.names(Outcome.SKIPPED, "user")) >= 500


def test_id_of_another_realms_person_is_refused(desk: Desk) -> None:
    """An account keeps its owner; applications of both realms know people by it."""
    desk.take(export())

    told = desk.take(export(), name="other")

    assert told.names(Outcome.FAILED, "user") == ["mia"]
    assert "another realm" in told.texts(Outcome.FAILED, "user")[0]
    with desk.database.transaction() as session:
        assert get_client(session, realm_of(session, "other").id, "portal").id != PORTAL


def test_nothing_is_given_power_by_what_it_says_of_itself(desk: Desk) -> None:
    """No client manages a realm, is first-party, or opens the REST API because a file says so."""
    clients = [
        {"clientId": "realm-management", "secret": "taken-over-secret"},
        {"clientId": "evil", "publicClient": True, "manages_realm_id": "x", "first_party": True,
         "attributes": {"idp.admin_api": "true", "idp.first_party": "true", "realm_client": "true"}},
    ]  # fmt: skip

    told = desk.take(export(clients=clients, roles={}, groups=[], users=[]))

    with desk.database.transaction() as session:
        realm = realm_of(session)
        evil = get_client(session, realm.id, "evil")
        assert (evil.first_party, evil.admin_api, evil.manages_realm_id) == (False, False, None)
        assert get_client(session, realm.id, "realm-management").secret_encrypted is None
    assert any("idp.admin_api" in text for text in told.texts(Outcome.LEFT, "client"))


def test_masters_clients_for_realms_are_not_taken(desk: Desk) -> None:
    """One of that name would keep the realm from being made."""
    desk.take(
        export(realm="master", clients=[{"clientId": "later-realm", "secret": "x" * 20}], roles={}, groups=[], users=[])
    )

    assert "later" in desk.take(export(realm="later", users=[], roles={}, groups=[])).names(Outcome.TAKEN, "realm")


def test_circles_of_composites_end(desk: Desk) -> None:
    roles = {
        "realm": [{"name": "a", "composites": {"realm": ["b", "a"]}}, {"name": "b", "composites": {"realm": ["a"]}}]
    }

    desk.take(export(roles=roles, users=[{"username": "mia", "realmRoles": ["a"]}]))

    with desk.database.transaction() as session:
        mia = get_user_by_username(session, realm_of(session).id, "mia")
        assert {role.name for role in list_roles(session, mia.id)} == {"a", "b"}


def test_group_demands_certificates_as_its_attribute_says(desk: Desk) -> None:
    """What nobody understands would demand nothing, and is not taken."""
    groups = [
        {"name": "vault", "attributes": {"certificate_policy": ["required"]}},
        {"name": "odd", "attributes": {"certificate_policy": ["Required"]}},
    ]
    told = desk.take(export(groups=groups, users=[]))

    assert told.names(Outcome.TAKEN, "group") == ["/vault"]
    assert len(told.names(Outcome.FAILED, "group")) == 1
    with desk.database.transaction() as session:
        group = session.scalars(select(Group).where(Group.name == "vault")).one()
        assert group.certificate_required
        assert session.get_one(Realm, group.realm_id).groups_require_certificate


def test_group_that_fails_takes_those_within_along(desk: Desk) -> None:
    """Each of them is named."""
    within = {"name": "below", "subGroups": []}
    groups = [{"name": "a/b", "subGroups": [within]}, {"name": "x" * 300}, {"name": "fine"}, {"name": "fine"}, 7]

    told = desk.take(export(groups=groups, users=[]))

    assert told.names(Outcome.TAKEN, "group") == ["/fine"]
    assert told.names(Outcome.SKIPPED, "group") == ["/fine"]
    assert len(told.names(Outcome.FAILED, "group")) == 4


HOSTILE: dict[str, Callable[[], Any]] = {
    "no JSON": lambda: "realm: company",
    "a list": lambda: [export()],
    "nothing": lambda: "",
    "cut": lambda: json.dumps(export())[:-5],
    "no name": lambda: export(realm=None),
    "name of another type": lambda: export(realm=["company"]),
    "name that cannot be one": lambda: export(realm="../../etc"),
    "number of a million digits": lambda: '{"realm": "company", "notBefore": ' + "9" * 10**6 + "}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_file_that_is_no_export_is_refused_before_anything_is_made(desk: Desk, kind: str) -> None:
    with pytest.raises((ExportUnreadable, InvalidInput)):
        desk.take(HOSTILE[kind]())

    with desk.database.transaction() as session:
        assert session.scalars(select(Realm)).all() == []


STRANGE: dict[str, Callable[[], Any]] = {
    "members of wrong types": lambda: export(
        roles=[1], groups={"a": 1}, clients="none", clientScopes=7, users={"x": []}, attributes=3, enabled="maybe"
    ),
    "items of wrong types": lambda: export(
        roles={"realm": [1, {"name": 5}, {}], "client": {"spa": 3}},
        groups=[None, [], "x"], clients=[None, {"clientId": 4}, {"clientId": "c", "redirectUris": "x"}],
        clientScopes=[1, {"name": "s", "protocolMappers": [{"name": "m", "protocolMapper": "oidc-audience-mapper", "config": 4}]}],
        users=[None, [], {"username": "u", "credentials": "x"}, {"username": "v", "clientRoles": [1]}],
    ),
    "deep": lambda: json.dumps(export(users=[])).replace('"users": []', '"users": [' + '{"a":' * 5000 + "1" + "}" * 5000 + "]"),
    "wide": lambda: export(users=[], components={"x": [0] * 500_001}),
    "long": lambda: export(users=[{"username": "x" * 100_000}], clients=[{"clientId": "y" * 100_000}]),
}  # fmt: skip


@pytest.mark.parametrize("kind", STRANGE)
def test_strange_parts_are_told_and_the_rest_is_taken(desk: Desk, kind: str) -> None:
    """Nothing in a file makes an error of ours."""
    told = desk.take(STRANGE[kind]())

    assert told.names(Outcome.TAKEN, "realm") == ["company"]


def test_memory_does_not_grow_with_the_number_of_people(desk: Desk) -> None:
    """Measured between the first transaction and the last."""
    path = desk.write(export(users=[user(number, attributes={"a": ["x" * 500]}) for number in range(2000)]))
    sizes: list[int] = []
    tracemalloc.start()
    try:
        desk.take(path, progress=Progress(on_done=lambda _: sizes.append(tracemalloc.get_traced_memory()[0])))
    finally:
        tracemalloc.stop()

    assert len(sizes) == 4
    assert sizes[-1] < sizes[1] + 2_000_000


ODD: tuple[Any, ...] = (5, -1.5, "x", "http://[", "", "\ud83d", [], {}, [1], [[]], {"a": 1}, {"a": [1]}, None, True)


def replaced(whole: Any, *keys: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each value within."""
    yield keys
    for key in whole if isinstance(whole, dict) else range(len(whole)) if isinstance(whole, list) else ():
        yield from replaced(whole[key], *keys, key)


def with_odd_values(whole: Any) -> Iterator[Any]:
    """Copies of *whole*, each with another value replaced by something that nobody expects there."""
    for keys in replaced(whole):
        for odd in ODD:
            if not keys:
                yield odd
                continue
            changed = copy.deepcopy(whole)
            inner = changed
            for key in keys[:-1]:
                inner = inner[key]
            inner[keys[-1]] = odd
            yield changed


def test_no_value_of_an_account_breaks_the_reading(desk: Desk) -> None:
    """Whatever stands where, it is an account or told what is wrong."""
    desk.take(export(users=[]))
    with desk.database.transaction() as session:
        realm_id = realm_of(session).id
        books = Books(RoleBook(session, realm_id), GroupBook(session, realm_id))
    mia = export()["users"][0]
    mia["credentials"][0] |= {key: json.loads(mia["credentials"][0][key]) for key in ("credentialData", "secretData")}
    taken = refused = 0
    for value in with_odd_values(mia):
        try:
            read_account(desk.means, realm_id, books, "here", value)
            taken += 1
        except InvalidInput:
            refused += 1
    assert min(taken, refused) > len(ODD)


def test_no_value_of_a_client_breaks_the_reading() -> None:
    """Nor of its mappers."""
    taken = refused = 0
    for value in with_odd_values(export()["clients"][0]):
        try:
            create_metadata(read_client(read_object(value))[0])
            read_mappers(list_of(read_object(value), "protocolMappers"))
            taken += 1
        except InvalidInput:
            refused += 1
    assert min(taken, refused) > len(ODD)


@pytest.mark.every_database
def test_rehearsal_leaves_nothing(desk: Desk, database: Database) -> None:
    """Not on either database, though all of it was written."""
    with rehearse(database) as unit:
        with unit() as session:
            means = desk.means
            provision_realm(session, means.cipher, means.clock, public_url=means.public_url, name="company")
        with unit() as session:
            assert realm_of(session)

    with database.transaction() as session:
        assert session.scalars(select(Realm)).all() == []


def test_people_alone_need_a_realm(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.take(export(), users_only=True)


def test_import_is_an_event(desk: Desk) -> None:
    desk.take(export())

    with desk.database.transaction() as session:
        event = session.scalars(select(Event).where(Event.tag == "admin:realm:import")).one()
    assert event.details["taken"] > 10


def test_account_of_a_client_goes_with_the_grant(desk: Desk) -> None:
    """Its roles would come back with it, and nobody would see them until then."""
    desk.take(export())
    changed = export()
    next(client for client in changed["clients"] if client["clientId"] == "portal")["serviceAccountsEnabled"] = False
    changed["users"] = []

    desk.take(changed, on_conflict="update")

    with desk.database.transaction() as session:
        client = get_client(session, realm_of(session).id, "portal")
        assert find_service_account(session, client.id) is None


@pytest.mark.every_database
def test_people_who_collide_with_one_another_fail_alone(desk: Desk) -> None:
    """Whatever it is that they share, the first one counts, with its own roles."""
    one, other = (f"6f2a7f0e-92d0-4a55-8a0e-0f5a1d2c3d0{number}" for number in (1, 2))
    people = [
        user(1, id=one, realmRoles=["staff"]),
        user(2) | {"email": "PERSON-1@example.org"},
        user(1) | {"email": "another@example.org"},
        user(3, id=one),
        user(4, id=other),
    ]

    told = desk.take(export(users=people), on_conflict="fail")

    assert told.names(Outcome.TAKEN, "user") == ["person-1", "person-4"]
    assert told.names(Outcome.FAILED, "user") == ["person-2", "person-1", "person-3"]
    assert [role.name for role in list_roles_of(desk, one)] == ["staff"]
    assert list_roles_of(desk, other) == []


def list_roles_of(desk: Desk, user_id: str) -> list[HeldRole]:
    with desk.database.transaction() as session:
        return list(list_roles(session, user_id))


def test_new_people_are_not_looked_for_before(desk: Desk) -> None:
    """PostgreSQL keeps the plan of a statement from when the table was small, and then reads all of it for each batch."""
    statements: list[str] = []
    event.listen(desk.database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))

    desk.take(export(users=[user(number) for number in range(1500)]))

    about = [text for text in statements if "FROM user_account" in text]
    assert len([text for text in statements if text.startswith("INSERT INTO user_account")]) >= 3
    assert len(about) < 3, about


@pytest.mark.every_database
def test_second_run_passes_over_whoever_is_there(desk: Desk) -> None:
    """Not whoever has another's id, or the name of a client's account: that is told, as if they came alone."""
    desk.take(export())
    known = person(desk, "ole").id
    people = [
        {"username": "ole"},
        {"username": "mia", "id": MIA},
        {"username": "pia", "id": known},
        {"username": "nobody", "id": known},
        {"username": "service-account-portal"},
    ]

    told = desk.take(export(users=people), users_only=True)

    assert told.names(Outcome.SKIPPED, "user") == ["ole", "mia", "nobody"]
    assert told.names(Outcome.FAILED, "user") == ["pia", "service-account-portal"]
    assert person(desk, "ole").id == known
