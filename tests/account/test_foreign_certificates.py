"""*Use a certificate that this browser already has*, and what the dashboard does with certificates of others."""

from datetime import timedelta

import pytest

from idp.models import Certificate
from tests.certificates import DAY, Authority, Issued, self_sign
from tests.foreign import BY_MAIL, Cards
from tests.login.test_invitation import accept, create, invite
from tests.provider import Browser, Provider, enrol, open_dashboard, sign_in

LABEL = "Use a certificate that this browser already has"


@pytest.fixture
def cards(provider: Provider) -> Cards:
    return Cards(provider)


@pytest.fixture
def dashboard(provider: Provider, cards: Cards) -> Browser:
    """Alice's dashboard."""
    browser = provider.browser()
    open_dashboard(browser)
    return browser


def offer(browser: Browser, card: Issued | Authority | None) -> Browser:
    """Go to the enrolment page and present *card*."""
    browser.certificate = card.der if card else None
    browser.get("/realms/demo/account/two-factor/enrol")
    browser.press(LABEL)
    return browser


def rows(provider: Provider) -> list[Certificate]:
    with provider.services.database.transaction() as session:
        return session.query(Certificate).order_by(Certificate.created_at).all()


def test_certificate_is_shown_named_and_proven_at_once(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    """So that two-factor login can be switched on right away, and a login with it works."""
    anchor_id, card = cards.trust(registration=True), cards.issue("card-7")
    offer(dashboard, card)
    assert dashboard.page.title == "Use this certificate?"
    assert dashboard.has("CN=card-7")
    assert rows(provider) == []

    dashboard.press("Use this certificate", device_name="My card")

    (row,) = rows(provider)
    assert (row.bound_by, row.trust_anchor_id, row.device_name) == ("registered", anchor_id, "My card")
    assert row.proven_at == cards.now
    assert dashboard.has("My card")
    assert len(provider.mails("certificate_added")) == 1
    dashboard.press("Save Changes", enabled="yes")
    assert provider.user().two_factor_enabled_at is not None
    browser = provider.browser(card.der)
    sign_in(browser)
    assert browser.press("Continue with certificate").query["code"]


def test_it_is_offered_where_an_anchor_allows_it(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    anchor_id = cards.trust()
    assert LABEL not in dashboard.get("/realms/demo/account/two-factor/enrol").text
    cards.change(anchor_id, registration=True)
    assert LABEL in dashboard.get("/realms/demo/account/two-factor/enrol").text
    cards.change(anchor_id, registration=True, enabled=False)
    assert LABEL not in dashboard.get("/realms/demo/account/two-factor/enrol").text


def test_each_certificate_that_cannot_be_used_has_its_message(
    provider: Provider, cards: Cards, dashboard: Browser
) -> None:
    """And none of them leaves a row behind."""
    anchor_id = cards.trust(registration=True)
    for card, title in (
        (None, "No certificate arrived"),
        (self_sign(), "This certificate is not from here"),
        (cards.issue(not_before=-DAY, not_after=-timedelta(minutes=5)), "Your certificate has expired"),
        (cards.issuing, "This certificate is not for signing in"),
    ):
        assert offer(dashboard, card).page.title == title
        assert dashboard.page.status == 409
    cards.change(anchor_id, registration=True, policies=["1.2.3"])
    assert offer(dashboard, cards.issue()).page.title == "This kind of certificate is not enough"
    assert rows(provider) == []


def test_anchor_without_registration_refuses(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    """Where another anchor has it, so that the page offers it."""
    cards.trust()
    other = Cards(provider)
    other.trust("Other", registration=True)
    assert offer(dashboard, cards.issue()).page.title == "This certificate cannot be added here"
    assert offer(dashboard, other.issue()).page.title == "Use this certificate?"


def test_what_is_somebodys_already_is_not_taken(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    """One's own, somebody else's, and one of ours; and one that the mapping gives to somebody else."""
    cards.trust(registration=True, **BY_MAIL)
    card = cards.issue("card-7")
    offer(dashboard, card).press("Use this certificate", device_name="Card")
    assert offer(dashboard, card).page.title == "This certificate is yours already"

    bob = provider.browser()
    open_dashboard(bob, "bob", "bob-test-password")
    assert offer(bob, card).page.title == "This certificate belongs to another account"
    assert offer(bob, cards.issue("alice")).page.title == "This certificate belongs to another account"
    bob.certificate = own = enrol(bob)
    dashboard.certificate = own
    dashboard.get("/realms/demo/account/two-factor/enrol")
    assert dashboard.press(LABEL).title == "This certificate belongs to another account"
    assert len(rows(provider)) == 2


def test_proposal_is_for_one_dashboard_and_one_time(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    """Somebody who learns it cannot use it, and the back button binds nothing twice."""
    cards.trust(registration=True)
    offer(dashboard, cards.issue())
    page = dashboard.page
    token = page.html.partition('name="proposal" value="')[2].partition('"')[0]
    bob = provider.browser()
    open_dashboard(bob, "bob", "bob-test-password")
    offer(bob, cards.issue("other"))
    bob.press("Use this certificate", proposal=token, device_name="Stolen")
    assert rows(provider) == []

    dashboard.page = page  # taken by the attempt above: whoever guesses one uses it up
    dashboard.press("Use this certificate", device_name="Card")
    assert rows(provider) == []
    assert LABEL in dashboard.page.text


def test_name_is_asked_for_again(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    cards.trust(registration=True)
    offer(dashboard, cards.issue())
    dashboard.press("Use this certificate", device_name=" \u202e ")
    assert (dashboard.page.status, "Give the device a name." in dashboard.page.text) == (400, True)
    dashboard.press("Use this certificate", device_name="Card")
    assert len(rows(provider)) == 1


def test_limit_counts_them(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    """As it does those that are issued here, in both directions."""
    cards.trust(registration=True)
    provider.set_realm(certificate_limit=1)
    offer(dashboard, cards.issue()).press("Use this certificate", device_name="One")
    offer(dashboard, cards.issue("two")).press("Use this certificate", device_name="Two")
    assert "as many as you may" in dashboard.page.text
    dashboard.get("/realms/demo/account/two-factor/enrol")
    dashboard.press("Download", device_name="Three")
    assert "as many as you may" in dashboard.page.text
    assert len(rows(provider)) == 1


def test_registration_needs_a_recent_sign_in(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    """At its beginning and at its end."""
    cards.trust(registration=True)
    offer(dashboard, cards.issue())
    page = dashboard.page
    provider.clock.advance(minutes=16)
    dashboard.press("Use this certificate", device_name="Card")
    assert dashboard.has("Sign in")
    assert rows(provider) == []
    assert page.status == 200


def test_anchor_that_was_switched_off_meanwhile(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    anchor_id = cards.trust(registration=True)
    for change in ({"enabled": False, "registration": True}, {"registration": False}):
        cards.change(anchor_id, registration=True)
        offer(dashboard, cards.issue())
        cards.change(anchor_id, **change)
        dashboard.press("Use this certificate", device_name="Card")
        assert dashboard.page.status == 409
    assert rows(provider) == []


def test_owner_revokes_it_and_it_counts_nowhere(provider: Provider, cards: Cards, dashboard: Browser) -> None:
    """Neither at a login, nor can it be registered again."""
    cards.trust(registration=True, **BY_MAIL)
    card = cards.issue("card-7")
    offer(dashboard, card).press("Use this certificate", device_name="Card")
    dashboard.get(f"/realms/demo/account/certificates/{rows(provider)[0].id}/revoke")
    assert dashboard.has("Your organisation, which issued it, does not learn of it")
    dashboard.press("Revoke certificate", password="alice-test-password", reason="keyCompromise")

    assert offer(dashboard, card).page.title == "This certificate has been revoked"
    browser = provider.browser(card.der)
    sign_in(browser, client_id="strict")
    browser.press("Continue with certificate")
    assert browser.page.title == "This certificate has been revoked"


def test_registration_ends_an_invitation_as_the_test_does(provider: Provider) -> None:
    """With recovery codes, and two-factor login on."""
    Cards(provider).trust(registration=True, name="Others")
    cards = Cards(provider)
    cards.trust(registration=True)
    create(provider)
    browser = provider.browser()
    accept(browser, invite(provider, require_certificate=True))
    browser.certificate = cards.issue("dora").der
    browser.get("/realms/demo/account/two-factor/enrol")
    browser.press("Use a certificate that this browser already has")
    page = browser.press("Use this certificate", device_name="Card")
    assert page.title == "Your recovery codes"
    assert provider.user("dora").two_factor_enabled_at is not None
    assert len(provider.mails("two_factor_enabled")) == 1
