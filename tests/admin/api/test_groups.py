"""Groups: the tree and its limits, members, what is told and noted, and that nobody rises by them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.admin.api.world import URL, World

GROUPS, USERS = "/realms/demo/groups", "/realms/demo/users"


@pytest.fixture
def helper(world: World) -> str:
    """A token of somebody who manages accounts, and nothing else."""
    world.add_person("demo", "helper", "manage-users")
    return world.sign_in("demo", "helper")


def make(world: World, token: str, name: str, parent: str | None = None, **more: Any) -> str:
    """Make a group, and return its id."""
    path = GROUPS if parent is None else f"{GROUPS}/{parent}/children"
    response = world.call("POST", path, token, json={"name": name, **more})
    assert (response.status_code, response.content) == (201, b""), response.text
    return str(response.headers["location"].rpartition("/")[2])


def give_admin_role(world: World, path: str, role: str = "realm-admin") -> None:
    """Give the account or group at *path* a role that administers, as somebody who may."""
    world.add_person("master", "root", "admin")
    token = world.sign_in("master", "root")
    clients = world.call("GET", f"{path}/role-mappings", token)
    assert clients.status_code == 200
    management = world.client_row_id("demo", "realm-management")
    roles = f"/realms/demo/clients/{management}/roles"
    given = [world.call("GET", f"{roles}/{role}", token).json()]
    response = world.call("POST", f"{path}/role-mappings/clients/{management}", token, json=given)
    assert response.status_code == 204, response.text


@contextmanager
def counted_statements(world: World) -> Iterator[list[str]]:
    """Yield the statements that the database gets meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(world.services.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(world.services.database.engine, "before_cursor_execute", note)


def test_group_is_told_and_noted(world: World, helper: str) -> None:
    staff = make(world, helper, "staff", attributes={"cost-centre": ["7"]}, description="Everybody")
    support = make(world, helper, "support", staff)
    told = world.call("GET", f"{GROUPS}/{staff}", helper).json()
    access = told.pop("access")
    assert told == {
        "id": staff, "name": "staff", "description": "Everybody", "path": "/staff", "subGroupCount": 1, "subGroups": [],
        "attributes": {"cost-centre": ["7"]}, "realmRoles": [], "clientRoles": {},
    }  # fmt: skip
    assert access["manage"] is True
    by_path = world.call("GET", "/realms/demo/group-by-path/staff/support", helper).json()
    assert (by_path["id"], by_path["parentId"], by_path["path"]) == (support, staff, "/staff/support")
    assert world.call("GET", "/realms/demo/group-by-path/support", helper).status_code == 404
    created = world.events("admin:group:create")
    assert [note.details["resource"] for note in created] == [f"groups/{staff}", f"groups/{support}"]
    assert created[0].details["after"]["attributes"] == {"cost-centre": ["7"]}
    assert world.call("PUT", f"{GROUPS}/{staff}", helper, json={"name": "people"}).status_code == 204
    (changed,) = world.events("admin:group:change")
    assert changed.details["before"] == {"name": "staff", "path": "/staff"}
    assert changed.details["after"] == {"name": "people", "path": "/people"}
    assert world.call("DELETE", f"{GROUPS}/{staff}", helper).status_code == 204
    assert world.call("GET", f"{GROUPS}/{support}", helper).status_code == 404
    assert len(world.events("admin:group:delete")) == 1


@pytest.mark.every_database
def test_names_are_taken_once_in_each_place(world: World, helper: str) -> None:
    """Also at the top, where no parent tells the rows apart."""
    staff, guests = make(world, helper, "staff"), make(world, helper, "guests")
    make(world, helper, "night", staff)
    night = make(world, helper, "night", guests)
    for path, body in (
        (GROUPS, {"name": "staff"}),
        (f"{GROUPS}/{staff}/children", {"name": "night"}),
        (f"{GROUPS}/{staff}/children", {"id": night}),
    ):
        assert world.call("POST", path, helper, json=body).status_code == 409
    assert world.call("PUT", f"{GROUPS}/{guests}", helper, json={"name": "staff"}).status_code == 409


def test_names_that_cannot_be(world: World, helper: str) -> None:
    """A slash would make one group's path another's, in the tokens of applications that go by it."""
    for name in ("", " ", "a/b", " staff", "staff\n", "x" * 256, None, 7, "a\u200bb"):
        assert world.call("POST", GROUPS, helper, json={"name": name}).status_code == 400, name


def test_too_many_attributes_are_refused(world: World, helper: str) -> None:
    for attributes in ({str(n): ["x"] for n in range(101)}, {"a": ["x" * 2049]}, {"a": ["x"] * 101}, {"a": "x" * 2049}):
        assert world.call("POST", GROUPS, helper, json={"name": "a", "attributes": attributes}).status_code == 400


@pytest.mark.every_database
def test_groups_move_but_never_into_themselves(world: World, helper: str) -> None:
    outer = make(world, helper, "outer")
    inner = make(world, helper, "inner", outer)
    innermost = make(world, helper, "innermost", inner)
    for target in (outer, inner, innermost):
        response = world.call("POST", f"{GROUPS}/{target}/children", helper, json={"id": outer})
        assert response.status_code == 400
    assert world.call("POST", GROUPS, helper, json={"id": inner}).status_code == 204
    assert world.call("GET", f"{GROUPS}/{innermost}", helper).json()["path"] == "/inner/innermost"
    assert world.call("POST", f"{GROUPS}/{innermost}/children", helper, json={"id": outer}).status_code == 204
    assert world.call("GET", f"{GROUPS}/{outer}", helper).json()["path"] == "/inner/innermost/outer"


@pytest.mark.every_database
def test_two_moves_at_once_make_no_circle(world: World, helper: str) -> None:
    """Each alone would be fine; whoever comes second is told that it is not any more."""
    pair = make(world, helper, "one"), make(world, helper, "two")

    def move(turn: int) -> int:
        body = {"id": pair[1 - turn]}
        return int(world.call("POST", f"{GROUPS}/{pair[turn]}/children", helper, json=body).status_code)

    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(move, range(2))) == [204, 400]
        for group in pair:
            world.call("POST", GROUPS, helper, json={"id": group})


def test_depth_is_bounded(world: World, helper: str) -> None:
    """For new groups and for whole branches that move."""
    last: str | None = None
    for level in range(20):
        last = make(world, helper, f"level-{level}", last)
    assert world.call("POST", f"{GROUPS}/{last}/children", helper, json={"name": "deeper"}).status_code == 400
    above = world.call("GET", f"{GROUPS}/{last}", helper).json()["parentId"]
    branch = make(world, helper, "branch")
    make(world, helper, "leaf", branch)
    assert world.call("POST", f"{GROUPS}/{above}/children", helper, json={"id": branch}).status_code == 400
    path = world.call("GET", f"{GROUPS}/{last}", helper).json()["path"]
    assert world.call("GET", f"/realms/demo/group-by-path{path}", helper).json()["id"] == last
    assert world.call("GET", f"/realms/demo/group-by-path{path}{path}", helper).status_code == 404


def test_search_shows_matches_in_what_they_stand_in(world: World, helper: str) -> None:
    staff, guests = make(world, helper, "staff"), make(world, helper, "guests")
    make(world, helper, "Night shift", staff, attributes={"floor": ["2"]})
    make(world, helper, "day", staff)
    listed = world.call("GET", GROUPS, helper).json()
    assert [(group["name"], group["subGroups"], group["subGroupCount"]) for group in listed] == [
        ("guests", [], 0),
        ("staff", [], 2),
    ]
    for query in ("search=SHIFT", "q=floor:2"):
        (tree,) = world.call("GET", f"{GROUPS}?{query}", helper).json()
        assert (tree["id"], [group["path"] for group in tree["subGroups"]]) == (staff, ["/staff/Night shift"])
    (flat,) = world.call("GET", f"{GROUPS}?search=shift&populateHierarchy=false", helper).json()
    assert flat["path"] == "/staff/Night shift"
    assert world.call("GET", f"{GROUPS}?search=shift&exact=true", helper).json() == []
    assert world.call("GET", f"{GROUPS}?first=1&max=1", helper).json()[0]["id"] == staff
    assert "subGroupCount" not in world.call("GET", f"{GROUPS}?subGroupsCount=false", helper).json()[0]
    full = world.call("GET", f"{GROUPS}?briefRepresentation=false", helper).json()[0]
    assert (full["id"], full["attributes"], full["realmRoles"]) == (guests, {}, [])
    for query, number in (("", 4), ("?top=true", 2), ("?search=a", 2)):
        assert world.call("GET", f"{GROUPS}/count{query}", helper).json() == {"count": number}
    children = world.call("GET", f"{GROUPS}/{staff}/children?first=1&max=1", helper).json()
    assert [group["name"] for group in children] == ["day"]


def test_lists_cost_the_same_however_long_they_are(world: World, helper: str) -> None:
    """No statement for each group, and none for each member."""
    parent = make(world, helper, "all")
    users = [world.add_person("demo", f"person-{number}") for number in range(3)]
    costs: list[tuple[int, ...]] = []
    for name in ("a", "b", "c"):
        child = make(world, helper, name, parent)
        for user in users[: len(costs) + 1]:
            assert world.call("PUT", f"{USERS}/{user}/groups/{child}", helper).status_code == 204
        cost = []
        for path in (
            f"{GROUPS}?search={name}", f"{GROUPS}/{parent}/children", f"{GROUPS}/{child}/members",
            f"{USERS}/{users[0]}/groups?briefRepresentation=false",
        ):  # fmt: skip
            with counted_statements(world) as seen:
                assert world.call("GET", path, helper).status_code == 200
            cost.append(len(seen))
        costs.append(tuple(cost))
    assert costs[0] == costs[1] == costs[2], costs
    assert max(costs[0]) > 0


def test_members_are_paged_by_username(world: World, helper: str) -> None:
    staff = make(world, helper, "staff")
    people = {name: world.add_person("demo", name) for name in ("carol", "alice", "bob")}
    for user_id in people.values():
        assert world.call("PUT", f"{USERS}/{user_id}/groups/{staff}", helper).status_code == 204
    assert world.call("PUT", f"{USERS}/{people['bob']}/groups/{staff}", helper).status_code == 204
    joined = world.events("admin:user:join-group")
    assert [note.details["after"] for note in joined] == [{"groups": ["/staff"]}] * 3
    names = {"": ["alice", "bob", "carol"], "first=1&max=1": ["bob"], "after=alice&max=1": ["bob"], "first=3": []}
    for query, expected in names.items():
        found = world.call("GET", f"{GROUPS}/{staff}/members?{query}", helper).json()
        assert [user["username"] for user in found] == expected
    mine = f"{USERS}/{people['bob']}/groups"
    assert [group["path"] for group in world.call("GET", mine, helper).json()] == ["/staff"]
    assert world.call("GET", f"{mine}/count", helper).json() == {"count": 1}
    assert world.call("DELETE", f"{mine}/{staff}", helper).status_code == 204
    assert world.call("GET", f"{mine}/count", helper).json() == {"count": 0}
    (left,) = world.events("admin:user:leave-group")
    assert (left.user_id, left.details["before"]) == (people["bob"], {"groups": ["/staff"]})


def test_two_administrators_do_not_overwrite_each_other(world: World, helper: str) -> None:
    staff = make(world, helper, "staff")
    seen = world.call("GET", f"{GROUPS}/{staff}", helper).headers["etag"]
    own = {"headers": {"if-match": seen}}
    assert world.call("PUT", f"{GROUPS}/{staff}", helper, json={"description": "mine"}, **own).status_code == 204
    own = {"headers": {"if-match": seen}}
    assert world.call("PUT", f"{GROUPS}/{staff}", helper, json={"description": "yours"}, **own).status_code == 412
    assert world.call("DELETE", f"{GROUPS}/{staff}", helper, headers={"if-match": seen}).status_code == 412


def test_group_that_administers_is_out_of_reach(world: World, helper: str) -> None:
    """Whatever would make one a member of it, or take something from those who are; also from above and from below."""
    outer = make(world, helper, "outer")
    admins = make(world, helper, "admins", outer)
    inner = make(world, helper, "inner", admins)
    mine, me = make(world, helper, "mine"), world.call("GET", f"{USERS}?username=helper", helper).json()[0]["id"]
    give_admin_role(world, f"{GROUPS}/{admins}")
    for method, path, body in (
        ("PUT", f"{USERS}/{me}/groups/{admins}", None), ("PUT", f"{USERS}/{me}/groups/{inner}", None),
        ("DELETE", f"{USERS}/{me}/groups/{admins}", None), ("PUT", f"{GROUPS}/{admins}", {"name": "x"}),
        ("DELETE", f"{GROUPS}/{admins}", None), ("DELETE", f"{GROUPS}/{outer}", None), ("PUT", f"{GROUPS}/{inner}", {}),
        ("POST", f"{GROUPS}/{admins}/children", {"id": mine}), ("POST", f"{GROUPS}/{inner}/children", {"id": mine}),
        ("POST", GROUPS, {"id": admins}), ("POST", GROUPS, {"id": inner}),
        ("POST", f"{GROUPS}/{mine}/children", {"id": admins}),
    ):  # fmt: skip
        assert world.call(method, path, helper, json=body).status_code == 403, (method, path)
    assert world.call("PUT", f"{USERS}/{me}/groups/{outer}", helper).status_code == 204
    assert world.call("GET", "/realms/demo", helper).status_code == 200
    assert "accessTokenLifespan" not in world.call("GET", "/realms/demo", helper).json()


def test_account_that_administers_joins_and_leaves_by_its_like(world: World, helper: str) -> None:
    boss, staff = world.add_person("demo", "boss", "realm-admin"), make(world, helper, "staff")
    for method in ("PUT", "DELETE"):
        assert world.call(method, f"{USERS}/{boss}/groups/{staff}", helper).status_code == 403
    assert world.call("PUT", f"{USERS}/{boss}", helper, json={"attributes": {"a": ["b"]}}).status_code == 403


def test_new_people_join_the_default_groups(world: World, helper: str) -> None:
    """Whoever lets them join needs the realm; and whoever makes accounts gets none with more than they have."""
    world.add_person("demo", "keeper", "manage-realm", "manage-users")
    keeper, staff = world.sign_in("demo", "keeper"), make(world, helper, "staff")
    default = "/realms/demo/default-groups"
    assert world.call("PUT", f"{default}/{staff}", helper).status_code == 403
    assert world.call("PUT", f"{default}/{staff}", keeper).status_code == 204
    assert [group["id"] for group in world.call("GET", default, helper).json()] == [staff]
    made = world.call("POST", USERS, helper, json={"username": "new"}).headers["location"].removeprefix(f"{URL}/admin")
    assert [group["id"] for group in world.call("GET", f"{made}/groups", helper).json()] == [staff]
    give_admin_role(world, f"{GROUPS}/{staff}", "view-events")
    body = {"username": "risen", "enabled": True, "credentials": [{"type": "password", "value": "a long enough one"}]}
    assert world.call("POST", USERS, helper, json=body).status_code == 403
    assert world.call("GET", f"{USERS}?username=risen", helper).json() == []
    assert world.call("DELETE", f"{default}/{staff}", keeper).status_code == 403  # who may not give may not take
    notes = [note.details["after"] for note in world.events("admin:group:change")]
    assert notes == [{"joinedByNew": True}]


def test_ids_of_another_realm_are_not_there(world: World, helper: str, admin: str) -> None:
    response = world.call("POST", "/realms/other/groups", admin, json={"name": "theirs"})
    theirs = response.headers["location"].rpartition("/")[2]
    me, mine = world.call("GET", f"{USERS}?username=helper", helper).json()[0]["id"], make(world, helper, "mine")
    for caller in (helper, admin):
        for method, path, body in (
            ("GET", "", None), ("PUT", "", {"name": "x"}), ("DELETE", "", None), ("GET", "/children", None),
            ("POST", "/children", {"name": "x"}), ("GET", "/members", None), ("GET", "/role-mappings", None),
            ("GET", "/role-mappings/realm/composite", None), ("POST", "/role-mappings/realm", []),
        ):  # fmt: skip
            assert world.call(method, f"{GROUPS}/{theirs}{path}", caller, json=body).status_code == 404, path
        assert world.call("PUT", f"{USERS}/{me}/groups/{theirs}", caller).status_code == 404
        assert world.call("POST", GROUPS, caller, json={"id": theirs}).status_code == 404
        assert (
            world.call("POST", f"/realms/other/groups/{theirs}/children", admin, json={"id": mine}).status_code == 404
        )
