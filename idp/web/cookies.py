"""Cookies: HttpOnly, SameSite=Lax, and on https Secure under the ``__Host-`` prefix (RFC 6265bis section 4.1.3.2).

The prefix keeps every host beside or below ours, the certificate host among them, from setting or reading them.
"""

from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

_HOST_PREFIX = "__Host-"


@dataclass(frozen=True)
class Cookie:
    """A cookie to set; without `max_age` (seconds) it ends with the browser session, with 0 it is removed."""

    name: str
    value: str
    max_age: int | None = None


@dataclass
class CookieJar:
    """The cookies of a request, and those that its response will set."""

    received: dict[str, str]
    secure: bool
    changes: dict[str, Cookie] = field(default_factory=dict)

    def read(self, name: str) -> str | None:
        """Return the value of the cookie *name* (given without prefix), or None."""
        return self.received.get(self._full(name))

    def write(self, cookie: Cookie) -> None:
        """Set *cookie* with the response."""
        self.changes[cookie.name] = cookie

    def remove(self, name: str) -> None:
        """Make the browser forget the cookie *name*."""
        self.changes[name] = Cookie(name, "", max_age=0)

    def header_values(self) -> list[str]:
        """Return one Set-Cookie header value for each change."""
        return [self._render(cookie) for cookie in self.changes.values()]

    def _render(self, cookie: Cookie) -> str:
        parts = [f"{self._full(cookie.name)}={cookie.value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if cookie.max_age is not None:
            parts.append(f"Max-Age={cookie.max_age}")
        if self.secure:
            parts.append("Secure")
        return "; ".join(parts)

    def _full(self, name: str) -> str:
        return _HOST_PREFIX + name if self.secure else name


def parse_cookies(header: str) -> dict[str, str]:
    """Return the cookies of a Cookie header; what cannot be read is passed over."""
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, separator, value = part.strip().partition("=")
        if separator and name and name not in cookies:
            cookies[name] = _unquote(value)
    return cookies


def _unquote(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return next(iter(SimpleCookie(f"v={value}").values())).value
    except (CookieError, StopIteration):
        return value
