"""Compare redirect URIs (RFC 9700 section 2.1; RFC 8252 section 7.3 for the ports of native applications)."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from idp.clients.registration import ClientRegistration

_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)", re.DOTALL)
_LAST_PORT = 65535


def redirect_uri_registered(client: ClientRegistration, uri: str) -> bool:
    """Tell whether *uri* is registered, character by character.

    The port of a loopback address is free for native applications, and for public clients, which may be one.
    """
    if uri in client.redirect_uris:
        return True
    return (client.public or client.application_type == "native") and _matches_loopback(client.redirect_uris, uri)


def origin_of(uri: str) -> str:
    """Return what a Content-Security-Policy calls the target of *uri*: its origin, or ``scheme:`` of an application's own."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def _matches_loopback(registered: Sequence[str], uri: str) -> bool:
    asked = _LOOPBACK.fullmatch(uri)
    if asked is None or int(asked[2] or 80) > _LAST_PORT:
        return False
    known = (_LOOPBACK.fullmatch(candidate) for candidate in registered)
    return any(match is not None and (match[1], match[3]) == (asked[1], asked[3]) for match in known)
