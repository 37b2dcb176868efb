"""What a login that is under way does when the account changes meanwhile."""

from datetime import timedelta

from idp.models import User
from idp.users.users import change_password
from tests.provider import CALLBACK, PASSWORD, Browser, Provider, enable_two_factor, enrol, open_dashboard, sign_in

NEW_PASSWORD = "another good password"


def test_password_changed_during_login_ends_it(provider: Provider, browser: Browser) -> None:
    """Who has typed a password that was changed since is not let in by finishing the certificate step."""
    open_dashboard(browser)
    enable_two_factor(browser)
    thief = provider.browser(browser.certificate)
    sign_in(thief)

    provider.clock.advance(timedelta(seconds=1))
    with provider.services.database.transaction() as session:
        user = session.query(User).filter_by(username="alice").one()
        change_password(session, provider.services.passwords, provider.clock, user, NEW_PASSWORD)
    page = thief.press("Continue with certificate")

    assert not page.url.startswith(CALLBACK)
    assert page.status == 400


def test_step_up_in_the_session_that_changed_the_password_goes_on(provider: Provider, browser: Browser) -> None:
    """The browser that changed it keeps its session, and may prove a certificate in it."""
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    provider.clock.advance(timedelta(seconds=1))
    browser.get("/realms/demo/account/password")
    browser.press(
        "Change password", current_password=PASSWORD, password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD
    )

    browser.get(provider.authorization_url(acr_values="2"))
    page = browser.press("Continue with certificate")

    assert page.url.startswith(CALLBACK), page.text
