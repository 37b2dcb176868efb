"""A key that never leaves its store: requested, certified, put to its key, and signed in with."""

import pytest

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.enrolment import prove_certificate
from tests.browser.people import People
from tests.browser.steps import expect_heading, follow, open_dashboard, press

pytestmark = pytest.mark.browser


def test_key_of_the_browsers_own_store_is_certified_and_works(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """With the commands of the guide, without a script, from the menu to a test that the certificate passes."""
    alice, request, certificate = people.create("alice"), chromium.home / "request.csr", chromium.home / "cert.pem"
    chromium.certificates.make_request(request)
    page = chromium.open(java_script_enabled=False)
    open_dashboard(page, demo.account_url, alice)
    page.goto(f"{demo.account_url}two-factor")
    follow(page, "Set up a certificate")
    follow(page, "use a certificate request")
    page.get_by_label("Name for the card or device").fill("Kept in NSS")
    page.get_by_label("Or choose its file").set_input_files(request)
    press(page, "Get certificate")
    expect_heading(page, "Your certificate is ready")
    with page.expect_download() as arriving:
        page.get_by_role("link", name="PEM", exact=True).click()
    arriving.value.save_as(certificate)
    chromium.certificates.accept(certificate)
    prove_certificate(page)

    [row] = people.list_certificates(alice)
    assert (row.device_name, row.bound_by) == ("Kept in NSS", "requested")
    assert row.proven_at is not None
