"""The mailbox, put together."""

from pathlib import Path

from starlette.applications import Starlette

from idp.demo.mailbox.letter_box import LetterBox
from idp.demo.mailbox.pages import build_app
from idp.demo.mailbox.smtp_server import SMTPServer


class Mailbox:
    """Pages in `app`, and an SMTP server that `start_smtp` and `stop` start and stop."""

    def __init__(self, letter_box: LetterBox) -> None:
        self.app: Starlette = build_app(letter_box)
        self._letter_box = letter_box
        self._smtp_server: SMTPServer | None = None

    def start_smtp(self, host: str, port: int) -> int:
        """Take mail at *host* and *port* (0: any free one); return the port. Raise OSError where it is taken."""
        server = SMTPServer(self._letter_box.keep)
        bound = server.start(host, port)
        self._smtp_server = server
        return bound

    def stop(self) -> None:
        """Take no more mail and close the file."""
        if self._smtp_server is not None:
            self._smtp_server.stop()
            self._smtp_server = None
        self._letter_box.close()


def build_mailbox(data_directory: Path) -> Mailbox:
    """Return a mailbox that keeps its messages in *data_directory*, which is made where it is missing."""
    data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Mailbox(LetterBox(data_directory / "mailbox.sqlite3"))
