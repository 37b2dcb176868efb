"""Passwords that people choose for their certificate's file: all that not every system reads is refused, all else opens the file."""

import string
import time

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from idp.models import Certificate
from tests.provider import Browser, Provider, open_dashboard

REFUSED = {
    "nothing": "",
    "spaces": " " * 20,
    "a space in front": " k7fq-2mza-x3nd-w5rt",
    "a space behind": "k7fq-2mza-x3nd-w5rt ",
    "NUL": "k7fq-2mza-x3nd-w5rt\0",
    "NUL and nothing": "\0" * 20,
    "a line end": "k7fq-2mza\r\nx3nd-w5rt",
    "a tab": "k7fq-2mza\tx3nd-w5rt",
    "an escape sequence": "k7fq-2mza\x1b[2Jx3nd-w5rt",
    "accents": "k7fq-2mza-x3nd-w5rt-ä",
    "the same letters in another width": "ｋ７ｆｑ－２ｍｚａ－ｘ３ｎｄ",
    "pictures": "k7fq-2mza-x3nd-w5rt-🔑",
    "something invisible": "k7fq-2mza-x3nd-w5rt\u200b",
    "right to left": "\u202ek7fq-2mza-x3nd-w5rt",
    "129 characters": ("k7fq-2mza-x3nd-w5rt-" * 7)[:129],
    "60 kB": "k7fq-2mza-x3nd-w5rt-" * 1500,
}
ACCEPTED = {
    "128 characters": ("k7fq-2mza-x3nd-w5rt-" * 7)[:128],
    "every sign": string.punctuation,
    "spaces inside": "k7fq  2mza   x3nd w5rt",
    "what means something elsewhere": "%00+&=;<b>$(id)`id`\\'\"{{7*7}}%s",
}


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """Alice at her dashboard."""
    browser = provider.browser()
    open_dashboard(browser)
    return browser


def ask_for(browser: Browser, password: str, **fields: str) -> None:
    """Ask for a file under a password of one's own."""
    browser.get("/realms/demo/account/two-factor/enrol")
    browser.press(
        "Download", device_name="Laptop", key_type="p256", password_choice="own", password=password,
        **{"password_confirmation": password, **fields},
    )  # fmt: skip


def held(provider: Provider) -> int:
    """Return how many certificates there are."""
    with provider.services.database.transaction() as session:
        return session.query(Certificate).count()


def test_password_that_not_every_system_reads_is_refused(provider: Provider, browser: Browser) -> None:
    """With a reason, before a certificate is made, without the password on the page, and soon."""
    for name, password in REFUSED.items():
        began = time.process_time()
        ask_for(browser, password)
        assert time.process_time() - began < 1, name
        assert browser.page.status == 400, name
        assert any(text in browser.page.text for text in ("Use", "It must not", "We cannot read this")), name
        assert not password.strip() or password.strip() not in browser.page.html, name
    ask_for(browser, "k7fq-2mza-x3nd-w5rt", password_confirmation="k7fq-2mza-x3nd-w5rt ")
    assert browser.page.status == 400
    assert held(provider) == 0


@pytest.mark.parametrize("encryption", ["aes256", "3des"])
def test_accepted_password_opens_the_file(provider: Provider, browser: Browser, encryption: str) -> None:
    """This one, to the letter, and none that differs in one character."""
    for name, password in ACCEPTED.items():
        ask_for(browser, password, encryption=encryption)
        assert browser.page.headers["content-type"] == "application/x-pkcs12", (name, browser.page.text)
        assert pkcs12.load_pkcs12(browser.page.content, password.encode()).key is not None
        for wrong in (password + " ", password[:-1], password[1:], ""):
            with pytest.raises(ValueError, match=r"password|PKCS12"):
                pkcs12.load_pkcs12(browser.page.content, wrong.encode())
    assert held(provider) == len(ACCEPTED)
