"""People in the console: found, looked at, changed, and never by somebody who may do less than they."""

from datetime import timedelta
from typing import Any

import pytest

from idp.admin.console.people.attributes import read_attributes, write_attributes
from idp.models import User
from tests.admin.console.people import HOSTILE_CELL, Desk, token_of
from tests.provider import Browser, open_dashboard

LONG = "x" * 10_000


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


def make(desk: Desk, name: str, **values: Any) -> str:
    """Make somebody of demo, without a password, and return the id."""
    services, now = desk.provider.services, desk.provider.clock.now()
    with services.database.transaction() as session:
        user = User(
            realm_id=desk.realm().id, username=name, email=f"{name}@example.org", created_at=now, updated_at=now
        )
        for key, value in values.items():
            setattr(user, key, value)
        session.add(user)
        session.flush()
        return user.id


def listed(desk: Desk, root: Browser, query: str) -> list[str]:
    """Return the usernames that a search shows."""
    html = root.get(desk.address(f"users?{query}")).html
    return [
        part.partition('"')[0]
        for part in html.split('name="user" value="')[1:]
        for part in [part.partition('aria-label="')[2]]
    ]


def test_people_are_found_and_filtered(desk: Desk, root: Browser) -> None:
    now = desk.provider.clock.now()
    make(desk, "fa", family_name="Findling", enabled=False)
    make(desk, "fb", family_name="Findling", two_factor_enabled_at=now)
    make(desk, "fc", family_name="Findling")
    desk.plant_certificate("fb", days=200)
    desk.plant_certificate("fc", days=10)

    assert listed(desk, root, "search=find") == ["fa", "fb", "fc"]
    assert listed(desk, root, "search=fb@example.org") == ["fb"]
    assert listed(desk, root, "search=*dling&enabled=no") == ["fa"]
    assert listed(desk, root, "search=find&two_factor=yes") == ["fb"]
    assert listed(desk, root, "search=find&two_factor=no") == ["fa", "fc"]
    assert listed(desk, root, "search=find&certificate=none") == ["fa"]
    assert listed(desk, root, "search=find&certificate=some") == ["fb", "fc"]
    assert listed(desk, root, "search=find&certificate=expiring") == ["fc"]
    assert listed(desk, root, "search=%25") == []
    assert root.get(desk.address(f"users?search={LONG}&after={LONG}&enabled={LONG}")).status == 200


def test_pages_follow_one_another_by_username(desk: Desk, root: Browser) -> None:
    for number in range(51):
        make(desk, f"page-{number:02}")
    first = listed(desk, root, "search=page-")
    root.follow("Next page")
    html = root.page.html

    assert (len(first), first[0], first[-1]) == (50, "page-00", "page-49")
    assert html.count('name="user"') == 1
    assert 'aria-label="page-50"' in html
    assert "First page" in html


def test_details_are_saved_with_before_and_after(desk: Desk, root: Browser) -> None:
    user_id = make(desk, "dora")
    root.get(desk.address(f"users/{user_id}/details"))
    page = root.press("Save Changes", given_name="Dora", attributes="team=red\r\nteam=a\\nb", change_due="yes")
    event, user = desk.events("admin:user:change")[-1], desk.provider.user("dora")

    assert "Saved." in page.text
    assert (user.given_name, user.attributes) == ("Dora", {"team": ["red", "a\nb"]})
    assert user.required_actions == ["UPDATE_PASSWORD"]
    assert event.details["before"] == {"given_name": "", "attributes": "", "change_due": "no"}
    assert event.user_id == user_id


def test_older_form_overwrites_nothing(desk: Desk, root: Browser) -> None:
    user_id = make(desk, "otto")
    root.get(desk.address(f"users/{user_id}/details"))
    with desk.provider.services.database.transaction() as session:
        session.get_one(User, user_id).given_name = "Meanwhile"
        session.get_one(User, user_id).family_name = "Kept"
    page = root.press("Save Changes", given_name="Mine")

    assert page.status == 409
    assert "Meanwhile somebody else has set this to “Meanwhile”" in page.text
    assert root.press("Save Changes", given_name="Mine").status == 200
    assert (desk.provider.user("otto").given_name, desk.provider.user("otto").family_name) == ("Mine", "Kept")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", LONG),
        ("username", "alice"),
        ("email", "alice@example.org"),
        ("email", "no address"),
        ("given_name", LONG),
        ("family_name", "a\u202eb"),
        ("locale", "<b>"),
        ("attributes", "no pair"),
        ("attributes", f"{LONG}=x"),
    ],
)
def test_impossible_details_are_refused(desk: Desk, root: Browser, field: str, value: str) -> None:
    user_id = make(desk, f"imp-{abs(hash((field, value)))}")
    root.get(desk.address(f"users/{user_id}/details"))
    page = root.press("Save Changes", **{field: value})

    assert page.status == 422
    assert 'aria-invalid="true"' in page.html


def test_attributes_go_there_and_back() -> None:
    attributes = {"a=b": ["1", "x=y"], "back\\slash": ["\\n", "line\nbreak"], "c": [""]}

    assert read_attributes(write_attributes(attributes)) == attributes


def test_many_are_disabled_after_a_look_at_who_they_are(desk: Desk, root: Browser) -> None:
    ids = [make(desk, "bulk-1"), make(desk, "bulk-2", enabled=False)]
    elsewhere = desk.provider.user("root").id  # of master
    page = root.get(desk.address("users?search=bulk-"))
    token = token_of(page)
    fields = {"csrf_token": token, "action": "disable"}
    page = root.post(desk.address("users"), {**fields, "user": [*ids, elsewhere, "x"]})  # type: ignore[dict-item]
    assert "For 2 people: They cannot sign in any more" in page.text
    page = root.post(desk.address("users/bulk"), {**fields, "user": [*ids, elsewhere, "x"]})  # type: ignore[dict-item]

    assert "Done for 1 of 2." in page.text
    assert "was so already" in page.text
    assert not desk.provider.user("bulk-1").enabled
    assert desk.provider.user("root").enabled
    assert desk.events("admin:user:change")[-1].details["after"] == {"enabled": False}
    for action, chosen in (("disable", []), ("nonsense", ids)):
        answer = root.post(desk.address("users/bulk"), {**fields, "action": action, "user": chosen})  # type: ignore[dict-item]
        assert "Nothing was done" in answer.text


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("invite", "done"),
        ("invite_certificate", "done"),
        ("require_password", "done"),
        ("verify_email", "done"),
        ("sign_out", "done"),
        ("enable", "was so already"),
    ],
)
def test_each_thing_is_done_to_many(desk: Desk, root: Browser, action: str, outcome: str) -> None:
    user_id = make(desk, f"each-{action.replace('_', '-')}")
    token = token_of(root.get(desk.address("users")))
    page = root.post(desk.address("users/bulk"), {"csrf_token": token, "action": action, "user": user_id})

    assert outcome in page.text


def test_lesser_administrator_takes_nobody_over(desk: Desk) -> None:
    """Manage-users alone changes no realm-admin: neither by a form nor among many."""
    desk.hire("boss", home="demo", roles=["realm-admin"])
    desk.hire("clerk", home="demo", roles=["manage-users"])
    browser = desk.sign_in("clerk", home="demo")
    boss = desk.provider.user("boss")
    page = browser.get(desk.address(f"users/{boss.id}", home="demo"))
    token = token_of(page)
    assert "you may look and change nothing" in page.text
    for path in ("details", "password", "two-factor", "delete", "sessions", "unlock", "mails"):
        fields = {"csrf_token": token, "email": "evil@example.org", "password": "long-enough-password", "reason": "x"}
        fields |= {"confirmation": "boss", "mail": "password", "all": "yes"}
        refused = browser.post(desk.address(f"users/{boss.id}/{path}", home="demo"), fields)
        assert refused.status == 403, path
    fields = {"csrf_token": token, "action": "disable", "user": boss.id}
    page = browser.post(desk.address("users/bulk", home="demo"), fields)
    after = desk.provider.user("boss")

    assert "has permissions that you lack" in page.text
    assert (after.enabled, after.email, after.password_hash) == (True, boss.email, boss.password_hash)


def test_people_of_another_realm_and_services_are_not_there(desk: Desk, root: Browser) -> None:
    token = token_of(root.get(desk.address("users")))
    for user_id in (desk.provider.user("root").id, "x", LONG):
        assert root.get(desk.address(f"users/{user_id}")).status == 404
        assert root.post(desk.address(f"users/{user_id}/unlock"), {"csrf_token": token}).status == 404
    alice, certificate = desk.plant_certificate()
    other = make(desk, "other-owner")
    assert root.get(desk.address(f"users/{other}/certificates/{certificate}/revoke")).status == 404
    assert root.get(desk.address(f"users/{alice}/certificates/{certificate}/revoke")).status == 200


def test_locked_person_is_unlocked(desk: Desk, root: Browser) -> None:
    user_id = make(desk, "lena")
    services = desk.provider.services
    services.ephemeral.put(
        "locked", user_id, (services.clock.now() + timedelta(minutes=5)).isoformat(), timedelta(minutes=5)
    )
    page = root.get(desk.address(f"users/{user_id}"))
    assert "locked after failures, for 5 more minutes" in page.text
    page = root.press("Unlock")

    assert "Unlocked." in page.text
    assert "locked after" not in page.text
    assert desk.events("admin:user:unlock")[-1].user_id == user_id


def test_two_factor_is_reset_for_a_reason_that_the_person_reads(desk: Desk, root: Browser) -> None:
    user_id = make(desk, "tina", two_factor_enabled_at=desk.provider.clock.now())
    desk.plant_certificate("tina")
    root.get(desk.address(f"users/{user_id}/two-factor"))
    assert root.press("Reset", reason="").status == 422
    assert root.press("Reset", reason=LONG).status == 422
    page = root.press("Reset", reason="Laptop stolen, known by voice")
    event = desk.events("admin:user:reset-two-factor")[-1]

    assert "Two-factor authentication is off" in page.text
    assert desk.provider.user("tina").two_factor_enabled_at is None
    assert (event.user_id, event.details["reason"], event.details["revoked"]) == (
        user_id,
        "Laptop stolen, known by voice",
        1,
    )
    assert "Laptop stolen, known by voice" in desk.provider.mails("two_factor_disabled")[-1]


def test_certificate_is_revoked_and_account_with_certificates_stays(desk: Desk, root: Browser) -> None:
    user_id = make(desk, "rosa")
    _, certificate_id = desk.plant_certificate("rosa")
    token = token_of(root.get(desk.address(f"users/{user_id}")))
    remind = desk.address(f"users/{user_id}/certificates/{certificate_id}/remind")
    assert "The mail is on its way" in root.post(remind, {"csrf_token": token}).text
    assert len(desk.provider.mails("certificate_expiring")) == 1
    root.get(desk.address(f"users/{user_id}/certificates/{certificate_id}/revoke"))
    page = root.press("Revoke", reason="keyCompromise")
    assert "Somebody else may have the key" in page.text
    assert desk.events("certificate:revoke")[-1].details["reason"] == "keyCompromise"
    root.get(desk.address(f"users/{user_id}/delete"))
    assert root.press("Delete", confirmation="ROSA").status == 422
    page = root.press("Delete", confirmation="rosa")

    assert page.status == 409
    assert "certificates that have not expired" in page.text
    assert desk.provider.user("rosa").id == user_id


def test_person_is_deleted_by_typing_the_name(desk: Desk, root: Browser) -> None:
    user_id = make(desk, "dead")
    root.get(desk.address(f"users/{user_id}/delete"))
    page = root.press("Delete", confirmation="dead")

    assert "The account is deleted." in page.text
    assert root.get(desk.address(f"users/{user_id}")).status == 404
    assert desk.events("admin:user:delete")[-1].details["before"]["username"] == "dead"


def test_nobody_removes_oneself(desk: Desk, root: Browser) -> None:
    own = desk.provider.user("root").id
    root.get(desk.address(f"users/{own}/delete", managed="master"))
    assert root.press("Delete", confirmation="root").status == 409
    root.get(desk.address(f"users/{own}/details", managed="master"))
    assert root.press("Save Changes", enabled=None).status == 422
    assert desk.provider.user("root").enabled
    token, two_factor = token_of(root.page), desk.address(f"users/{own}/two-factor", managed="master")
    assert "two-factor authentication of your own" in root.post(two_factor, {"csrf_token": token, "reason": "x"}).text


def test_temporary_password_is_shown_once_and_has_to_be_replaced(desk: Desk, root: Browser) -> None:
    alice = desk.provider.browser()
    open_dashboard(alice)
    user = desk.provider.user()
    root.get(desk.address(f"users/{user.id}/password"))
    assert root.press("Set password", password="short").status == 422
    page = root.press("Set password")
    shown = page.html.partition('<code id="password">')[2].partition("<")[0]

    assert len(shown) >= 19
    assert alice.get("/realms/demo/account/").title.startswith("Sign in")
    assert desk.provider.user().required_actions == ["UPDATE_PASSWORD"]
    desk.provider.services.passwords.verify(shown, desk.provider.user().password_hash)
    assert shown not in str([event.details for event in desk.events("admin:user:set-password")])


def test_person_is_created_and_invited_or_neither(desk: Desk, root: Browser) -> None:
    root.get(desk.address("users/new"))
    page = root.press("Create", email="new@example.org", given_name=HOSTILE_CELL)
    assert "The account is made." in page.text
    assert desk.provider.user("new@example.org").password_hash is None
    assert desk.events("admin:user:invite")[-1].details["by"] == "root"
    for fields in (
        {"email": "new@example.org"},
        {"email": ""},
        {"email": LONG},
        {"email": "b@example.org", "way": "x"},
    ):
        root.get(desk.address("users/new"))
        assert root.press("Create", **fields).status == 422
    desk.change_realm(certificate_policy="off")
    root.get(desk.address("users/new"))
    assert root.press("Create", email="c@example.org", way="certificate").status == 422
    desk.change_realm(certificate_policy="optional")
    root.get(desk.address("users/new"))
    page = root.press("Create", username="quiet", way="none")

    assert page.status == 200
    assert desk.provider.user("quiet").email is None


def test_mail_is_sent_or_it_is_said_why_not(desk: Desk, root: Browser) -> None:
    user_id = make(desk, "mona")
    root.get(desk.address(f"users/{user_id}"))
    for mail in ("password", "verify_email", "invitation", "invitation_certificate"):
        assert "The mail is on its way." in root.press("Send", mail=mail).text
    assert "/login/reset-password?token=" in desk.provider.mails("password_reset")[-1]
    assert "/realms/demo/" in desk.provider.mails("password_reset")[-1]
    assert "Nothing was done" in root.press("Send", mail="nonsense").text
    silent = make(desk, "silent", email=None)
    root.get(desk.address(f"users/{silent}"))
    assert "has no email address" in root.press("Send", mail="password").text


def test_sessions_of_a_person_end(desk: Desk, root: Browser) -> None:
    desk.hire("sara", home="demo")
    sara = desk.provider.browser()
    sara.get("/realms/demo/account/")
    sara.press("Sign in", username="sara", password="administrator-password")
    user_id = desk.provider.user("sara").id
    root.get(desk.address(f"users/{user_id}"))
    page = root.press("End all")

    assert "Ended." in page.text
    assert "Not signed in anywhere." in page.text
    assert sara.get("/realms/demo/account/").title.startswith("Sign in")
