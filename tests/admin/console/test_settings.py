"""Settings: saved all or none, never over somebody else's change, taken back with a click."""

from collections.abc import Iterator

import pytest

from idp.admin.console.settings import ELSEWHERE, GROUPS
from idp.realms.changes import SETTINGS
from tests.admin.console.people import Desk, token_of
from tests.crowd import all_at_once
from tests.provider import Browser


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    browser = desk.sign_in()
    yield browser
    desk.change_realm(certificate_limit=10, max_lock=900, display_name="", enabled=True, theme="default")


def test_every_setting_has_its_place() -> None:
    """A new setting has to be put into a group, or onto a page of its own."""
    placed = [name for names in GROUPS.values() for name in names]

    assert sorted([*placed, *ELSEWHERE]) == sorted(SETTINGS)


def test_change_is_saved_and_told_with_before_and_after(desk: Desk, browser: Browser) -> None:
    browser.get(desk.address("settings/certificates"))
    page = browser.press("Save Changes", certificate_limit="3", certificate_first="yes")
    event = desk.events("admin:realm:change")[-1]

    assert "Saved." in page.text
    assert desk.realm().certificate_limit == 3
    assert event.realm_id == desk.realm().id
    assert event.details["before"] == {"certificate_limit": "10", "certificate_first": "no"}
    assert event.details["after"] == {"certificate_limit": "3", "certificate_first": "yes"}
    assert event.details["by"]["username"] == "root"
    assert event.details["by"]["realm"] == "master"
    page = browser.press("Undo")
    assert "Taken back" in page.text
    assert (desk.realm().certificate_limit, desk.realm().certificate_first) == (10, False)
    assert desk.events("admin:realm:change")[-1].details["after"]["certificate_limit"] == "10"


def test_undo_works_once_for_whoever_made_the_change(desk: Desk, browser: Browser) -> None:
    desk.hire("ulla", home="demo", roles=["realm-admin"])
    browser.get(desk.address("settings/certificates"))
    page = browser.press("Save Changes", certificate_limit="4")
    undo = page.query["undo"]
    other = desk.sign_in("ulla", home="demo")
    stolen = {"csrf_token": token_of(other.page), "undo": undo}

    assert "no longer be taken back" in other.post(desk.address("undo", home="demo"), stolen).text
    assert desk.realm().certificate_limit == 4
    fields = {"csrf_token": token_of(page), "undo": undo}
    assert "Taken back" in browser.post(desk.address("undo"), fields).text
    assert "no longer be taken back" in browser.post(desk.address("undo"), fields).text


def test_undo_leaves_what_somebody_else_has_changed_since(desk: Desk, browser: Browser) -> None:
    browser.get(desk.address("settings/certificates"))
    browser.press("Save Changes", certificate_limit="4")
    desk.change_realm(certificate_limit=6)

    assert "Not taken back" in browser.press("Undo").text
    assert desk.realm().certificate_limit == 6


def test_older_form_is_refused_with_both_values(desk: Desk, browser: Browser) -> None:
    """And saving it again, now that both are known, replaces the other's."""
    browser.get(desk.address("settings/certificates"))
    desk.change_realm(certificate_limit=7)
    page = browser.press("Save Changes", certificate_limit="5")

    assert page.status == 409
    assert "somebody else has set this to “7”" in page.text
    assert 'value="5"' in page.html
    assert desk.realm().certificate_limit == 7
    assert browser.press("Save Changes").status == 200
    assert desk.realm().certificate_limit == 5


def test_of_several_who_save_at_once_one_does(desk: Desk, browser: Browser) -> None:
    """The row is held while it is compared, so that none of the others is overwritten unseen."""
    page = browser.get(desk.address("settings/certificates"))
    cookies, token = dict(browser.client.cookies), token_of(page)

    def save(number: int) -> int:
        one = desk.provider.browser()
        one.client.cookies.update(cookies)
        fields = {"csrf_token": token, "before.certificate_limit": "10", "certificate_limit": str(20 + number)}
        return int(one.client.post(desk.address("settings/certificates"), data=fields).status_code)

    assert sorted(str(status) for status in all_at_once(save, 5)) == ["303", "409", "409", "409", "409"]


def test_older_form_keeps_what_it_did_not_touch(desk: Desk, browser: Browser) -> None:
    """Two administrators who change different settings do not disturb each other."""
    browser.get(desk.address("settings/certificates"))
    desk.change_realm(certificate_limit=8)
    browser.press("Save Changes", crl_lifetime="2")

    assert (desk.realm().certificate_limit, desk.realm().crl_lifetime) == (8, 2 * 86400)
    desk.change_realm(crl_lifetime=7 * 86400)


@pytest.mark.parametrize(
    ("group", "fields", "text"),
    [
        ("certificates", {"certificate_limit": "0"}, "a whole number, from 1 to 100"),
        ("certificates", {"certificate_limit": "ten"}, "a whole number, from 1 to 100"),
        ("certificates", {"certificate_policy": "maybe"}, "not possible"),
        ("certificates", {"certificate_lifetime": "9999"}, "from 1 minutes to 824 days"),
        ("certificates", {"certificate_lifetime": "-1"}, "from 1 minutes to 824 days"),
        ("certificates", {"certificate_lifetime.unit": "y"}, "from 1 minutes to 824 days"),
        ("general", {"display_name": "x" * 256}, "at most 255"),
        ("general", {"display_name": "a\tb"}, "at most 255"),
    ],
)
def test_what_does_not_fit_is_refused(
    desk: Desk, browser: Browser, group: str, fields: dict[str, str], text: str
) -> None:
    """Nothing of the form is saved, and the field says what it takes."""
    before = desk.realm()
    browser.get(desk.address(f"settings/{group}"))
    page = browser.press("Save Changes", **fields, crl_lifetime="1")
    after = desk.realm()

    assert page.status == 422
    assert text in page.text
    assert 'aria-invalid="true"' in page.html
    for name in SETTINGS:
        assert getattr(after, name) == getattr(before, name)


def test_form_sets_nothing_that_is_not_on_it(desk: Desk, browser: Browser) -> None:
    """Mass assignment: a name that belongs to another group, or to no setting, changes nothing."""
    browser.get(desk.address("settings/general"))
    browser.press(
        "Save Changes",
        display_name="Mine",
        certificate_limit="1",
        id="x",
        name="x",
        **{"before.id": "y", "enabled": "no"},
    )
    realm = desk.realm()

    assert (realm.display_name, realm.certificate_limit, realm.enabled, realm.name) == ("Mine", 10, True, "demo")


def test_nothing_changed_is_no_event(desk: Desk, browser: Browser) -> None:
    browser.get(desk.address("settings/lifetimes"))
    count = len(desk.events("admin:realm:change"))

    assert "nothing to change" in browser.press("Save Changes").text
    assert len(desk.events("admin:realm:change")) == count


def test_unknown_group_and_first_one(desk: Desk, browser: Browser) -> None:
    assert browser.get(desk.address("settings/nothing")).status == 404
    assert browser.get(desk.address("settings")).url.endswith("/settings/general")


def test_realm_is_switched_off_by_its_name(desk: Desk, browser: Browser) -> None:
    """From master it can be switched on again, as the console reads the realm that others cannot reach."""
    browser.get(desk.address("settings/enabled"))
    assert browser.press("Switch off", confirmation="Demo").status == 422
    assert desk.realm().enabled
    browser.press("Switch off", confirmation="demo")
    assert not desk.realm().enabled
    desk.provider.services.realms.clear()
    assert browser.get("/realms/demo/account/").status == 404
    page = browser.get(desk.address("settings/enabled"))
    assert "This realm is switched off" in page.text
    browser.press("Switch on")
    assert desk.realm().enabled


def test_theme_is_chosen_among_those_that_there_are(desk: Desk, browser: Browser) -> None:
    token = token_of(browser.get(desk.address("themes")))

    for theme in ("nothing", "../default", "", "x" * 1000):
        assert browser.post(desk.address("themes"), {"csrf_token": token, "theme": theme}).status == 404
    assert browser.get(desk.address("themes/default/nothing")).status == 404
    assert browser.get(desk.address("themes/nothing/password")).status == 404
    assert "nothing to change" in browser.post(desk.address("themes"), {"csrf_token": token, "theme": "default"}).text
