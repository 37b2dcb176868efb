"""Compare the `htu` of a proof with the address of a request (RFC 9449 section 4.3, RFC 3986 sections 6.2.2 and 6.2.3)."""

import re
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def same_address(htu: str, address: str) -> bool:
    """Tell whether *htu*, its query and fragment aside, is *address*, however it is spelled."""
    return htu == address or normalize_uri(htu) == normalize_uri(address) is not None


def normalize_uri(uri: str) -> str | None:
    """Return *uri* without query and fragment, in the one spelling of RFC 3986 section 6.2; None for what is no address."""
    try:
        parts = urlsplit(uri)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    path = _ENCODED.sub(_decode_unreserved, parts.path) or "/"
    return f"{parts.scheme}://{parts.hostname}:{port}{path}"


def _decode_unreserved(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code in _UNRESERVED else match[0].upper()
