"""What a client may ask for, and where answers go (RFC 7591 section 2, RP-Initiated Logout 1.0 section 3)."""

import re
from collections.abc import Mapping

from idp.clients.metadata.member import Member, choice, switch, text, texts, words
from idp.clients.uris import verify_fetched_uri, verify_https_uri, verify_redirect_uri, verify_request_uri

CODE_GRANT, IMPLICIT_GRANT, CLIENT_GRANT = "authorization_code", "implicit", "client_credentials"
GRANT_TYPES = (
    CODE_GRANT,
    "refresh_token",
    CLIENT_GRANT,
    IMPLICIT_GRANT,
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
)
RESPONSE_TYPES = ("code", "id_token", "id_token token", "code id_token", "code token", "code id_token token")
RESPONSE_MODES = ("query", "fragment", "form_post")
APPLICATION_TYPES = ("web", "native")
SUBJECT_TYPES = ("public", "pairwise")
_URI_LENGTH = 2048
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,255}")  # RFC 6749 section 3.3
_CANONICAL = {frozenset(name.split()): name for name in RESPONSE_TYPES}


def _verify_grant_type(name: str) -> str:
    if name not in GRANT_TYPES:
        raise ValueError(f"There is no grant type {name!r} here; there are {', '.join(GRANT_TYPES)}.")
    return name


def _verify_response_type(name: str) -> str:
    """Return the response type with its words in our order, which means nothing (RFC 6749 section 3.1.1)."""
    values = name.split(" ")
    found = _CANONICAL.get(frozenset(values))
    if found is None or len(set(values)) != len(values):
        raise ValueError(f"There is no response type {name!r} here; there are {', '.join(RESPONSE_TYPES)}.")
    return found


def _verify_response_mode(name: str) -> str:
    if name not in RESPONSE_MODES:
        raise ValueError(f"There is no response mode {name!r} here; there are {', '.join(RESPONSE_MODES)}.")
    return name


def verify_scopes(scopes: list[str]) -> list[str]:
    """Return *scopes* if each can be one; raise `ValueError`."""
    wrong = [scope for scope in scopes if not _SCOPE.fullmatch(scope)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} cannot be a scope.")
    return scopes


def _addresses(column: str) -> Member:
    return texts(column, check=verify_redirect_uri, longest=_URI_LENGTH)


MEMBERS: Mapping[str, Member] = {
    "application_type": choice("application_type", APPLICATION_TYPES),
    "redirect_uris": _addresses("redirect_uris"),
    "post_logout_redirect_uris": _addresses("post_logout_redirect_uris"),
    "grant_types": texts("grant_types", check=_verify_grant_type),
    "response_types": texts("response_types", check=_verify_response_type),
    "response_modes": texts("response_modes", check=_verify_response_mode),
    "scope": words("scope", check=verify_scopes),
    "subject_type": choice("subject_type", SUBJECT_TYPES),
    "sector_identifier_uri": text("sector_identifier_uri", check=verify_https_uri, longest=_URI_LENGTH),
    "request_uris": texts("request_uris", check=verify_request_uri, longest=_URI_LENGTH),
    "jwks_uri": text("jwks_uri", check=verify_fetched_uri, longest=_URI_LENGTH),
    "require_pushed_authorization_requests": switch("require_pushed_authorization_requests"),
}
