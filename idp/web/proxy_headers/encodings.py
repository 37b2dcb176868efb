"""Base64, PEM and percent-encoding, as strict as proxies allow (RFC 4648 §4, RFC 7468 §5, RFC 3986 §2.1)."""

import base64
import re
from urllib.parse import unquote_to_bytes

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----\s*")
_WHITESPACE = re.compile(r"\s+")


def decode_base64(text: str) -> bytes:
    """Return what *text* encodes; missing padding is supplied. Raises `ValueError` at any other flaw."""
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def decode_percent(text: str) -> str:
    """Undo percent-encoding; a plus sign stays one, because Apache and AWS leave it as it is."""
    return unquote_to_bytes(text).decode("ascii")


def decode_pem(text: str) -> tuple[bytes, ...]:
    """Return the DER of one or more PEM certificates, whose lines may be ended by any white space."""
    text = text.strip()
    found, position = [], 0
    while position < len(text):
        match = _PEM.match(text, position)
        if match is None:
            raise ValueError("not PEM")
        found.append(decode_base64(_WHITESPACE.sub("", match[1])))
        position = match.end()
    return tuple(found)
