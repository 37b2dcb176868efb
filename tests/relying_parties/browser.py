"""A browser without a window and without scripts: cookies, redirects and forms, over real connections."""

import re
from collections.abc import Mapping
from types import TracebackType
from urllib.parse import urljoin

import httpx2

from tests.provider import Forms, Page

_HOPS = 20


class LiveBrowser:
    """One person's browser; pages whose address begins with one of *elsewhere* are not opened: nobody serves them."""

    def __init__(self, *elsewhere: str) -> None:
        self.client = httpx2.Client(follow_redirects=False, trust_env=False, timeout=30)
        self.page = Page("", 0, "", {})
        self._elsewhere = elsewhere

    def __enter__(self) -> "LiveBrowser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def get(self, url: str) -> Page:
        """Open an address and follow where it leads."""
        return self._go("GET", url, None)

    def press(self, button: str, **fields: str) -> Page:
        """Press *button* on the page after filling in *fields*."""
        for form in Forms(self.page.html).forms:
            if button in form["buttons"]:
                return self._go("POST", urljoin(self.page.url, form["action"]), {**form["fields"], **fields})
        raise AssertionError(f"no button {button!r} on {self.page.title!r}: {self.page.text[:600]}")

    def submit(self) -> Page:
        """Submit the page's only form, as its script would."""
        (form,) = Forms(self.page.html).forms
        return self._go("POST", urljoin(self.page.url, form["action"]), form["fields"])

    def sign_in(self, url: str, username: str, password: str) -> Page:
        """Open *url*, which leads to the login, and give the password."""
        self.get(url)
        return self.press("Sign in", username=username, password=password)

    def frames(self) -> list[str]:
        """Return the addresses of the page's frames."""
        found = re.findall(r'<iframe[^>]*\bsrc="([^"]*)"', self.page.html)
        return [urljoin(self.page.url, address.replace("&amp;", "&")) for address in found]

    def _go(self, method: str, url: str, fields: Mapping[str, str] | None) -> Page:
        for _ in range(_HOPS):
            if self._elsewhere and url.startswith(self._elsewhere):
                self.page = Page(url, 0, "", {})
                return self.page
            response = self.client.request(method, url, data=fields)
            if response.status_code not in {301, 302, 303, 307, 308}:
                self.page = Page(url, response.status_code, response.text, response.headers, response.content)
                return self.page
            method, url, fields = "GET", urljoin(url, response.headers["location"]), None
        raise AssertionError(f"redirects without end, at last to {url}")
