"""Addresses that may be registered: where answers go, where people land, whose scripts may read."""

import re
from urllib.parse import SplitResult, urlsplit

from idp.errors import InvalidInput
from idp.settings import is_loopback_name

# The characters of RFC 3986 section 2 without the fragment's, and without what somebody may mean as a wildcard.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
_WEB = {"http", "https"}


def verify_redirect_uri(uri: str) -> str:
    """Return *uri* if answers may be sent there (RFC 6749 section 3.1.2); raise `InvalidInput`.

    That is https, http on this machine alone (RFC 9700 section 2.6), or an application's own scheme, which has a dot
    in it (RFC 8252 section 8.4).
    """
    parts = _split(uri)
    if parts is None or (_is_plain(parts) if parts.scheme in _WEB else "." not in parts.scheme):
        text = "is neither https, nor http on localhost, nor an application's own scheme such as com.example.app:"
        raise InvalidInput(
            redirect_uris=f"{uri!r} {text}, in plain characters, without fragment, wildcard or user name."
        )
    return uri


def verify_web_origin(origin: str) -> str:
    """Return *origin* if it is one as browsers send it (RFC 6454 section 6.2); raise `InvalidInput`."""
    parts = _split(origin)
    if parts is None or _is_plain(parts) or origin != f"{parts.scheme}://{parts.netloc}".lower():
        raise InvalidInput(web_origins=f"{origin!r} is not an origin such as https://app.example.org.")
    return origin


def verify_home_uri(uri: str) -> str:
    """Return *uri* if pages may link to it, or if it is empty; raise `InvalidInput`."""
    parts = _split(uri.partition("#")[0])
    if uri and (parts is None or parts.scheme not in _WEB):
        raise InvalidInput(home_uri=f"{uri!r} is not an http or https address.")
    return uri


def _split(uri: str) -> SplitResult | None:
    """Return the parts of an absolute URI that every parser reads alike, or None."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if not _CHARACTERS.fullmatch(uri) or not uri.startswith(f"{parts.scheme}:") or not parts.scheme:
        return None
    if "@" in parts.netloc or (port is None and parts.netloc.endswith(":")):
        return None
    return parts if parts.hostname or parts.scheme not in _WEB else None


def _is_plain(parts: SplitResult) -> bool:
    """Tell whether what is sent there could be read on the way."""
    return parts.scheme != "https" and not (parts.scheme == "http" and is_loopback_name(parts.hostname or ""))
