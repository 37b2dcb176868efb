"""Groups in the console: a tree, its members and roles, and nobody who gets more by it than they have."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from idp.models import MEMBER_OF_GROUP, Group
from idp.realms.realms import get_realm
from idp.users.groups import create_group, join_group
from idp.users.management_roles import get_permission
from idp.users.role_mappings import roles_of_group
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser, Page


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


@pytest.fixture(scope="module")
def lena(desk: Desk) -> Browser:
    """May change people and nothing beyond that."""
    desk.hire("lena", home="demo", roles=["manage-users"])
    return desk.sign_in("lena", home="demo")


def plant(desk: Desk, path: str, *, realm: str = "demo", gives: str = "") -> str:
    """Make the group at *path*, in one that is there already, and return its id."""
    *above, name = path.split("/")
    with desk.provider.services.database.transaction() as session:
        row = get_realm(session, realm)
        parent = None
        for step in above:
            found = select(Group).where(Group.realm_id == row.id, Group.name == step)
            parent = session.scalars(found.where(Group.parent_id == (parent.id if parent else None))).one()
        group = create_group(session, row.id, parent, {"name": name})
        if gives:
            roles_of_group(group.id).add(session, [get_permission(session, row, gives)])
        return group.id


def find(desk: Desk, group_id: str) -> Group | None:
    with desk.provider.services.database.transaction() as session:
        row = session.get(Group, group_id)
        session.expunge_all()
        return row


def members(desk: Desk, group_id: str) -> set[str]:
    link = MEMBER_OF_GROUP.c
    with desk.provider.services.database.transaction() as session:
        return set(session.scalars(select(link.user_id).where(link.group_id == group_id)))


def send(desk: Desk, browser: Browser, path: str, *, home: str = "master", **fields: str) -> Page:
    """Send a form with a token of the page before, whether that has the button or not."""
    page = browser.post(desk.address(path, home=home), {"csrf_token": token_of(browser.page), **fields})
    browser.get(desk.address("groups/new", home=home))
    return page


def test_group_is_made_in_another_changed_and_deleted(desk: Desk, root: Browser) -> None:
    root.get(desk.address("groups/new"))
    page = root.press("Create", name="staff", description="Everybody here")
    assert "The group is made." in page.text
    staff = page.url.partition("/groups/")[2].partition("?")[0]
    root.follow("New group in it")
    assert root.page.title == "New group in staff"
    page = root.press("Create", name="support", attributes="floor=2")
    support = page.url.partition("/groups/")[2].partition("?")[0]
    made = find(desk, support)
    assert made is not None
    assert (made.parent_id, made.attributes) == (staff, {"floor": ["2"]})

    root.get(desk.address(f"groups/{support}/settings"))
    assert "Saved." in root.press("Save Changes", name="help desk").text
    assert desk.events("admin:group:change")[-1].details["after"] == {"name": "help desk"}
    root.get(desk.address(f"groups/{staff}/delete"))
    assert "One group stands in it." in root.page.text
    assert root.press("Delete", confirmation="support").status == 422
    page = root.press("Delete", confirmation="staff")
    assert "with all that stood in it" in page.text
    assert find(desk, support) is None
    before = desk.events("admin:group:delete")[-1].details["before"]
    assert (before["path"], before["subgroups"]) == ("/staff", 1)


def test_tree_is_looked_at_level_by_level_and_searched(desk: Desk, root: Browser) -> None:
    top = plant(desk, "tree")
    plant(desk, "tree/branch")
    leaf = plant(desk, "tree/branch/leaf")
    for number in range(51):
        plant(desk, f"tree/twig-{number:02}")

    assert "leaf" not in root.get(desk.address("groups")).text
    first = root.get(desk.address(f"groups/{top}"))
    assert "branch" in first.text
    assert "twig-50" not in first.text
    assert "twig-50" in root.follow("Next page").text
    found = root.get(desk.address("groups?search=LEA"))
    assert "/tree/branch/leaf" in found.text
    page = root.get(desk.address(f"groups/{leaf}"))
    assert [step in page.html for step in (">tree</a>", ">branch</a>")] == [True, True]
    assert "No group is called that" in root.get(desk.address("groups?search=%25&after=" + "x" * 5000)).text


def test_what_cannot_be_is_said_beside_the_field(desk: Desk, root: Browser) -> None:
    plant(desk, "only-once")
    root.get(desk.address("groups/new"))
    assert "one of that name already" in root.press("Create", name="only-once").text
    assert "visible characters" in root.press("Create", name="a/b").text
    assert root.press("Create", name="x" * 10_000).status == 422
    deep = "d0"
    plant(desk, deep)
    with desk.provider.services.database.transaction() as session:
        realm_id = get_realm(session, "demo").id
        parent = session.scalars(select(Group).where(Group.name == "d0")).one()
        for number in range(1, 20):
            parent = create_group(session, realm_id, parent, {"name": f"d{number}"})
        bottom = parent.id
    root.get(desk.address(f"groups/new?in={bottom}"))
    assert "any deeper" in root.press("Create", name="d20").text


def test_two_administrators_do_not_overwrite_each_other(desk: Desk, root: Browser) -> None:
    group = plant(desk, "contended")
    other = desk.contend(root, f"groups/{group}/settings", "name")

    assert other.page.status == 409
    assert "set this to “mine”" in other.page.text
    assert "Saved." in other.press("Save Changes").text


def test_group_is_moved_level_by_level_and_never_into_itself(desk: Desk, root: Browser) -> None:
    box, thing = plant(desk, "box"), plant(desk, "thing")
    inner = plant(desk, "thing/inner")
    plant(desk, "box/inner")
    root.get(desk.address(f"groups/{thing}/move"))
    root.get(desk.address(f"groups/{thing}/move?to={box}"))
    page = root.press("Move into box")
    assert "stands here now" in page.text
    moved = find(desk, thing)
    assert moved is not None
    assert moved.parent_id == box
    event = desk.events("admin:group:change")[-1]
    assert (event.details["before"], event.details["after"]) == ({"path": "/thing"}, {"path": "/box/thing"})

    assert "cannot stand in itself" in send(desk, root, f"groups/{box}/move", to=inner).text
    assert "of that name in the same place" in send(desk, root, f"groups/{inner}/move", to=box).text
    assert send(desk, root, f"groups/{thing}/move", to="").status == 200
    moved = find(desk, thing)
    assert moved is not None
    assert moved.parent_id is None


def test_two_moves_at_once_make_no_circle(desk: Desk) -> None:
    """Whoever moves holds the realm, so the second sees where the first has put it."""
    one, two = plant(desk, "circle-one"), plant(desk, "circle-two")
    browsers = [desk.sign_in(), desk.sign_in()]
    for browser in browsers:
        browser.get(desk.address("groups/new"))

    def move(pair: tuple[Browser, str, str]) -> int:
        browser, group, to = pair
        fields = {"csrf_token": token_of(browser.page), "to": to}
        return browser.post(desk.address(f"groups/{group}/move"), fields).status

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(move, [(browsers[0], one, two), (browsers[1], two, one)]))
    assert sorted(answers) == [200, 422]


def test_members_are_searched_added_and_removed(desk: Desk, root: Browser) -> None:
    group, alice = plant(desk, "choir"), desk.provider.user("alice").id
    page = root.get(desk.address(f"groups/{group}/members"))
    assert "No members" in page.text
    page = root.get(desk.address(f"groups/{group}/members?find=ali"))
    assert "Add alice" in page.text
    page = root.post(desk.address(f"groups/{group}/members"), {"csrf_token": token_of(page), "join": alice})
    assert "Added to the group." in page.text
    assert members(desk, group) == {alice}
    event = desk.events("admin:user:join-group")[-1]
    assert (event.user_id, event.details["after"]) == (alice, {"groups": ["/choir"]})
    assert "/choir" in root.get(desk.address(f"users/{alice}/groups")).text
    assert "is a member" in root.get(desk.address(f"groups/{group}/members?find=ali")).text

    send(desk, root, f"users/{alice}/groups", leave=group)
    assert members(desk, group) == set()
    send(desk, root, f"users/{alice}/groups", leave=group)
    assert len(desk.events("admin:user:leave-group")) == 1


def test_new_people_join_default_groups(desk: Desk, root: Browser) -> None:
    group = plant(desk, "newcomers")
    root.get(desk.address(f"groups/{group}/settings"))
    send(desk, root, f"groups/{group}/default", joins="yes")
    assert "newcomers" in root.get(desk.address("groups?new=yes")).text
    root.get(desk.address("users/new"))
    root.press("Create", username="fresh", way="none")
    assert members(desk, group) == {desk.provider.user("fresh").id}


def test_group_demands_certificates_and_leaves_it_again(desk: Desk, root: Browser) -> None:
    """By a button, which keeps the other attributes; what nobody understands is refused in the form."""
    group = plant(desk, "vault")
    page = root.get(desk.address(f"groups/{group}/settings"))
    root.press("Save Changes", attributes="floor=2")
    page = send(desk, root, f"groups/{group}/certificates", needed="yes")
    assert "Members sign in with a certificate from now on." in page.text
    row = find(desk, group)
    assert row is not None
    assert (row.certificate_required, row.attributes) == (True, {"floor": ["2"], "certificate_policy": ["required"]})
    assert "vault" in root.get(desk.address("certificate-policies")).text
    assert desk.events("admin:group:change")[-1].details["after"] == {
        "attributes": "certificate_policy=required\nfloor=2"
    }
    send(desk, root, f"groups/{group}/certificates", needed="no")
    row = find(desk, group)
    assert row is not None
    assert (row.certificate_required, row.attributes) == (False, {"floor": ["2"]})
    root.get(desk.address(f"groups/{group}/settings"))
    page = root.press("Save Changes", attributes="certificate_policy=sometimes")
    assert page.status == 422


def test_roles_of_a_group_are_those_of_the_groups_above_as_well(desk: Desk, root: Browser) -> None:
    plant(desk, "company", gives="view-events")
    crew = plant(desk, "company/crew")
    with desk.provider.services.database.transaction() as session:
        mine = get_permission(session, get_realm(session, "demo"), "view-mail")
    root.get(desk.address(f"groups/{crew}/roles?find=view-mail"))
    page = send(desk, root, f"groups/{crew}/roles", give=mine)

    assert "by the group /company" in page.text
    assert desk.events("admin:group:give-roles")[-1].details["after"] == {"roles": ["view-mail"]}
    page = send(desk, root, f"groups/{crew}/roles", take=mine)
    assert "view-mail" not in page.text.partition("Give a role")[0]


def test_nobody_gets_more_by_groups_than_they_have(desk: Desk, lena: Browser) -> None:
    """Not by joining, nor by moving under, nor by a group in a group; neither can such a group be taken apart."""
    high, plain = plant(desk, "high", gives="manage-realm"), plant(desk, "plain")
    inside = plant(desk, "high/inside")
    outer = plant(desk, "outer")
    plant(desk, "outer/strong", gives="realm-admin")
    alice, me = desk.provider.user("alice").id, desk.provider.user("lena").id
    with desk.provider.services.database.transaction() as session:
        permission = get_permission(session, get_realm(session, "demo"), "manage-realm")
    assert "permissions that you lack" in lena.get(desk.address(f"groups/{high}/settings", home="demo")).text
    assert "Delete…" not in lena.page.text
    lena.get(desk.address("groups/new", home="demo"))
    for path, fields in (
        (f"users/{me}/groups", {"join": high}),
        (f"users/{alice}/groups", {"join": inside}),
        (f"groups/{high}/members", {"join": me}),
        (f"groups/{inside}/members", {"join": me}),
        (f"groups/{plain}/roles", {"give": permission}),
        (f"groups/{high}/roles", {"take": permission}),
        (f"groups/{plain}/move", {"to": high}),
        (f"groups/{inside}/move", {"to": ""}),
        (f"groups/{outer}/move", {"to": plain}),
        (f"groups/{high}/settings", {"name": "low"}),
        (f"groups/{outer}/delete", {"confirmation": "outer"}),
        ("groups/new", {"in": inside, "name": "deeper"}),
    ):
        page = send(desk, lena, path, home="demo", **fields)
        assert (path, page.status) == (path, 403)
        assert "This takes more permissions than you have" in page.text

    assert members(desk, high) | members(desk, inside) == set()
    assert find(desk, outer) is not None
    page = send(desk, lena, f"groups/{plain}/default", home="demo", joins="yes")
    assert "<code>manage-realm</code>" in page.html


def test_who_has_more_neither_joins_nor_leaves_by_lesser_ones(desk: Desk, lena: Browser) -> None:
    group = plant(desk, "club")
    desk.hire("chief", home="demo", roles=["realm-admin"])
    chief = desk.provider.user("chief").id
    with desk.provider.services.database.transaction() as session:
        join_group(session, chief, group)
    lena.get(desk.address("groups/new", home="demo"))

    assert send(desk, lena, f"groups/{group}/members", home="demo", leave=chief).status == 403
    assert send(desk, lena, f"users/{chief}/groups", home="demo", leave=group).status == 403
    assert members(desk, group) == {chief}


def test_ids_of_other_realms_lead_nowhere(desk: Desk, root: Browser) -> None:
    foreign, mine = plant(desk, "abroad", realm="master"), plant(desk, "at-home")
    alice, stranger = desk.provider.user("alice").id, desk.provider.user("root").id
    root.get(desk.address("groups/new"))
    for path, fields in (
        ("groups/new", {"in": foreign, "name": "x"}),
        (f"groups/{foreign}/settings", {"name": "x"}),
        (f"groups/{foreign}/delete", {"confirmation": "abroad"}),
        (f"groups/{foreign}/default", {"joins": "yes"}),
        (f"groups/{mine}/move", {"to": foreign}),
        (f"groups/{mine}/members", {"join": stranger}),
        (f"groups/{mine}/members", {}),
        (f"users/{alice}/groups", {"join": foreign}),
        (f"users/{stranger}/groups", {"join": mine}),
    ):
        assert send(desk, root, path, **fields).status == 404, path
    for path in (f"groups/{foreign}", f"groups/{mine}/move?to={foreign}", f"groups/new?in={foreign}"):
        assert root.get(desk.address(path)).status == 404, path
