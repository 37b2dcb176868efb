"""The demo's mailbox: mail goes in by SMTP, and comes out as pages and as JSON."""

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from idp.demo.mailbox import Mailbox, build_mailbox
from idp.demo.mailbox.letter_box import LetterBox
from idp.demo.mailbox.letters import find_text_links, read_letter


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """An empty mailbox."""
    mailbox = build_mailbox(tmp_path / "mail")
    yield mailbox
    mailbox.stop()


@pytest.fixture
def port(mailbox: Mailbox) -> int:
    """Where it takes mail."""
    return mailbox.start_smtp("127.0.0.1", 0)


@pytest.fixture
def browser(mailbox: Mailbox) -> TestClient:
    """A client of its pages."""
    return TestClient(mailbox.app)


def build_mail(
    subject: str = "Grüße <b>", html: str = '<p>Hi <a href="https://example.org/a?x=1&amp;y=2">here</a>'
) -> EmailMessage:
    """A mail with two parts."""
    message = EmailMessage()
    message["From"] = "Countersign <no-reply@localhost>"
    message["To"] = "alice@example.org"
    message["Subject"] = subject
    message.set_content("Hällo, see https://example.org/a?x=1&y=2. And (http://localhost:8080/b).\n")
    if html:
        message.add_alternative(html, subtype="html")
    return message


def send(port: int, message: EmailMessage, to: list[str] | None = None) -> None:
    """Send *message* as any program would."""
    with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=10) as smtp:
        smtp.send_message(message, to_addrs=to)


def list_json(browser: TestClient) -> list[dict[str, Any]]:
    """All messages as JSON."""
    response = browser.get("/api/messages")
    assert response.status_code == 200
    return response.json()


def test_sent_mail_is_listed_as_json(port: int, browser: TestClient) -> None:
    """A message comes out with all that scripts ask for."""
    send(port, build_mail(), ["alice@example.org", "bob@example.org"])
    (message,) = list_json(browser)

    assert message.pop("received_at").endswith("+00:00")
    assert message == {
        "id": "1",
        "from": "Countersign <no-reply@localhost>",
        "to": ["alice@example.org", "bob@example.org"],
        "subject": "Grüße <b>",
        "text": "Hällo, see https://example.org/a?x=1&y=2. And (http://localhost:8080/b).\n",
        "html": '<p>Hi <a href="https://example.org/a?x=1&amp;y=2">here</a>\n',
        "links": ["https://example.org/a?x=1&y=2", "http://localhost:8080/b"],
    }


def test_newest_mail_comes_first(port: int, browser: TestClient) -> None:
    """The last mail is the first of the list, on the page too."""
    for subject in ("one", "two", "three"):
        send(port, build_mail(subject))

    assert [message["subject"] for message in list_json(browser)] == ["three", "two", "one"]
    page = browser.get("/").text
    assert page.index("three") < page.index("two") < page.index("one")


def test_mail_outlives_a_restart(tmp_path: Path) -> None:
    """A second mailbox in the same folder has the messages of the first."""
    first = build_mailbox(tmp_path)
    send(first.start_smtp("127.0.0.1", 0), build_mail())
    first.stop()
    second = build_mailbox(tmp_path)

    assert len(list_json(TestClient(second.app))) == 1
    second.stop()


def test_deleted_messages_are_gone(port: int, browser: TestClient) -> None:
    """A script deletes all messages, and so does the button; later ones get new numbers."""
    send(port, build_mail())
    assert browser.delete("/api/messages").status_code == 204
    assert list_json(browser) == []

    send(port, build_mail())
    assert [message["id"] for message in list_json(browser)] == ["2"]
    assert "Delete all" in browser.get("/").text
    assert "No mail yet" in browser.post("/delete").text


def test_message_page_shows_formatted_mail_in_a_sandbox(port: int, browser: TestClient) -> None:
    """The HTML part gets an origin of its own and runs nothing."""
    send(port, build_mail(html="<script>alert(1)</script><p>Hello"))
    page = browser.get("/messages/1").text
    part = browser.get("/messages/1/html")

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "Grüße &lt;b&gt;" in page
    assert "<p>Hello" in part.text
    assert part.headers["content-security-policy"].startswith("sandbox allow-popups")
    assert "script" not in part.headers["content-security-policy"]


def test_message_without_html_is_shown_as_text(port: int, browser: TestClient) -> None:
    """A plain mail has no frame; its links can be clicked."""
    send(port, build_mail(html=""))
    page = browser.get("/messages/1").text

    assert "<iframe" not in page
    assert 'href="http://localhost:8080/b"' in page
    assert browser.get("/messages/1?view=text").text == page


def test_source_is_shown_as_text(port: int, browser: TestClient) -> None:
    """The message as it came, never as HTML."""
    send(port, build_mail())
    response = browser.get("/messages/1/source")

    assert response.headers["content-type"].startswith("text/plain")
    assert "Content-Type: multipart/alternative" in response.text


@pytest.mark.parametrize("path", ["/messages/7", "/messages/7/html", "/messages/7/source", "/messages/x", "/nothing"])
def test_unknown_address_is_not_found(browser: TestClient, path: str) -> None:
    """What does not exist is 404."""
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("name", ["mailbox.css", "mailbox.js", "icon.svg"])
def test_static_files_are_served(browser: TestClient, name: str) -> None:
    """The pages' own files are there."""
    assert browser.get(f"/static/{name}").status_code == 200


def test_taken_port_is_told(tmp_path: Path) -> None:
    """A port somebody has is an OSError, and the mailbox still stops cleanly."""
    mailbox = build_mailbox(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        mailbox.start_smtp("127.0.0.1", taken.getsockname()[1])
    mailbox.stop()


def test_stop_ends_open_sessions(mailbox: Mailbox, tmp_path: Path) -> None:
    """A client that stays connected does not hold the stop up."""
    other = build_mailbox(tmp_path / "other")
    smtp = smtplib.SMTP("127.0.0.1", other.start_smtp("127.0.0.1", 0), "localhost", timeout=10)
    other.stop()

    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.noop()
    smtp.close()


def test_old_mail_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the newest messages are kept."""
    monkeypatch.setattr("idp.demo.mailbox.letter_box._CAPACITY", 3)
    box = LetterBox(tmp_path / "box")
    for number in range(5):
        box.keep("a@b", ["c@d"], f"Subject: {number}\n\ntext".encode())

    assert [received.letter.subject for received in box.list_newest_first()] == ["4", "3", "2"]
    box.close()


@pytest.mark.parametrize(
    "source",
    [b"", b"no header at all", b"Subject: \xff\xfe\n\n\xff", b"Content-Type: text/plain; charset=nonsense\n\n\xc3\xa4",
     b"Content-Type: multipart/mixed; boundary=x\n\n--x\n", b"From: <<>\nSubject: =?bad?=\n\n"],
)  # fmt: skip
def test_broken_message_is_shown_all_the_same(source: bytes) -> None:
    """Whatever comes in can be read as something."""
    assert isinstance(read_letter(source).text, str)


def test_links_in_text_end_before_punctuation() -> None:
    """A full stop after an address does not belong to it."""
    assert find_text_links("See http://a/b. (http://c/d?e=f), <http://g> and http://h!") == [
        "http://a/b", "http://c/d?e=f", "http://g", "http://h",
    ]  # fmt: skip
