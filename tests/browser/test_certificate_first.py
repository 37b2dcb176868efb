"""A certificate before any password: what the login page allows forms to lead to, and the browser's own prompt."""

import pytest
from playwright.sync_api import Page

from idp.demo.seed import DEMO
from idp.realms.realms import get_realm
from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.patience import eventually
from tests.browser.people import People
from tests.browser.steps import expect_heading, expect_signed_in, expect_text, press

pytestmark = pytest.mark.browser


def test_certificate_alone_signs_in_and_opens_no_dashboard(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """Nothing arrives, then the right one does; the dashboard wants the password as well."""
    _let_certificates_come_first(demo, allowed=True)
    try:
        alice, page = people.create("alice"), chromium.open()
        eventually(lambda: _is_offered(page, demo), "the login page offers it")
        press(page, "Sign in with a certificate")
        expect_heading(page, "No certificate arrived")
        issued = people.issue(alice)
        chromium.certificates.install(issued.file, issued.password)
        press(page, "Try again")
        assert expect_signed_in(page, demo.app_url)["amr"] == ["x509"]
        page.goto(demo.account_url)
        expect_text(page, "Your password is needed as well.")
    finally:
        _let_certificates_come_first(demo, allowed=False)


def _is_offered(page: Page, demo: RunningDemo) -> bool:
    page.goto(f"{demo.app_url}login?prompt=login")
    return page.get_by_role("button", name="Sign in with a certificate", exact=True).is_visible()


def _let_certificates_come_first(demo: RunningDemo, *, allowed: bool) -> None:
    with demo.services.database.transaction() as session:
        get_realm(session, DEMO).certificate_first = allowed
