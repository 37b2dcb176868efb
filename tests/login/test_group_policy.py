"""Groups whose members need a certificate, in a realm that leaves it to people."""

from typing import Any

import pytest

from idp.errors import InvalidInput
from idp.models import CERTIFICATE_POLICY, Group, Realm
from idp.users.groups import change_group, create_group, delete_group, join_group, leave_group
from tests.provider import CALLBACK, Browser, Provider, enable_two_factor, open_dashboard, sign_in

DEMANDING = {"attributes": {CERTIFICATE_POLICY: ["required"]}}


def add_group(provider: Provider, *members: str, **columns: Any) -> str:
    """Make the group *staff*, and in it *admins* with those members; return the id of *staff*."""
    people = [provider.user(name).id for name in members]
    with provider.services.database.transaction() as session:
        realm = session.query(Realm).filter_by(name="demo").one()
        staff = create_group(session, realm.id, None, {"name": "staff", **columns})
        admins = create_group(session, realm.id, staff, {"name": "admins"})
        for user_id in people:
            join_group(session, user_id, admins.id)
        provider.services.realms.clear()
        return staff.id


def change(provider: Provider, group_id: str, **columns: Any) -> None:
    with provider.services.database.transaction() as session:
        change_group(session, session.get_one(Group, group_id), columns)
    provider.services.realms.clear()


@pytest.mark.every_database
def test_members_need_a_certificate_and_others_do_not(provider: Provider) -> None:
    """Also those of a group that stands in it."""
    add_group(provider, "alice", **DEMANDING)

    assert sign_in(provider.browser(), "bob", "bob-test-password").url.startswith(CALLBACK)
    page = sign_in(provider.browser())
    assert page.title == "You need a certificate"
    assert "demo asks for a certificate as well as a password" in page.text


def test_what_a_group_demands_can_be_taken_back(provider: Provider) -> None:
    """By its attribute, by leaving it, and by its end."""
    staff = add_group(provider, "alice", **DEMANDING)
    change(provider, staff, attributes={"colour": ["red"]})
    assert sign_in(provider.browser()).url.startswith(CALLBACK)
    change(provider, staff, attributes={CERTIFICATE_POLICY: ["required"]})
    assert not sign_in(provider.browser()).url.startswith(CALLBACK)
    with provider.services.database.transaction() as session:
        admins = session.query(Group).filter_by(name="admins").one()
        leave_group(session, provider.user().id, admins.id)
    assert sign_in(provider.browser()).url.startswith(CALLBACK)
    with provider.services.database.transaction() as session:
        join_group(session, provider.user().id, admins.id)
        delete_group(session, session.get_one(Group, staff))
    assert sign_in(provider.browser()).url.startswith(CALLBACK)


def test_session_of_before_is_asked_for_a_certificate(provider: Provider, browser: Browser) -> None:
    assert sign_in(browser).url.startswith(CALLBACK)
    add_group(provider, "alice", **DEMANDING)
    assert browser.get(provider.authorization_url()).title == "You need a certificate"
    assert browser.get("/realms/demo/account/").title == "You need a certificate"


def test_two_factor_login_stays_on(provider: Provider, browser: Browser) -> None:
    """Neither the dashboard nor a mail's link switches off what the group demands."""
    open_dashboard(browser)
    enable_two_factor(browser)
    add_group(provider, "alice", **DEMANDING)
    assert browser.get("/realms/demo/account/two-factor/disable").url.endswith("/account/two-factor")
    assert "disabled" in browser.page.html
    stranger = provider.browser()
    sign_in(stranger)
    stranger.press("Continue with certificate")
    assert "disable-two-factor" not in provider.mails("login_failed")[-1]


def test_realm_that_asks_nobody_asks_members_neither(provider: Provider) -> None:
    add_group(provider, "alice", **DEMANDING)
    provider.set_realm(certificate_policy="off")

    assert sign_in(provider.browser()).url.startswith(CALLBACK)


@pytest.mark.parametrize("value", [["Required"], ["required", "required"], [], ["off"], ["yes"]])
def test_policy_that_nobody_understands_is_refused(provider: Provider, value: list[str]) -> None:
    with pytest.raises(InvalidInput):
        add_group(provider, attributes={CERTIFICATE_POLICY: value})
