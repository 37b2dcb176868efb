"""The message: two parts, the right headers, and none that a stranger wrote."""

from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import ConfigurationError
from idp.mail.message import MessageRefused, build_message, parse_sender
from tests.clock import START

SENDER = Address("Countersign", addr_spec="no-reply@example.org")


def build(**changes: Any) -> Any:
    """A message, as it arrives."""
    values = {"recipient": "alice@example.org", "subject": "Login Failed", "text": "text\n", "html": "<p>html\n"}
    message = build_message(sender=SENDER, mail_id="42", date=START, **(values | changes))
    return message_from_bytes(message.as_bytes(), policy=default)


def test_message_has_the_headers_of_automatic_mail() -> None:
    """Who, to whom, when, and that no machine should answer."""
    message = build(subject="Grüße")

    assert message["From"] == "Countersign <no-reply@example.org>"
    assert message["To"] == "alice@example.org"
    assert message["Subject"] == "Grüße"
    assert message["Date"].datetime == START
    assert message["Message-ID"] == "<42@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_message_has_text_and_html() -> None:
    """Readers choose; the text comes first, the HTML is preferred (RFC 2046 section 5.1.4)."""
    message = build(text="ä € 𝄞\n", html="<p>ä</p>\n" + "x" * 5000)

    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().splitlines() == ["ä € 𝄞"]
    assert max(len(line) for line in message.as_bytes().splitlines()) <= 998


@pytest.mark.parametrize(
    "recipient",
    ["", "alice", "@example.org", "alice@", "a@b\r\nBcc: eve@evil", "a@b\nBcc: eve@evil", "a@b, eve@evil", "a@b eve@evil",
     "Alice <a@b>", "a@b>", "a@b;eve@evil", "a@" + "b" * 70, "a\x00@b"],
)  # fmt: skip
def test_recipient_that_is_not_one_address_is_refused(recipient: str) -> None:
    """No second recipient, no second header."""
    with pytest.raises(MessageRefused):
        build(recipient=recipient)


@pytest.mark.parametrize("subject", ["a\r\nBcc: eve@evil", "a\nb", "a\rb"])
def test_line_break_in_subject_is_refused(subject: str) -> None:
    """A subject is one line."""
    with pytest.raises(MessageRefused):
        build(subject=subject)


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_adds_a_header(subject: str, recipient: str) -> None:
    """Whatever is put in, the message has the headers it should have, or there is none."""
    try:
        message = build(subject=subject, recipient=recipient)
    except MessageRefused:
        return

    assert len(message.keys()) == 9
    assert len(message["To"].addresses) == 1


def test_name_in_another_script_is_written_for_the_dns() -> None:
    """The domain becomes ASCII; the local part stays what it is, for servers with SMTPUTF8."""
    message = build(recipient="alice@büro.example")

    assert message["To"] == "alice@xn--bro-hoa.example"


@pytest.mark.parametrize("text", ["", "nobody", "A <b>", "a@b\nc@d", "<@>"])
def test_wrong_sender_is_a_configuration_error(text: str) -> None:
    """The operator hears of it at the start, not at the first mail."""
    with pytest.raises(ConfigurationError):
        parse_sender(text)


def test_sender_has_a_name_and_an_address() -> None:
    """Both forms of a From address are read."""
    assert parse_sender('"Büro, Ltd." <a@b.example>') == Address("Büro, Ltd.", addr_spec="a@b.example")
    assert parse_sender("a@b.example") == Address("", addr_spec="a@b.example")
