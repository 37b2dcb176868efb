"""Cookies: HttpOnly, SameSite=Lax, and on https Secure under the ``__Host-`` prefix (RFC 6265bis section 4.1.3.2).

The one exception is a cookie that our script reads in other sites' pages; it is no secret.

The prefix keeps every host beside or below ours, the certificate host among them, from setting or reading them.
"""

from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

_HOST_PREFIX = "__Host-"


@dataclass(frozen=True)
class Cookie:
    """A cookie to set; without `max_age` (seconds) it ends with the browser session, with 0 it is removed.

    One that is `for_scripts` is seen by our scripts, also in frames within pages of other sites, and must be no secret.
    """

    name: str
    value: str
    max_age: int | None = None
    for_scripts: bool = False


@dataclass
class CookieJar:
    """The cookies of a request, and those that its response will set."""

    received: dict[str, str]
    secure: bool
    changes: dict[str, Cookie] = field(default_factory=dict)

    def read(self, name: str) -> str | None:
        """Return the value of the cookie *name* (given without prefix), or None."""
        return self.received.get(self.full_name(name))

    def write(self, cookie: Cookie) -> None:
        """Set *cookie* with the response."""
        self.changes[cookie.name] = cookie

    def remove(self, name: str, *, for_scripts: bool = False) -> None:
        """Make the browser forget the cookie *name*."""
        self.changes[name] = Cookie(name, "", max_age=0, for_scripts=for_scripts)

    def header_values(self) -> list[str]:
        """Return one Set-Cookie header value for each change."""
        return [self._render(cookie) for cookie in self.changes.values()]

    def _render(self, cookie: Cookie) -> str:
        parts = [f"{self.full_name(cookie.name)}={cookie.value}", "Path=/", *self._limits(cookie)]
        if cookie.max_age is not None:
            parts.append(f"Max-Age={cookie.max_age}")
        if self.secure:
            parts.append("Secure")
        return "; ".join(parts)

    def _limits(self, cookie: Cookie) -> list[str]:
        if not cookie.for_scripts:
            return ["HttpOnly", "SameSite=Lax"]
        return ["SameSite=None" if self.secure else "SameSite=Lax"]  # None needs Secure, and is of no use on localhost

    def full_name(self, name: str) -> str:
        """Return the name that the browser knows the cookie *name* by."""
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
