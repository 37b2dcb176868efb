"""Nobody gets further by the console than by the REST API: a review's findings, each as it was gone about."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from idp.admin.console.export import guard_cell
from idp.models import MEMBER_OF_GROUP, ROLE_OF_GROUP, CertificateAuthority, Group, User
from idp.realms.realms import get_realm
from idp.users.management_roles import get_permission
from tests.admin.console.people import Desk, token_of
from tests.admin.console.test_invitations import HEADINGS, people, upload
from tests.provider import PUBLIC, Browser

NEWCOMER = {"email": "newcomer@evil.example", "username": "newcomer", "way": "none"}


@pytest.fixture(scope="module")
def clerk(desk: Desk) -> Browser:
    """Somebody who may manage people of demo, and nothing else."""
    desk.hire("cleo", home="demo", roles=["manage-users"])
    return desk.sign_in("cleo", home="demo")


@contextmanager
def strong_newcomers(desk: Desk) -> Iterator[None]:
    """Let everybody who is made join a group that may administer the realm."""
    with desk.provider.services.database.transaction() as session:
        realm = get_realm(session, "demo")
        group = Group(realm_id=realm.id, name="staff", joined_by_new=True)
        session.add(group)
        session.flush()
        role_id = get_permission(session, realm, "realm-admin")
        session.execute(insert(ROLE_OF_GROUP).values(group_id=group.id, role_id=role_id))
    yield
    with desk.provider.services.database.transaction() as session:
        session.execute(delete(MEMBER_OF_GROUP))
        session.execute(delete(ROLE_OF_GROUP))
        session.execute(delete(Group))


def test_nobody_makes_people_who_may_do_more(desk: Desk, clerk: Browser) -> None:
    """Neither by the form nor by the file, whose invitations would go wherever the clerk wants."""
    with strong_newcomers(desk):
        token = token_of(clerk.get(desk.address("users/new", home="demo")))
        page = clerk.post(desk.address("users/new", home="demo"), {"csrf_token": token, **NEWCOMER})
        assert page.status == 422
        assert "permissions that you lack" in page.text
        root = desk.sign_in()
        made = root.post(
            desk.address("users/new"), {"csrf_token": token_of(root.get(desk.address("users/new")))} | NEWCOMER
        )
        assert made.status == 200
        with desk.provider.services.database.transaction() as session:
            session.execute(delete(MEMBER_OF_GROUP))
            session.execute(delete(User).where(User.username == "newcomer"))
        address = desk.address("users/import", home="demo")
        token = token_of(clerk.get(address))
        answer = clerk.client.post(
            PUBLIC + address,
            data={"csrf_token": token, "way": "invite"},
            files={"file": ("people.csv", (HEADINGS + "newcomer@evil.example,,,\n").encode(), "text/csv")},
        )
        clerk.get(answer.headers["location"])
        page = clerk.press("Create and invite")

    assert "was not made: new people get permissions that you lack" in page.text
    assert people(desk, "newcomer") == []
    assert not [mail for mail in desk.provider.mails("invitation") if "newcomer" in mail]


def test_certificates_of_people_take_the_roles_of_certificates(desk: Desk, clerk: Browser) -> None:
    user_id, certificate_id = desk.plant_certificate()
    page = clerk.get(desk.address(f"users/{user_id}", home="demo"))
    path = f"users/{user_id}/certificates/{certificate_id}"

    assert "Temporary password" in page.text
    assert "planted" not in page.text
    for end in ("revoke", "remind"):
        refused = clerk.post(desk.address(f"{path}/{end}", home="demo"), {"csrf_token": token_of(page)})
        assert refused.status == 403
        assert "<code>manage-certificates</code>" in refused.html
    assert "planted" in desk.sign_in().get(desk.address(f"users/{user_id}")).text


def test_authorities_take_the_role_that_the_api_asks_for(desk: Desk) -> None:
    desk.hire("remy", home="demo", roles=["manage-realm", "view-certificates"])
    remy = desk.sign_in("remy", home="demo")
    token = token_of(remy.get(desk.address("settings/general", home="demo")))
    with desk.provider.services.database.transaction() as session:
        authority = CertificateAuthority.realm_id == desk.realm().id, CertificateAuthority.kind == "issuing"
        authority_id = session.scalars(select(CertificateAuthority.id).where(*authority)).first()
    for path in ("roll-over", "request", "profile", f"{authority_id}/retire", f"{authority_id}/revoke"):
        fields = {"csrf_token": token, "confirmation": "demo", "reason": "unspecified", "do": "make"}
        refused = remy.post(desk.address(f"authorities/{path}", home="demo"), fields)
        assert refused.status == 403, path
        assert "<code>manage-certificates</code>" in refused.html


def test_what_gives_realm_or_account_away_takes_a_recent_sign_in(desk: Desk) -> None:
    """An unlocked console that is found switches off no protection, and leads nobody's mail elsewhere."""
    desk.change_realm(console_certificate_required=False)
    alice, _ = desk.plant_certificate()
    before = desk.provider.user("alice").email
    browser = desk.sign_in()
    token = token_of(browser.get(desk.address("settings/general")))
    desk.provider.clock.advance(timedelta(minutes=16))
    for path, fields in (
        ("settings/general", {"display_name": "Taken"}),
        (f"users/{alice}/details", {"email": "evil@example.org"}),
        (desk.address("clients/{a_client}/mappers/edit").partition("/console/demo/")[2], {"kind": "x", "name": "x"}),
    ):
        page = browser.post(desk.address(path), {"csrf_token": token, **fields})
        assert page.title.startswith("Sign in to"), path

    assert desk.realm().display_name != "Taken"
    assert desk.provider.user("alice").email == before


def test_realm_of_administrators_stays_on(desk: Desk) -> None:
    root = desk.sign_in()
    page = root.get(desk.address("settings/enabled", managed="master"))
    fields = {"csrf_token": token_of(page) or token_of(root.get(desk.address("settings/general"))), "enabled": "no"}
    refused = root.post(desk.address("settings/enabled", managed="master"), fields | {"confirmation": "master"})

    assert refused.status == 409
    assert desk.realm("master").enabled


def test_switching_off_twice_is_switching_off(desk: Desk) -> None:
    """Two administrators press the same button; the second does not switch on what the first has switched off."""
    root = desk.sign_in()
    token = token_of(root.get(desk.address("settings/enabled")))
    fields = {"csrf_token": token, "confirmation": "demo", "enabled": "no"}
    for _ in range(2):
        root.post(desk.address("settings/enabled"), fields)
        assert not desk.realm().enabled
    root.post(desk.address("settings/enabled"), fields | {"enabled": "yes"})
    assert desk.realm().enabled
    desk.provider.services.realms.clear()


def test_batch_of_which_somebody_was_deleted_is_not_made_again(desk: Desk) -> None:
    root = desk.sign_in()
    job = upload(desk, root, (HEADINGS + "a@gone.example,,,\nb@gone.example,,,\n").encode(), "none").url
    root.press("Create without a mail")
    with desk.provider.services.database.transaction() as session:
        session.execute(delete(User).where(User.username == "a@gone.example"))
    page = root.get(job)
    root.post(job, {"csrf_token": token_of(root.get(desk.address("users/import")))})

    assert "2 people were made." in page.text
    assert people(desk, "@gone.example") == ["b@gone.example"]


@pytest.mark.parametrize("first", ["\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_every_beginning_of_a_formula_is_guarded(first: str) -> None:
    assert guard_cell(f"{first}1") == f"'{first}1"
