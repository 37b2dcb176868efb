"""What an administrator decides about a client; it cannot say any of it of itself."""

import re
from collections.abc import Mapping
from typing import Any

from idp.clients.mappers import verify_mappers
from idp.clients.metadata.flows import verify_scopes
from idp.clients.metadata.member import Member, choice, document, number, read_line, switch, text, texts, words
from idp.clients.metadata.security import SIGNING_ALGORITHMS
from idp.clients.security_profile import PROFILES
from idp.clients.uris import verify_page_uri, verify_web_origin

CERTIFICATE_POLICIES = ("realm", "required")
ACCESS_TOKEN_FORMATS = ("jwt", "opaque")
_URI_LENGTH = 2048
_MOST_ATTRIBUTES, _LONGEST_ATTRIBUTE = 100, 4000
_MOST_OVERLAP = 30 * 86400
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x7e]+")


def _verify_resource(uri: str) -> str:
    """Return *uri* if it is absolute and has no fragment (RFC 8707 section 2)."""
    if not _ABSOLUTE.fullmatch(uri):
        raise ValueError(f"{uri!r} is not an absolute address without fragment.")
    return uri


def _read_mappers(value: Any) -> tuple[dict[str, Any], ...]:
    return tuple(verify_mappers(value))


def read_attributes(value: Any) -> dict[str, str] | None:
    """Return what tools may keep with a client, or a client scope; raise `ValueError`."""
    if not isinstance(value, Mapping) or len(value) > _MOST_ATTRIBUTES:
        raise ValueError(f"Use an object of at most {_MOST_ATTRIBUTES} texts.")
    if any(not isinstance(text, str) or len(text) > _LONGEST_ATTRIBUTE for text in value.values()):
        raise ValueError(f"Use texts of at most {_LONGEST_ATTRIBUTE} characters.")
    return {read_line(name, 255): text.replace("\0", "") for name, text in value.items()} or None


MEMBERS: Mapping[str, Member] = {
    "description": text("description", registrable=False),
    "root_uri": text("root_uri", check=verify_page_uri, longest=_URI_LENGTH, registrable=False),
    "default_scope": words("default_scope", check=verify_scopes, registrable=False),
    "full_scope_allowed": switch("full_scope_allowed", registrable=False),
    "attributes": document("attributes", read_attributes, registrable=False),
    "secret_overlap": number("secret_overlap", 0, _MOST_OVERLAP, registrable=False),
    "enabled": switch("enabled", registrable=False),
    "first_party": switch("first_party", registrable=False),
    "consent_required": switch("consent_required", registrable=False),
    "pkce_required": switch("pkce_required", registrable=False),
    "certificate_policy": choice("certificate_policy", CERTIFICATE_POLICIES, registrable=False),
    "security_profile": choice("security_profile", tuple(PROFILES), registrable=False),
    "web_origins": texts("web_origins", check=verify_web_origin, longest=_URI_LENGTH, registrable=False),
    "resources": texts("resources", check=_verify_resource, longest=_URI_LENGTH, registrable=False),
    "mappers": document("mappers", _read_mappers, registrable=False),
    "access_token_format": choice("access_token_format", ACCESS_TOKEN_FORMATS, registrable=False),
    "access_token_signed_response_alg": choice(
        "access_token_signed_response_alg", SIGNING_ALGORITHMS, registrable=False
    ),
    "access_token_lifetime": number("access_token_lifetime", 10, 86400, registrable=False),
    "direct_access_grants_enabled": switch("direct_access_grants_enabled", registrable=False),
    "admin_api": switch("admin_api", registrable=False),
}
