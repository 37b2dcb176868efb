"""What people see of a client, and who is behind it (RFC 7591 section 2)."""

from collections.abc import Mapping

from idp.clients.metadata.member import Member, text, texts
from idp.clients.uris import verify_https_uri, verify_page_uri

_URI_LENGTH = 2048


def _address(column: str) -> Member:
    return text(column, check=verify_page_uri, longest=_URI_LENGTH)


MEMBERS: Mapping[str, Member] = {
    "client_name": text("name"),
    "client_uri": _address("home_uri"),
    "logo_uri": _address("logo_uri"),
    "policy_uri": _address("policy_uri"),
    "tos_uri": _address("tos_uri"),
    "contacts": texts("contacts", most=10),
    "software_id": text("software_id"),
    "software_version": text("software_version"),
    # OpenID Connect Core section 4: https, and nothing else.
    "initiate_login_uri": text("initiate_login_uri", check=verify_https_uri, longest=_URI_LENGTH),
}

LOCALIZED = frozenset({"client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"})
"""May come once more for a language, as in ``client_name#de`` (RFC 7591 section 2.2)."""
