"""The settings of an application as a form has them: in groups, each with its kind of field."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from idp.clients.metadata.administration import ACCESS_TOKEN_FORMATS, CERTIFICATE_POLICIES
from idp.clients.metadata.document import describe_metadata, read_text
from idp.clients.metadata.flows import APPLICATION_TYPES, GRANT_TYPES, RESPONSE_MODES, RESPONSE_TYPES, SUBJECT_TYPES
from idp.clients.metadata.security import (
    ASYMMETRIC_ALGORITHMS,
    AUTHENTICATION_METHODS,
    SIGNING_ALGORITHMS,
    SYMMETRIC_ALGORITHMS,
    TLS_SUBJECTS,
)
from idp.clients.metadata.values import ClientMetadata
from idp.clients.security_profile import PROFILES
from idp.web.parameters import Parameters


@dataclass(frozen=True)
class Field:
    """*kind* is text, words, lines, number, json, switch, choice or several; *values* are what the last two choose from."""

    kind: str
    values: tuple[str, ...] = ()


TEXT, WORDS, LINES, NUMBER, JSON, SWITCH = map(Field, ("text", "words", "lines", "number", "json", "switch"))
_CLIENTS_ALGORITHMS = (*SYMMETRIC_ALGORITHMS, *ASYMMETRIC_ALGORITHMS)

GROUPS: Mapping[str, Mapping[str, Field]] = MappingProxyType(
    {
        "about": {
            "client_name": TEXT,
            "description": TEXT,
            "client_uri": TEXT,
            "root_uri": TEXT,
            "logo_uri": TEXT,
            "policy_uri": TEXT,
            "tos_uri": TEXT,
            "initiate_login_uri": TEXT,
            "contacts": LINES,
            "software_id": TEXT,
            "software_version": TEXT,
        },
        "addresses": {
            "redirect_uris": LINES,
            "post_logout_redirect_uris": LINES,
            "web_origins": LINES,
            "application_type": Field("choice", APPLICATION_TYPES),
        },
        "sign_in": {
            "certificate_policy": Field("choice", CERTIFICATE_POLICIES),
            "scope": WORDS,
            "default_scope": WORDS,
            "consent_required": SWITCH,
            "first_party": SWITCH,
            "default_max_age": NUMBER,
            "require_auth_time": SWITCH,
            "default_acr_values": LINES,
            "grant_types": Field("several", GRANT_TYPES),
            "response_types": Field("several", RESPONSE_TYPES),
            "response_modes": Field("several", RESPONSE_MODES),
        },
        "tokens": {
            "access_token_lifetime": NUMBER,
            "access_token_format": Field("choice", ACCESS_TOKEN_FORMATS),
            "access_token_signed_response_alg": Field("choice", SIGNING_ALGORITHMS),
            "id_token_signed_response_alg": Field("choice", SIGNING_ALGORITHMS),
            "userinfo_signed_response_alg": Field("choice", ("", *SIGNING_ALGORITHMS)),
            "full_scope_allowed": SWITCH,
            "resources": LINES,
            "subject_type": Field("choice", SUBJECT_TYPES),
            "sector_identifier_uri": TEXT,
        },
        "logout": {
            "backchannel_logout_uri": TEXT,
            "backchannel_logout_session_required": SWITCH,
            "frontchannel_logout_uri": TEXT,
            "frontchannel_logout_session_required": SWITCH,
        },
        "security": {
            "token_endpoint_auth_method": Field("choice", AUTHENTICATION_METHODS),
            "token_endpoint_auth_signing_alg": Field("choice", ("", *_CLIENTS_ALGORITHMS)),
            "secret_overlap": NUMBER,
            "pkce_required": SWITCH,
            "security_profile": Field("choice", tuple(PROFILES)),
            "dpop_bound_access_tokens": SWITCH,
            "tls_client_certificate_bound_access_tokens": SWITCH,
            "jwks_uri": TEXT,
            "jwks": JSON,
            **dict.fromkeys(TLS_SUBJECTS, TEXT),
        },
        "advanced": {
            "require_pushed_authorization_requests": SWITCH,
            "require_signed_request_object": SWITCH,
            "request_object_signing_alg": Field("choice", ("", "none", *_CLIENTS_ALGORITHMS)),
            "request_uris": LINES,
            "direct_access_grants_enabled": SWITCH,
            "admin_api": SWITCH,
        },
    }
)
_DIGITS = 12
ELSEWHERE = frozenset({"attributes", "enabled", "mappers"})
"""Settings with a page of their own."""


def describe_group(metadata: ClientMetadata, group: str) -> dict[str, Any]:
    """Return the values of the group's settings, as a document has them; an empty text or None where there is none."""
    described = describe_metadata(metadata)
    return {name: described.get(name, None if field in (NUMBER, JSON) else "") for name, field in GROUPS[group].items()}


def read_field(form: Parameters, name: str, field: Field, seen: Any) -> Any:
    """Return the value that was typed, *seen* where the form has no such field; raise `InvalidInput`."""
    if field.kind == "switch":
        return name in form
    if field.kind == "several":
        return [value for value in field.values if value in form.all(name)]
    if name not in form:
        return seen
    return _read_typed(form[name].strip(), name, field)


def _read_typed(typed: str, name: str, field: Field) -> Any:
    if field.kind == "lines":
        return [line.strip() for line in typed.splitlines() if line.strip()]
    if field.kind == "words":
        return " ".join(typed.split())
    if field.kind == "number":
        return (
            (int(typed) if typed.isascii() and typed.isdigit() and len(typed) < _DIGITS else typed) if typed else None
        )
    return (read_text(name, typed) if typed else None) if field.kind == "json" else typed
