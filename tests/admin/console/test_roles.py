"""Roles in the console: made, composed, given and deleted, by nobody who would give or take more than they have."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from idp.models import Client, Role
from idp.realms.realms import get_realm
from idp.users.groups import create_group, join_group
from idp.users.management_roles import find_realm_role, get_permission
from idp.users.role_changes import create_role
from idp.users.role_mappings import parts_of_role, roles_of_group, roles_of_user
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser, Page


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


@pytest.fixture(scope="module")
def lena(desk: Desk) -> Browser:
    """May change realm, people and applications, and nothing beyond that."""
    desk.hire("lena", home="demo", roles=["manage-realm", "manage-users", "manage-clients"])
    return desk.sign_in("lena", home="demo")


def plant(desk: Desk, *names: str, realm: str = "demo", client: str = "") -> list[str]:
    """Make roles of the realm, or of a client of it, and return their ids."""
    with desk.provider.services.database.transaction() as session:
        row = get_realm(session, realm)
        of = session.scalars(select(Client).where(Client.client_id == client, Client.realm_id == row.id)).one_or_none()
        return [create_role(session, row, of, {"name": name}).id for name in names]


def permission(desk: Desk, name: str, realm: str = "demo") -> str:
    with desk.provider.services.database.transaction() as session:
        return get_permission(session, get_realm(session, realm), name)


def role(desk: Desk, role_id: str) -> Role | None:
    with desk.provider.services.database.transaction() as session:
        row = session.get(Role, role_id)
        session.expunge_all()
        return row


def parts(desk: Desk, role_id: str) -> set[str]:
    with desk.provider.services.database.transaction() as session:
        return set(session.scalars(parts_of_role(role_id).ids()))


def given(desk: Desk, username: str) -> set[str]:
    user = desk.provider.user(username)
    with desk.provider.services.database.transaction() as session:
        return set(session.scalars(roles_of_user(user.id).ids()))


def compose(desk: Desk, role_id: str, part_ids: Sequence[str]) -> None:
    with desk.provider.services.database.transaction() as session:
        parts_of_role(role_id).add(session, part_ids)


def send(desk: Desk, browser: Browser, path: str, *, home: str = "master", **fields: str) -> Page:
    """Send a form as somebody would who has no page with its button; the token is that of the page before."""
    return browser.post(desk.address(path, home=home), {"csrf_token": token_of(browser.page), **fields})


def test_role_is_made_changed_and_deleted(desk: Desk, root: Browser) -> None:
    root.get(desk.address("roles/new"))
    page = root.press("Create", name="billing", description="Reads bills", attributes="team=a\nteam=b")
    role_id = page.url.partition("/roles/")[2].partition("?")[0]
    made = role(desk, role_id)
    assert made is not None
    assert (made.name, made.client_id, made.attributes) == ("billing", None, {"team": ["a", "b"]})

    page = root.press("Save Changes", description="Reads all bills", attributes="team=c")
    assert "Saved." in page.text
    event = desk.events("admin:role:change")[-1]
    assert event.details["before"]["description"] == "Reads bills"
    assert event.details["after"] == {"description": "Reads all bills", "attributes": "team=c"}

    root.follow("Delete…")
    assert root.press("Delete", confirmation="Billing").status == 422
    assert root.press("Delete", confirmation="billing").title == "Roles"
    assert role(desk, role_id) is None
    assert desk.events("admin:role:delete")[-1].details["before"]["name"] == "billing"


def test_what_cannot_be_is_said_beside_the_field(desk: Desk, root: Browser) -> None:
    plant(desk, "taken")
    root.get(desk.address("roles/new"))
    assert "one of that name already" in root.press("Create", name="taken").text
    assert "visible characters" in root.press("Create", name="x" * 10_000).text
    page = root.press("Create", name="fine", attributes="no value")
    assert page.status == 422
    assert "for each value" in page.text
    assert "<script>" not in root.press("Create", name="<script>", attributes="x").html.partition("<main")[2]


def test_two_administrators_do_not_overwrite_each_other(desk: Desk, root: Browser) -> None:
    """Other fields of the same role are left as the other has saved them."""
    (role_id,) = plant(desk, "contended")
    other = desk.contend(root, f"roles/{role_id}", "description")
    assert other.page.status == 409
    assert "set this to “mine”" in other.page.text
    assert other.press("Save Changes").status == 200

    saved = role(desk, role_id)
    assert saved is not None
    assert saved.description == "theirs"
    root.get(desk.address(f"roles/{role_id}"))
    other.get(desk.address(f"roles/{role_id}"))
    other.press("Save Changes", attributes="a=b")
    root.press("Save Changes", description="again")
    saved = role(desk, role_id)
    assert saved is not None
    assert (saved.description, saved.attributes) == ("again", {"a": ["b"]})


def test_list_pages_by_key_and_finds_parts(desk: Desk, root: Browser) -> None:
    plant(desk, *(f"many-{number:03}" for number in range(60)))
    first = root.get(desk.address("roles?search=MANY-"))
    assert "many-049" in first.html
    assert "many-050" not in first.html
    second = root.follow("Next page")
    assert "many-050" in second.html
    assert ">many-049<" not in second.html
    assert "No role is called that" in root.get(desk.address("roles?search=%25")).text
    assert root.get(desk.address("roles?after=" + "x" * 10_000)).status == 200


def test_role_is_composed_of_roles_of_realm_and_applications(desk: Desk, root: Browser) -> None:
    whole, part = plant(desk, "whole", "part-of-realm")
    (of_app,) = plant(desk, "part-of-app", client="app")
    root.get(desk.address(f"roles/{whole}/parts?find=part-of"))
    send(desk, root, f"roles/{whole}/parts", add=part)
    page = send(desk, root, f"roles/{whole}/parts", add=of_app)
    assert "part-of-app" in page.text
    assert parts(desk, whole) == {part, of_app}
    assert desk.events("admin:role:add-composites")[-1].details["after"] == {"composites": ["part-of-app"]}

    assert "cannot be a part of itself" in send(desk, root, f"roles/{whole}/parts", add=whole).text
    send(desk, root, f"roles/{whole}/parts", remove=part)
    assert parts(desk, whole) == {of_app}


def test_roles_of_an_application_are_on_its_pages_alone(desk: Desk, root: Browser) -> None:
    """The address of a role says where it stands; through another place it is not found."""
    (of_app,) = plant(desk, "on-app", client="app")
    (of_realm,) = plant(desk, "on-realm")
    app = desk.address("clients/{a_client}/roles")
    assert "on-app" in root.get(f"{app}?search=on-").html
    assert "on-realm" not in root.page.html
    assert root.get(f"{app}/{of_app}").title == "on-app"
    assert root.get(f"{app}/{of_realm}").status == 404
    assert root.get(desk.address(f"roles/{of_app}")).status == 404


def test_default_roles_are_what_new_people_get(desk: Desk, root: Browser) -> None:
    (welcome,) = plant(desk, "welcome")
    root.get(desk.address("roles"))
    page = root.follow("What new people get")
    assert page.title == "default-roles-demo"
    default = page.url.partition("/roles/")[2].partition("/")[0]
    send(desk, root, f"roles/{default}/parts", add=welcome)
    root.get(desk.address("users/new"))
    root.press("Create", username="newcomer", way="none")
    page = root.get(desk.address(f"users/{desk.provider.user('newcomer').id}/roles"))
    assert "welcome" in page.text
    assert "part of default-roles-demo" in page.text

    assert root.get(desk.address(f"roles/{default}/delete")).status == 403
    assert send(desk, root, f"roles/{default}/delete", confirmation="default-roles-demo").status == 403
    assert send(desk, root, f"roles/{default}", name="other").status == 422
    assert role(desk, default) is not None


def test_person_is_given_a_role_and_sees_where_each_is_from(desk: Desk, root: Browser) -> None:
    own, by_group, inside = plant(desk, "own-role", "group-role", "inside-role")
    compose(desk, own, [inside])
    alice = desk.provider.user("alice").id
    with desk.provider.services.database.transaction() as session:
        realm_id = get_realm(session, "demo").id
        outer = create_group(session, realm_id, None, {"name": "outer"})
        inner = create_group(session, realm_id, outer, {"name": "inner"})
        roles_of_group(outer.id).add(session, [by_group])
        join_group(session, alice, inner.id)
    root.get(desk.address(f"users/{alice}/roles?find=own-role"))
    assert "Give own-role" in root.page.text
    page = send(desk, root, f"users/{alice}/roles", give=own)

    assert "The role is given." in page.text
    assert own in given(desk, "alice")
    assert "by the group /outer" in page.text
    assert "part of own-role" in page.text
    event = desk.events("admin:user:give-roles")[-1]
    assert (event.user_id, event.details["after"]) == (alice, {"roles": ["own-role"]})
    assert event.details["resource"] == f"users/{alice}/role-mappings/realm"
    holders = root.get(desk.address(f"roles/{own}/holders")).text
    assert "alice" in holders
    assert "/outer" in root.get(desk.address(f"roles/{by_group}/holders")).text

    root.get(desk.address(f"users/{alice}/roles"))
    assert "Take away own-role" in root.page.text
    send(desk, root, f"users/{alice}/roles", take=own)
    assert own not in given(desk, "alice")


def test_holders_are_told_to_who_may_see_people(desk: Desk) -> None:
    (role_id,) = plant(desk, "held")
    desk.hire("rolf", home="demo", roles=["view-realm"])
    browser = desk.sign_in("rolf", home="demo")

    assert browser.get(desk.address(f"roles/{role_id}", home="demo")).status == 200
    assert "Who has it" not in browser.page.text
    page = browser.get(desk.address(f"roles/{role_id}/holders", home="demo"))
    assert page.status == 403
    assert "<code>view-users</code>" in page.html


def test_holders_page_by_key(desk: Desk, root: Browser) -> None:
    (role_id,) = plant(desk, "popular")
    with desk.provider.services.database.transaction() as session:
        realm_id = get_realm(session, "demo").id
        for number in range(51):
            roles_of_group(create_group(session, realm_id, None, {"name": f"fan-{number:02}"}).id).add(
                session, [role_id]
            )
    page = root.get(desk.address(f"roles/{role_id}/holders"))

    assert "/fan-49" in page.html
    assert "/fan-50" not in page.html
    assert "/fan-50" in root.follow("Next page").html


@pytest.mark.parametrize("name", ["realm-admin", "manage-certificates"])
def test_nobody_gives_or_takes_more_than_they_have(desk: Desk, lena: Browser, name: str) -> None:
    """Neither as it is nor inside another role; and a role that has it inside is not touched by lesser ones."""
    beyond, alice = permission(desk, name), desk.provider.user("alice").id
    wrapped, plain = plant(desk, f"wrap-{name}", f"plain-{name}")
    compose(desk, wrapped, [beyond])
    lena.get(desk.address(f"users/{alice}/roles?find={name}", home="demo"))
    assert "more than you have" in lena.page.text
    for path, fields in (
        (f"users/{alice}/roles", {"give": beyond}),
        (f"users/{alice}/roles", {"give": wrapped}),
        (f"roles/{plain}/parts", {"add": beyond}),
        (f"roles/{plain}/parts", {"add": wrapped}),
        (f"roles/{wrapped}/parts", {"add": plain}),
        (f"roles/{wrapped}/parts", {"remove": beyond}),
        (f"roles/{wrapped}", {"name": "renamed"}),
        (f"roles/{wrapped}/delete", {"confirmation": f"wrap-{name}"}),
    ):
        page = send(desk, lena, path, home="demo", **fields)
        assert (path, page.status) == (path, 403)
        assert "This takes more permissions than you have" in page.text
        lena.get(desk.address("roles", home="demo"))
        lena.get(desk.address("roles/new", home="demo"))

    assert not {beyond, wrapped} & given(desk, "alice")
    assert parts(desk, plain) == set()
    assert parts(desk, wrapped) == {beyond}
    assert role(desk, wrapped) is not None


def test_who_has_more_is_not_given_or_deprived_of_anything(desk: Desk, root: Browser, lena: Browser) -> None:
    (role_id,) = plant(desk, "harmless")
    desk.hire("chief", home="demo", roles=["realm-admin"])
    chief = desk.provider.user("chief").id
    lena.get(desk.address(f"users/{chief}/roles", home="demo"))
    assert "permissions that you lack" in lena.page.text
    assert "Take away" not in lena.page.text
    lena.get(desk.address("roles/new", home="demo"))
    assert send(desk, lena, f"users/{chief}/roles", home="demo", give=role_id).status == 403
    assert role_id not in given(desk, "chief")
    root.get(desk.address(f"users/{chief}/roles"))
    assert "Take away realm-management realm-admin" in root.page.text
    realm_admin = permission(desk, "realm-admin")
    send(desk, root, f"users/{chief}/roles", take=realm_admin)
    assert realm_admin not in given(desk, "chief")


def test_roles_that_administer_stay_as_they_are(desk: Desk, root: Browser) -> None:
    """Not even for who may do everything: permissions are made of them."""
    realm_admin = permission(desk, "realm-admin")
    with desk.provider.services.database.transaction() as session:
        row = session.get_one(Role, realm_admin)
        path = f"clients/{row.client_id}/roles"
        admin = find_realm_role(session, get_realm(session, "master").id, "admin")
    root.get(desk.address("roles/new"))
    assert send(desk, root, f"{path}/{realm_admin}", name="nothing").status == 403
    assert send(desk, root, f"{path}/{realm_admin}/delete", confirmation="realm-admin").status == 403
    assert send(desk, root, f"{path}/new", name="another").status == 422
    assert "New role" not in root.get(desk.address(path)).text
    root.get(desk.address("roles/new", managed="master"))
    token = token_of(root.page)
    page = root.post(desk.address(f"roles/{admin}", managed="master"), {"csrf_token": token, "name": "x"})
    assert page.status == 403


def test_ids_of_other_realms_lead_nowhere(desk: Desk, root: Browser) -> None:
    (foreign,) = plant(desk, "foreign", realm="master")
    (mine,) = plant(desk, "native")
    alice, stranger = desk.provider.user("alice").id, desk.provider.user("root").id
    root.get(desk.address("roles/new"))
    for path, fields in (
        (f"roles/{foreign}", {"name": "x"}),
        (f"roles/{foreign}/delete", {"confirmation": "foreign"}),
        (f"roles/{mine}/parts", {"add": foreign}),
        (f"users/{alice}/roles", {"give": foreign}),
        (f"users/{stranger}/roles", {"give": mine}),
        (f"users/{alice}/roles", {}),
    ):
        assert send(desk, root, path, **fields).status == 404, path
        root.get(desk.address("roles/new"))
    for path in (f"roles/{foreign}", f"roles/{foreign}/holders", f"users/{stranger}/roles"):
        assert root.get(desk.address(path)).status == 404, path


def test_client_for_administrators_of_master_takes_more_than_realm_admin(desk: Desk) -> None:
    """As with the REST API: `realm-admin` over master is less than what its people may have."""
    desk.hire("maya", home="master", roles=["realm-admin"])
    with desk.provider.services.database.transaction() as session:
        realm_id = get_realm(session, "master").id
        row = session.scalars(select(Client).where(Client.realm_id == realm_id)).first()
        assert row is not None
        app = Client(realm_id=realm_id, client_id="tool", admin_api=True, created_at=row.created_at)
        session.add(app)
        session.flush()
        path = f"clients/{app.id}/delete"
    page = desk.sign_in("maya").get(desk.address(path, managed="master"))

    assert (page.status, "administer more than you" in page.text) == (403, True)
