"""Where roles are from, pages of roles and groups by key, and what goes with a group: on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from idp.models import Group, Realm, Role
from idp.realms.realms import create_realm
from idp.storage.database import Database
from idp.users.group_search import GroupQuery, count_below, list_groups
from idp.users.groups import create_group, join_group
from idp.users.passwords import Argon2Parameters, PasswordHasher
from idp.users.role_changes import create_role
from idp.users.role_mappings import parts_of_role, roles_of_group, roles_of_user
from idp.users.role_origins import Origin, find_origins, group_with_roles, user_with_roles
from idp.users.role_search import count_holders, find_roles
from idp.users.users import create_user
from tests.clock import FixedClock

pytestmark = pytest.mark.every_database


class Staff:
    """A person in ``/outer/inner``, and roles: given to the person, to either group, and inside of others."""

    def __init__(self, session: Session, clock: FixedClock) -> None:
        self.session, self.realm = session, create_realm(session, clock, name="staff")
        hasher = PasswordHasher(Argon2Parameters(8192, 1, 1))
        person = create_user(session, hasher, clock, realm_id=self.realm.id, username="p", password=None)
        self.person = person.id
        self.outer = create_group(session, self.realm.id, None, {"name": "outer"})
        self.inner = create_group(session, self.realm.id, self.outer, {"name": "inner"})
        join_group(session, self.person, self.inner.id)

    def role(self, name: str) -> str:
        return create_role(self.session, self.realm, None, {"name": name}).id


@pytest.fixture
def staff(database: Database, clock: FixedClock) -> Iterator[Staff]:
    with database.transaction() as session:
        yield Staff(session, clock)


def test_each_role_is_told_with_every_way_it_is_had(staff: Staff) -> None:
    own, part, shared = staff.role("own"), staff.role("part"), staff.role("shared")
    roles_of_user(staff.person).add(staff.session, [own, shared])
    parts_of_role(own).add(staff.session, [part])
    parts_of_role(part).add(staff.session, [own])  # a circle
    roles_of_group(staff.outer.id).add(staff.session, [shared])
    roles_of_group(staff.inner.id).add(staff.session, [shared])
    not_held = staff.role("not-held")
    parts_of_role(not_held).add(staff.session, [shared])

    assert find_origins(staff.session, user_with_roles(staff.person), [own, part, shared]) == {
        own: Origin(own=True, groups=(), roles=("part",)),
        part: Origin(own=False, groups=(), roles=("own",)),
        shared: Origin(own=True, groups=("/outer", "/outer/inner"), roles=()),
    }


def test_group_has_roles_of_those_above_and_its_own(staff: Staff) -> None:
    above, mine = staff.role("above"), staff.role("mine")
    roles_of_group(staff.outer.id).add(staff.session, [above])
    roles_of_group(staff.inner.id).add(staff.session, [mine])

    assert find_origins(staff.session, group_with_roles(staff.inner.id), [above, mine]) == {
        above: Origin(own=False, groups=("/outer",), roles=()),
        mine: Origin(own=True, groups=(), roles=()),
    }
    assert find_origins(staff.session, group_with_roles(staff.outer.id), [mine])[mine] == Origin(
        own=False, groups=(), roles=()
    )


def test_pages_follow_a_name_and_id(staff: Staff) -> None:
    """Groups of one name stand in several places, so the name alone would leave some out."""
    for name in ("a", "b", "c"):
        staff.role(name)
        parent = create_group(staff.session, staff.realm.id, None, {"name": name})
        create_group(staff.session, staff.realm.id, parent, {"name": "same"})

    assert [role.name for role, _ in _pages_of_roles(staff.session, staff.realm)] == ["a", "b", "c"]
    assert [group.name for group in _pages_of_groups(staff.session, staff.realm)] == [
        *("a", "b", "c", "inner", "outer", "same", "same", "same")
    ]


def test_what_goes_with_a_group_and_who_has_a_role_is_counted(staff: Staff) -> None:
    role = staff.role("counted")
    join_group(staff.session, staff.person, staff.outer.id)
    roles_of_user(staff.person).add(staff.session, [role])
    roles_of_group(staff.outer.id).add(staff.session, [role])

    assert count_below(staff.session, staff.outer.id) == (1, 1)
    assert count_below(staff.session, staff.inner.id) == (0, 1)
    assert count_holders(staff.session, role) == (1, 1)


def _pages_of_roles(session: Session, realm: Realm) -> list[tuple[Role, bool]]:
    found: list[tuple[Role, bool]] = []
    while page := find_roles(session, realm.id, limit=1, after=(found[-1][0].name, found[-1][0].id) if found else None):
        found += page
    return [row for row in found if len(row[0].name) == 1]


def _pages_of_groups(session: Session, realm: Realm) -> list[Group]:
    found: list[Group] = []
    while page := list_groups(
        session, realm.id, query=GroupQuery(), limit=2, after=(found[-1].name, found[-1].id) if found else None
    ):
        found += page
    return found
