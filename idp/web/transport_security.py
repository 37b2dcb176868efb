"""HTTP Strict Transport Security (RFC 6797)."""

from functools import lru_cache
from urllib.parse import urlsplit

from starlette.responses import Response

from idp.settings import is_loopback_name

_YEAR = "max-age=31536000"


def demand_https(response: Response, public_url: str) -> Response:
    """Tell the browser to reach this host by https alone for a year, where *public_url* is https.

    Never for a loopback name: other programs of the machine are reached under it too.
    """
    if _is_lasting(public_url):
        response.headers["Strict-Transport-Security"] = _YEAR
    return response


@lru_cache
def _is_lasting(public_url: str) -> bool:
    parts = urlsplit(public_url)
    return parts.scheme == "https" and not is_loopback_name(parts.hostname or "")
