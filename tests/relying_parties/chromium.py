"""Chromium for applications that run in the browser, and the web server that such an application comes from."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.relying_parties.installation import FOLDER, installed_packages
from tests.services import require_binary
from tests.web_server import Asked, Reply, WebServer, web_server

_PATIENCE_MILLISECONDS = 20_000
_TYPES = {".html": "text/html", ".js": "text/javascript"}


def open_chromium(playwright: Playwright) -> Browser:
    """Start the browser, without a window."""
    path = require_binary("chromium", package="chromium")
    # As root, which tests may be in containers, Chromium has no sandbox.
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-quic"])


def new_context(chromium: Browser) -> BrowserContext:
    """Return a browser that nobody has used."""
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(_PATIENCE_MILLISECONDS)
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    return context


def tell(context: BrowserContext, settings: dict[str, Any]) -> None:
    """Put `settings` into every page of the browser that is opened from now on."""
    context.add_init_script(f"window.settings = {json.dumps(settings)}")


def expect_state(page: Page, state: str) -> None:
    """Wait until the application in the page says whether somebody is signed in."""
    expect(page.locator("#state")).to_have_text(state)


@contextmanager
def serve_pages() -> Iterator[WebServer]:
    """Serve the folder pages, and under /modules the packages from npm."""
    roots = {"": FOLDER / "pages", "modules": installed_packages()}

    def read(asked: Asked) -> Reply:
        path = asked.path.partition("?")[0].lstrip("/")
        first, _, rest = path.partition("/")
        file = roots["modules"] / rest if first == "modules" else roots[""] / path
        return _read(file)

    with web_server() as server:
        server.replies = Everywhere(read)
        yield server


class Everywhere(dict[str, Any]):
    """What a server answers when it answers the same way at every path."""

    def __init__(self, reply: Callable[[Asked], Reply]) -> None:
        super().__init__()
        self._reply = reply

    def get(self, _path: str, _default: Any = None) -> Any:
        """Return the reply."""
        return self._reply


def _read(file: Path) -> Reply:
    if not file.is_file():
        return Reply(status=404)
    return Reply(file.read_bytes(), content_type=_TYPES.get(file.suffix, "application/octet-stream"))
