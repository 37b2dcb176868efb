"""The step of a new password: nobody goes on with one that an administrator knows."""

import pytest

from idp.models import Event, User, UserSession
from tests.provider import CALLBACK, PASSWORD, Provider, sign_in

OWN = "a password of my own"


def require(provider: Provider, *actions: str) -> None:
    with provider.services.database.transaction() as session:
        session.query(User).filter_by(username="alice").one().required_actions = list(actions)


@pytest.fixture
def reset(provider: Provider) -> Provider:
    """A provider where an administrator has set alice's password."""
    require(provider, "UPDATE_PASSWORD")
    return provider


def test_own_password_is_chosen_before_anything_else(reset: Provider) -> None:
    """Then the login goes on, once, and the next one asks for nothing."""
    browser = reset.browser()
    assert sign_in(browser).title == "Choose your own password"
    page = browser.press("Save new password", password=OWN, password_confirmation=OWN)
    assert page.url.startswith(CALLBACK)
    assert reset.redeem(page.query["code"])["claims"]["amr"] == ["pwd"]
    assert reset.user().required_actions == []
    assert reset.mails("password_changed")
    assert sign_in(reset.browser(), password=OWN).url.startswith(CALLBACK)
    assert "not right" in sign_in(reset.browser(), password=PASSWORD).text
    with reset.services.database.transaction() as session:
        assert session.query(Event).filter_by(tag="user:password:change").count() == 1


@pytest.mark.parametrize(
    ("password", "repeated"), [(PASSWORD, PASSWORD), ("short", "short"), (OWN, "something else"), ("", "")]
)
def test_what_will_not_do_is_told(reset: Provider, password: str, repeated: str) -> None:
    """The given one again, above all."""
    browser = reset.browser()
    sign_in(browser)
    page = browser.press("Save new password", password=password, password_confirmation=repeated)
    assert (page.status, page.title) == (400, "Choose your own password")
    assert reset.user().required_actions == ["UPDATE_PASSWORD"]


def test_step_cannot_be_left_out(reset: Provider) -> None:
    """No session begins, whichever address is opened; and the page is nobody's who has not signed in."""
    browser = reset.browser()
    sign_in(browser)
    flow = browser.page.url.partition("flow=")[2]
    for path in ("certificate", "consent", "password"):
        assert "/login/new-password" in browser.get(f"/realms/demo/login/{path}?flow={flow}").url
    assert browser.get(f"/realms/demo/protocol/openid-connect/auth/continue?flow={flow}").status == 400
    assert reset.browser().get(f"/realms/demo/login/new-password?flow={flow}").status == 403
    with reset.services.database.transaction() as session:
        assert session.query(UserSession).count() == 0


def test_signed_in_browser_is_asked_at_the_next_application(provider: Provider) -> None:
    """For the password first: whoever found the browser open has none. The session goes on, the others end."""
    browser, elsewhere = provider.browser(), provider.browser()
    sign_in(browser)
    sign_in(elsewhere)
    require(provider, "UPDATE_PASSWORD")
    silent = browser.get(provider.authorization_url(prompt="none"))
    assert silent.query["error"] == "login_required"
    assert browser.get(provider.authorization_url()).title.startswith("Sign in to")
    flow = browser.page.url.partition("flow=")[2]
    assert "/login/password" in browser.get(f"/realms/demo/login/new-password?flow={flow}").url
    assert browser.press("Sign in", password=PASSWORD).title == "Choose your own password"
    page = browser.press("Save new password", password=OWN, password_confirmation=OWN)
    assert page.url.startswith(CALLBACK)
    assert "code" in browser.get(provider.authorization_url(prompt="none")).query
    assert elsewhere.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"
