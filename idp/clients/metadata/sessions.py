"""How a person signs in for a client and signs out of it.

OpenID Connect Dynamic Client Registration 1.0 section 2, Back-Channel Logout 1.0 section 2.2, Front-Channel Logout 1.0 section 2.
"""

import re
from collections.abc import Mapping

from idp.clients.metadata.member import Member, number, switch, text, texts
from idp.clients.uris import verify_browser_uri, verify_fetched_uri

_URI_LENGTH = 2048
_MAX_AGE = 10 * 365 * 86400
_ACR = re.compile(r"[\x21-\x7e]{1,255}")


def _verify_acr(value: str) -> str:
    if not _ACR.fullmatch(value):
        raise ValueError(f"{value!r} cannot be an acr value.")
    return value


MEMBERS: Mapping[str, Member] = {
    "default_max_age": number("default_max_age", 0, _MAX_AGE),
    "require_auth_time": switch("require_auth_time"),
    "default_acr_values": texts("default_acr_values", check=_verify_acr, most=10),
    "backchannel_logout_uri": text("backchannel_logout_uri", check=verify_fetched_uri, longest=_URI_LENGTH),
    "backchannel_logout_session_required": switch("backchannel_logout_session_required"),
    "frontchannel_logout_uri": text("frontchannel_logout_uri", check=verify_browser_uri, longest=_URI_LENGTH),
    "frontchannel_logout_session_required": switch("frontchannel_logout_session_required"),
}
