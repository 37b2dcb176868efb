"""What a message says, read from its bytes (RFC 5322, MIME)."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

_URL = re.compile(r"https?://[^\s<>\"'`\\^{}|]+")
_PUNCTUATION = ".,;:!?)]}"


@dataclass(frozen=True)
class Letter:
    """One message: its parts as text, and the links in it, each once, in the order of reading."""

    sender: str
    subject: str
    text: str
    html: str
    links: tuple[str, ...]


def read_letter(source: bytes) -> Letter:
    """Return what the message *source* says; parts it lacks are empty."""
    message = message_from_bytes(source, policy=default)
    text, html = _body(message, "plain"), _body(message, "html")
    links = (*find_text_links(text), *find_html_links(html))
    return Letter(_header(message, "From"), _header(message, "Subject"), text, html, tuple(dict.fromkeys(links)))


def find_text_links(text: str) -> list[str]:
    """Return the addresses that stand in *text*, without the punctuation of the sentence around them."""
    return [match.rstrip(_PUNCTUATION) for match in _URL.findall(text)]


def find_html_links(html: str) -> list[str]:
    """Return where the links of *html* lead, http and https alone."""
    parser = _LinkParser()
    parser.feed(html)
    parser.close()
    return [link for link in parser.links if _URL.fullmatch(link)]


class _LinkParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except LookupError:  # a character set nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
