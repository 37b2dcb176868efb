"""The main job through HTTP: password, certificate, tokens, loss, recovery."""

from pathlib import Path

import pytest

from tests.provider import CALLBACK, Browser, Provider, enable_two_factor, open_dashboard, run_provider, sign_in

pytestmark = pytest.mark.every_database


def test_password_alone_gives_pwd_and_acr_1(provider: Provider, browser: Browser) -> None:
    """Without two-factor login the ID Token says pwd and level 1."""
    page = sign_in(browser)

    assert page.url.startswith(CALLBACK)
    claims = provider.redeem(page.query["code"])["claims"]
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "1"


def test_password_and_certificate_give_pwd_x509_and_acr_2(provider: Provider, browser: Browser) -> None:
    """With it on, the certificate step follows the password, and the token says so."""
    open_dashboard(browser)
    codes = enable_two_factor(browser)
    assert len(codes) == 10

    fresh = provider.browser(browser.certificate)
    page = sign_in(fresh)
    assert page.title == "Confirm with your certificate"
    page = fresh.press("Continue with certificate")

    assert page.url.startswith(CALLBACK), page.text
    claims = provider.redeem(page.query["code"])["claims"]
    assert claims["amr"] == ["pwd", "x509"]
    assert claims["acr"] == "2"
    assert claims["x509_serial"]
    assert claims["sid"]
    assert claims["auth_time"]


@pytest.mark.redis
def test_the_same_with_redis_for_short_lived_state(database_url: str, redis_url: str, tmp_path: Path) -> None:
    """Codes, logins, attempts and counters live in Redis just as well."""
    with run_provider(database_url, tmp_path, redis_url=redis_url) as provider:
        browser = provider.browser()
        open_dashboard(browser)
        enable_two_factor(browser)
        fresh = provider.browser(browser.certificate)
        sign_in(fresh)
        page = fresh.press("Continue with certificate")
        assert provider.redeem(page.query["code"])["claims"]["amr"] == ["pwd", "x509"]
        assert provider.redeem(page.query["code"])["error"] == "invalid_grant"
