"""Who may administer what, and that nobody gives or takes over more than they have."""

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.clients.clients import create_client
from idp.encryption import Cipher
from idp.errors import Conflict, NotPermitted
from idp.models import COMPOSITE_ROLE, MASTER, MEMBER_OF_GROUP, ROLE_OF_GROUP, ROLE_OF_USER, Client, Group, Realm, Role
from idp.provisioning import ensure_management
from idp.realms.realms import create_realm
from idp.storage.database import Database
from idp.users.authority import (
    Authority,
    find_authority_of_client,
    find_authority_of_group,
    find_authority_of_roles,
    find_authority_of_user,
    verify_covers,
)
from idp.users.management_roles import MANAGEMENT_ROLES
from idp.users.passwords import Argon2Parameters, PasswordHasher
from idp.users.service_accounts import ensure_service_account
from idp.users.users import create_user
from tests.clock import FixedClock

CIPHER = Cipher(b"k" * 32)


class World:
    """Two realms and master, without keys: they play no part here."""

    def __init__(self, session: Session, clock: FixedClock, hasher: PasswordHasher) -> None:
        self.session, self.clock, self.hasher = session, clock, hasher
        self.realms = {name: create_realm(session, clock, name=name) for name in ("staff", MASTER, "guests")}
        for realm in self.realms.values():
            ensure_management(session, CIPHER, clock, realm)

    def role(self, realm: str, name: str, client_id: str | None = None) -> str:
        of_client = Role.client_id.is_(None)
        if client_id is not None:
            of_client = Role.client_id == self.client(realm, client_id).id
        query = select(Role.id).where(Role.realm_id == self.realms[realm].id, Role.name == name, of_client)
        return self.session.execute(query).scalar_one()

    def client(self, realm: str, client_id: str) -> Client:
        query = select(Client).where(Client.realm_id == self.realms[realm].id, Client.client_id == client_id)
        return self.session.scalars(query).one()

    def person(self, realm: str, *roles: str) -> str:
        user = create_user(
            self.session,
            self.hasher,
            self.clock,
            realm_id=self.realms[realm].id,
            username=f"user-{len(list(self.session.execute(select(ROLE_OF_USER))))}-{realm}",
            password=None,
        )
        for role in roles:
            self.session.execute(insert(ROLE_OF_USER).values(user_id=user.id, role_id=role))
        return user.id

    def authority(self, realm: str, *roles: str) -> Authority:
        return find_authority_of_user(self.session, self.person(realm, *roles))


@pytest.fixture
def world(database: Database, clock: FixedClock) -> Iterator[World]:
    with database.transaction() as session:
        yield World(session, clock, PasswordHasher(Argon2Parameters(8192, 1, 1)))


pytestmark = pytest.mark.every_database


def test_person_without_roles_may_nothing(world: World) -> None:
    found = world.authority("staff")
    assert found == Authority()
    assert not found.reaches(world.realms["staff"].id)


def test_realm_admin_may_everything_in_their_realm_alone(world: World) -> None:
    found = world.authority("staff", world.role("staff", "realm-admin", "realm-management"))
    assert all(found.holds(world.realms["staff"].id, name) for name in MANAGEMENT_ROLES)
    assert not found.reaches(world.realms["guests"].id)
    assert not found.reaches(world.realms[MASTER].id)
    assert (found.everything, found.creates_realms) == (False, False)


def test_who_manages_may_view(world: World) -> None:
    found = world.authority("staff", world.role("staff", "manage-users", "realm-management"))
    staff = world.realms["staff"].id
    assert {name for _, name in found.roles} == {"manage-users", "view-users", "query-users", "query-groups"}
    assert not found.holds(staff, "view-clients")


def test_admin_of_master_may_everything_everywhere(world: World) -> None:
    found = world.authority(MASTER, world.role(MASTER, "admin"))
    assert found.everything
    assert all(found.holds(realm.id, "manage-realm") for realm in world.realms.values())


def test_role_of_that_name_elsewhere_means_nothing(world: World) -> None:
    """Neither a realm's own role ``admin`` nor a client's that is named like the managing one."""
    staff = world.realms["staff"]
    impostor = create_client(
        world.session, CIPHER, world.clock, realm_id=staff.id, client_id="guests-realm", grant_types=(), scope=""
    )
    fakes = [
        Role(realm_id=staff.id, name="admin"),
        Role(realm_id=staff.id, client_id=impostor.id, name="realm-admin"),
        Role(realm_id=world.realms[MASTER].id, name="realm-admin"),
    ]
    world.session.add_all(fakes)
    world.session.flush()
    assert find_authority_of_roles(world.session, [role.id for role in fakes]) == Authority()


def test_person_of_master_can_have_one_realm(world: World) -> None:
    found = world.authority(MASTER, world.role(MASTER, "manage-users", "guests-realm"))
    assert found.holds(world.realms["guests"].id, "manage-users")
    assert not found.reaches(world.realms["staff"].id)
    assert not found.reaches(world.realms[MASTER].id)


def test_roles_come_by_groups_and_composites(world: World) -> None:
    """Group in group, role in role: every way counts."""
    staff = world.realms["staff"].id
    outer = Group(realm_id=staff, name="outer")
    world.session.add(outer)
    world.session.flush()
    inner = Group(realm_id=staff, name="inner", parent_id=outer.id)
    helper = Role(realm_id=staff, name="helper")
    world.session.add_all([inner, helper])
    world.session.flush()
    part = world.role("staff", "view-events", "realm-management")
    world.session.execute(insert(COMPOSITE_ROLE).values(role_id=helper.id, child_id=part))
    world.session.execute(insert(ROLE_OF_GROUP).values(group_id=outer.id, role_id=helper.id))
    user = world.person("staff")
    world.session.execute(insert(MEMBER_OF_GROUP).values(user_id=user, group_id=inner.id))
    expected = Authority(roles=frozenset({(staff, "view-events")}))
    assert find_authority_of_user(world.session, user) == expected
    assert find_authority_of_group(world.session, inner.id) == expected
    assert find_authority_of_roles(world.session, [helper.id]) == expected


@pytest.mark.parametrize(
    ("mine", "other", "covered"),
    [
        (("staff", "realm-admin"), ("staff", "manage-users"), True),
        (("staff", "manage-users"), ("staff", "view-users"), True),
        (("staff", "manage-users"), ("staff", "manage-clients"), False),
        (("staff", "realm-admin"), ("guests", "query-users"), False),
        (("staff", "realm-admin"), (MASTER, "admin"), False),
        (("staff", "realm-admin"), (MASTER, "create-realm"), False),
        ((MASTER, "create-realm"), (MASTER, "admin"), False),
        ((MASTER, "create-realm"), ("staff", "query-users"), False),
        ((MASTER, "admin"), (MASTER, "admin"), True),
        ((MASTER, "admin"), ("guests", "realm-admin"), True),
    ],
)
def test_nobody_gives_more_than_they_have(
    world: World, mine: tuple[str, str], other: tuple[str, str], covered: bool
) -> None:
    first, second = (
        find_authority_of_roles(
            world.session, [world.role(realm, name, None if realm == MASTER else "realm-management")]
        )
        for realm, name in (mine, other)
    )
    assert first.covers(second) is covered
    if not covered:
        with pytest.raises(NotPermitted):
            verify_covers(first, second)


def test_client_has_what_its_account_has(world: World) -> None:
    """And that account is one to which nobody signs in."""
    staff = world.realms["staff"].id
    robot = create_client(world.session, CIPHER, world.clock, realm_id=staff, client_id="Robot", secret="robot-secret")
    assert find_authority_of_client(world.session, robot.id) == Authority()
    account = ensure_service_account(world.session, world.hasher, world.clock, robot)
    assert ensure_service_account(world.session, world.hasher, world.clock, robot) is account
    assert (account.username, account.password_hash) == ("service-account-robot", None)
    role = world.role("staff", "view-realm", "realm-management")
    world.session.execute(insert(ROLE_OF_USER).values(user_id=account.id, role_id=role))
    assert find_authority_of_client(world.session, robot.id).holds(staff, "view-realm")


def test_management_is_made_once_and_completed(world: World) -> None:
    """A role that a later version brings is added with its place in the composites."""
    staff, management = world.realms["staff"], world.client("staff", "realm-management")
    world.session.delete(world.session.get_one(Role, world.role("staff", "view-mail", "realm-management")))
    world.session.flush()
    ensure_management(world.session, CIPHER, world.clock, staff)
    ensure_management(world.session, CIPHER, world.clock, staff)
    names = world.session.scalars(select(Role.name).where(Role.client_id == management.id)).all()
    assert sorted(names) == sorted(MANAGEMENT_ROLES)
    found = world.authority("staff", world.role("staff", "manage-mail", "realm-management"))
    assert found.holds(staff.id, "view-mail")


def test_strangers_client_is_not_taken_for_the_managing_one(world: World) -> None:
    """Whoever registers the name beforehand gets no roles over the realm that is made later."""
    master = world.realms[MASTER]
    create_client(
        world.session, CIPHER, world.clock, realm_id=master.id, client_id="later-realm", grant_types=(), scope=""
    )
    later = create_realm(world.session, world.clock, name="later")
    with pytest.raises(Conflict):
        ensure_management(world.session, CIPHER, world.clock, later)


def test_realm_takes_its_client_in_master_along(world: World) -> None:
    guests = world.session.get_one(Realm, world.realms["guests"].id)
    world.session.delete(guests)
    world.session.flush()
    left = world.session.scalars(select(Client.client_id).where(Client.realm_id == world.realms[MASTER].id)).all()
    assert sorted(left) == ["master-realm", "staff-realm"]
