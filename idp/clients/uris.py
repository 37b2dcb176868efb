"""Addresses that may be registered: where answers go, where people land, whose scripts may read, what is fetched."""

import re
from urllib.parse import SplitResult, urlsplit

from idp.settings import is_loopback_name

# The characters of RFC 3986 section 2 without the fragment's, and without what somebody may mean as a wildcard.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
_AUTHORITY = re.compile(r"[A-Za-z0-9\-._~:\[\]]+")  # it also stands in our pages' Content-Security-Policy
_WEB = {"http", "https"}


def verify_redirect_uri(uri: str) -> str:
    """Return *uri* if answers may be sent there (RFC 6749 section 3.1.2); raise `ValueError`.

    That is https, http on this machine alone (RFC 9700 section 2.6), or an application's own scheme, which has a dot
    in it (RFC 8252 section 8.4).
    """
    parts = _split(uri)
    if parts is None or (_is_plain(parts) if parts.scheme in _WEB else "." not in parts.scheme):
        text = "is neither https, nor http on localhost, nor an application's own scheme such as com.example.app:"
        raise ValueError(f"{uri!r} {text}, in plain characters, without fragment, wildcard or user name.")
    return uri


def verify_browser_uri(uri: str) -> str:
    """Return *uri* if a browser may load it beside its own pages: https, or http on this machine; raise `ValueError`."""
    parts = _split(uri)
    if parts is None or _is_plain(parts):
        raise ValueError(f"{uri!r} is neither https nor http on localhost, in plain characters, without fragment.")
    return uri


def verify_https_uri(uri: str) -> str:
    """Return *uri* if it is https, without a fragment; raise `ValueError`."""
    parts = _split(uri)
    if parts is None or parts.scheme != "https":
        raise ValueError(f"{uri!r} is not an https address, in plain characters, without fragment.")
    return uri


def verify_fetched_uri(uri: str) -> str:
    """Return *uri* if it is one that the server could fetch; raise `ValueError`. Whether it may, `idp.fetching` knows."""
    parts = _split(uri)
    if parts is None or parts.scheme not in _WEB:
        raise ValueError(f"{uri!r} is not an http or https address, in plain characters, without fragment.")
    return uri


def verify_request_uri(uri: str) -> str:
    """Return *uri* if request objects may come from there; its fragment is a digest (OpenID Connect Core section 6.2)."""
    verify_fetched_uri(uri.partition("#")[0])
    if "#" in uri and not re.fullmatch(r"[A-Za-z0-9_=-]+", uri.partition("#")[2]):
        raise ValueError(f"The fragment of {uri!r} is not a base64url digest.")
    return uri


def verify_web_origin(origin: str) -> str:
    """Return *origin* if it is one as browsers send it (RFC 6454 section 6.2); raise `ValueError`."""
    parts = _split(origin)
    if parts is None or _is_plain(parts) or origin != f"{parts.scheme}://{parts.netloc}".lower():
        raise ValueError(f"{origin!r} is not an origin such as https://app.example.org.")
    return origin


def verify_page_uri(uri: str) -> str:
    """Return *uri* if pages may link to it; raise `ValueError`."""
    parts = _split(uri.partition("#")[0])
    if parts is None or parts.scheme not in _WEB:
        raise ValueError(f"{uri!r} is not an http or https address.")
    return uri


def is_own_scheme(uri: str) -> bool:
    """Tell whether *uri*, which may be registered, is of an application's own scheme (RFC 8252 section 7.1)."""
    return not uri.startswith(("https:", "http:"))


def is_loopback(uri: str) -> bool:
    """Tell whether *uri*, which may be registered, leads to the person's own machine (RFC 8252 section 7.3)."""
    return is_loopback_name(urlsplit(uri).hostname or "")


def web_origin_of(uri: str) -> str:
    """Return the origin of an http or https *uri* as browsers send it (RFC 6454 section 6.2)."""
    parts = urlsplit(uri)
    default = {"https": 443, "http": 80}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, default) else f":{parts.port}")


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
    if parts.scheme in _WEB and not (parts.hostname and _AUTHORITY.fullmatch(parts.netloc)):
        return None
    return parts


def _is_plain(parts: SplitResult) -> bool:
    """Tell whether what is sent there could be read on the way."""
    return parts.scheme != "https" and not (parts.scheme == "http" and is_loopback_name(parts.hostname or ""))
