"""Every page: well-formed, in both languages, without anything inline, and named for those who do not see it."""

import re
from datetime import timedelta

import pytest

from idp.admin.console.overview import Overview
from idp.admin.console.routes import list_pages
from tests.admin.console.anchored import make_anchored
from tests.admin.console.pages import BARE, FORMS_ONLY, PAGES
from tests.admin.console.people import Desk
from tests.provider import Browser
from tests.themes.test_default import Page

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def browser(desk: Desk) -> Browser:
    desk.request_authority()
    anchored = make_anchored(desk, name=HOSTILE)
    anchored.plant(anchored.cards.issue(HOSTILE), device=HOSTILE, subject=f"CN={HOSTILE}", issuer=HOSTILE)
    desk.plant_event(
        client_id=HOSTILE, address=HOSTILE[:64], user_agent=HOSTILE, details={"reason": HOSTILE, HOSTILE: [1]}
    )
    desk.change_realm(display_name=HOSTILE)
    return desk.sign_in()


def test_every_page_is_listed(desk: Desk) -> None:
    """No page can be added without being opened here."""
    declared = {page.path for page in list_pages(desk.provider.services)}

    assert declared == PAGES.keys() | BARE.keys() | FORMS_ONLY


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("path", PAGES.values())
def test_page_is_well_formed_and_keeps_the_content_security_policy(
    desk: Desk, browser: Browser, path: str, language: str
) -> None:
    page = browser.get(desk.address(path), **{"accept-language": language})
    parsed = Page(page.html)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]

    assert page.status == 200
    assert f'<html lang="{language}">' in page.html
    assert parsed.open == []
    assert len(ids) == len(set(ids))
    assert len(parsed.find("h1")) == 1
    assert all("src" in attributes for attributes in parsed.find("script"))
    assert not parsed.find("style")
    assert HOSTILE not in page.html
    for _, attributes in parsed.elements:
        assert "style" not in attributes
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("aria-describedby", "aria-labelledby", "for", "popovertarget"):
            assert set((attributes.get(key) or "").split()) <= set(ids)


@pytest.mark.parametrize("path", PAGES.values())
def test_every_field_has_a_label_and_every_form_that_changes_something_a_token(
    desk: Desk, browser: Browser, path: str
) -> None:
    parsed = Page(browser.get(desk.address(path)).html)
    labelled = {attributes.get("for") for attributes in parsed.find("label")}
    tokens = [field for field in parsed.find("input") if field.get("name") == "csrf_token"]

    for field in parsed.find("input") + parsed.find("select") + parsed.find("textarea"):
        if field.get("type") not in ("hidden", "checkbox", "radio"):
            assert field.get("id") in labelled or field.get("aria-label")
    assert len(tokens) == len([form for form in parsed.find("form") if form.get("method") == "post"])


@pytest.mark.parametrize("path", BARE.values())
def test_previews_and_files_are_there(desk: Desk, browser: Browser, path: str) -> None:
    page = browser.get(desk.address(path))

    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"


def test_preview_of_a_mail_may_do_nothing(desk: Desk, browser: Browser) -> None:
    """Mails carry their styles inline; so the preview is alone, without a script, a form or an origin."""
    headers = browser.get(desk.address("mail/templates/login_failed/html")).headers

    assert "sandbox" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


def test_language_is_remembered_and_leads_back(desk: Desk, browser: Browser) -> None:
    """The choice wins over what the browser would like; the page is the same one, filter included."""
    browser.get(desk.address("events?kind=mail"))
    page = browser.post(
        "/admin/master/console/_/language",
        {"csrf_token": _token(browser), "language": "de", "back": "/admin/master/console/demo/events?kind=mail"},
    )

    assert page.url.endswith("/admin/master/console/demo/events?kind=mail")
    assert page.title == "Ereignisse"
    assert "Anmeldungen" in browser.get(desk.address("")).text
    browser.post("/admin/master/console/_/language", {"csrf_token": _token(browser), "language": "en"})


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/admin/demo/console/", "/admin/master/console/\n"]
)
def test_language_leads_nowhere_else(desk: Desk, browser: Browser, back: str) -> None:
    browser.get(desk.address(""))
    page = browser.post(
        "/admin/master/console/_/language", {"csrf_token": _token(browser), "language": "xx", "back": back}
    )

    assert page.url.startswith("http://localhost:8080/admin/master/console/master/")
    assert page.title == "Overview"


def test_language_of_the_account_counts_before_the_browsers(desk: Desk) -> None:
    desk.hire("heidi", home="demo", roles=["realm-admin"], locale="de-AT")
    browser = desk.sign_in("heidi", home="demo")

    assert browser.page.title == "Übersicht"


def test_overview_draws_what_has_happened(desk: Desk, browser: Browser) -> None:
    """The picture has a title, a description, and the numbers beside it."""
    html = browser.get(desk.address("")).html

    assert re.search(r'<svg [^>]*role="img"[^>]*aria-labelledby="signins-title"', html)
    assert '<title id="signins-title">Sign-ins, last 30 days</title>' in html
    assert html.count('class="chart-column"') >= 30


def test_figures_of_today_follow_within_a_minute(desk: Desk, browser: Browser) -> None:
    """Counted anew when they are a minute old, and not with every look; yesterday's sign-ins are in their column."""
    overview = Overview(desk.provider.services)
    realm_id, now = desk.realm().id, desk.provider.clock.now()
    before = overview.figures.get(realm_id).days
    desk.plant_events("user:login:success", [now] * 3 + [now - timedelta(days=1)] * 2)
    assert overview.figures.get(realm_id).days == before
    after = Overview(desk.provider.services).figures.get(realm_id).days

    assert len(after) == 30
    assert after[-1].day == now.date()
    assert after[-1].successes == before[-1].successes + 3
    assert after[-2].successes == before[-2].successes + 2


def _token(browser: Browser) -> str:
    return browser.page.html.partition('name="csrf_token" value="')[2].partition('"')[0]
