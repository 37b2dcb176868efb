"""What a URL names, read strictly: every parser in the world has to see the same host in it (RFC 3986 section 3.2)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import SplitResult, urlsplit

from idp.fetching.errors import FetchRefused

MAX_URL_LENGTH = 2048
DEFAULT_PORTS = {"https": 443, "http": 80}
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")


@dataclass(frozen=True)
class Destination:
    """Where to connect and what to ask for; `named` where the operator has named the host."""

    scheme: str
    host: str
    port: int
    target: str
    named: bool = False

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def read_destination(url: str, named_hosts: Collection[str], *, plain_http: bool = False) -> Destination:
    """Return what *url* names; raise `FetchRefused` where it may not be fetched.

    It has to be https, or http where *plain_http* says so or on one of *named_hosts*, which are ``host`` or ``host:port``.
    A fragment is not sent.
    """
    parts, port = _split(url)
    host = (parts.hostname or "").lower()
    port = port or DEFAULT_PORTS.get(parts.scheme, 0)
    name = f"[{host}]" if ":" in host else host
    # No user name, no empty port, nothing before or after the brackets: what a parser skips, another may believe.
    if not _is_host(host) or parts.netloc.lower() not in {name, f"{name}:{port}"}:
        raise FetchRefused("the host is not written plainly")
    named = name in named_hosts or f"{name}:{port}" in named_hosts
    if parts.scheme != "https" and not (parts.scheme == "http" and (named or plain_http)):
        raise FetchRefused("the address is not https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port, target, named)


def _split(url: str) -> tuple[SplitResult, int | None]:
    if len(url) > MAX_URL_LENGTH or not _CHARACTERS.fullmatch(url):
        raise FetchRefused("the address is too long or not in plain characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FetchRefused("the address cannot be read") from None
    if port == 0:
        raise FetchRefused("the address has no usable port")
    return parts, port


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _NAME.fullmatch(host) is not None
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False
