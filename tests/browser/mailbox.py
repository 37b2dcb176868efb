"""The demo's mailbox, as a script reads it."""

import json
import urllib.request
from dataclasses import dataclass

from tests.browser.patience import eventually


@dataclass(frozen=True)
class Mail:
    """One message."""

    id: int
    subject: str
    text: str
    html: str
    links: tuple[str, ...]
    url: str

    def link_to(self, part: str) -> str:
        """Return the only link whose address holds *part*."""
        found = [link for link in self.links if part in link]
        assert len(found) == 1, self.links
        return found[0]


class Mailbox:
    """All mail of the demo at *url*."""

    def __init__(self, url: str) -> None:
        self.url = url

    def read(self, recipient: str) -> list[Mail]:
        """Return the mails to *recipient*, oldest first."""
        with urllib.request.urlopen(f"{self.url}/api/messages", timeout=10) as answer:
            messages = json.load(answer)
        return [self._mail(message) for message in reversed(messages) if recipient in message["to"]]

    def wait_for(self, recipient: str, subject: str, *, after: Mail | None = None) -> Mail:
        """Return the newest mail to *recipient* whose subject holds *subject*, once there is one newer than *after*."""

        def find() -> Mail | None:
            mails = [mail for mail in self.read(recipient) if subject.lower() in mail.subject.lower()]
            return mails[-1] if mails and (after is None or mails[-1].id > after.id) else None

        return eventually(find, f"a mail {subject!r} to {recipient}")

    def _mail(self, message: dict[str, str]) -> Mail:
        return Mail(
            id=int(message["id"]),
            subject=message["subject"],
            text=message["text"],
            html=message["html"],
            links=tuple(message["links"]),
            url=f"{self.url}/messages/{message['id']}",
        )
