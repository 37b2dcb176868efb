"""What Keycloak keeps in a client's ``attributes``, and what we have that Keycloak has not, under ``countersign.``.

Each name stands for one member of a client's metadata (`idp.clients.metadata`). All values are text. Other attributes are kept as
they are: they mean nothing here, but tools that set them find them again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.clients.metadata.document import MEMBERS, describe_metadata, read_text
from idp.clients.metadata.values import ClientMetadata
from idp.errors import InvalidInput
from idp.models import Client

PREFIX = "countersign."
_SEPARATOR = "##"
_PKCE = "S256"


@dataclass(frozen=True)
class Attribute:
    """The member that an attribute stands for; `show` makes its text, `read` its value, raising `ValueError`."""

    member: str
    show: Callable[[Any], str]
    read: Callable[[str], Any]


def _text(member: str, *, nothing: str = "") -> Attribute:
    """Return an attribute that is text; *nothing* is what Keycloak has for none."""
    return Attribute(member, str, lambda typed: "" if typed == nothing else typed)


def _switch(member: str) -> Attribute:
    return Attribute(member, lambda value: str(value).lower(), MEMBERS[member].read_text)


def _list(member: str) -> Attribute:
    return Attribute(member, _SEPARATOR.join, lambda typed: [part for part in typed.split(_SEPARATOR) if part])


def _json(member: str) -> Attribute:
    return Attribute(member, json.dumps, lambda typed: MEMBERS[member].read_text(typed) if typed else None)


def _own(member: str) -> Attribute:
    """Return an attribute that is written as on the command line."""

    def show(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    return Attribute(member, show, lambda typed: read_text(member, typed))


def _read_pkce(typed: str) -> bool:
    if typed not in {"", _PKCE}:
        raise ValueError(f"Use {_PKCE}.")
    return typed == _PKCE


ATTRIBUTES: Mapping[str, Attribute] = {
    "post.logout.redirect.uris": _list("post_logout_redirect_uris"),
    "pkce.code.challenge.method": Attribute("pkce_required", lambda value: _PKCE if value else "", _read_pkce),
    "access.token.lifespan": _json("access_token_lifetime"),
    "backchannel.logout.url": _text("backchannel_logout_uri"),
    "backchannel.logout.session.required": _switch("backchannel_logout_session_required"),
    "frontchannel.logout.url": _text("frontchannel_logout_uri"),
    "frontchannel.logout.session.required": _switch("frontchannel_logout_session_required"),
    "tls.client.certificate.bound.access.tokens": _switch("tls_client_certificate_bound_access_tokens"),
    "dpop.bound.access.tokens": _switch("dpop_bound_access_tokens"),
    "jwks.url": _text("jwks_uri"),
    "jwks.string": _json("jwks"),
    "x509.subjectdn": _text("tls_client_auth_subject_dn"),
    "token.endpoint.auth.signing.alg": _text("token_endpoint_auth_signing_alg"),
    "request.object.signature.alg": _text("request_object_signing_alg", nothing="any"),
    "request.uris": _list("request_uris"),
    "require.pushed.authorization.requests": _switch("require_pushed_authorization_requests"),
    "id.token.signed.response.alg": _text("id_token_signed_response_alg"),
    "access.token.signed.response.alg": _text("access_token_signed_response_alg"),
    "user.info.response.signature.alg": _text("userinfo_signed_response_alg", nothing="unsigned"),
    "default.acr.values": _list("default_acr_values"),
    "logoUri": _text("logo_uri"),
    "policyUri": _text("policy_uri"),
    "tosUri": _text("tos_uri"),
    **{
        f"{PREFIX}{member}": _own(member)
        for member in (
            *("application_type", "response_types", "response_modes", "subject_type", "sector_identifier_uri"),
            *("certificate_policy", "security_profile", "first_party", "admin_api", "resources"),
            *("access_token_format", "require_signed_request_object", "default_max_age", "require_auth_time"),
            *("contacts", "software_id", "software_version", "initiate_login_uri", "secret_overlap"),
            *("tls_client_auth_san_dns", "tls_client_auth_san_uri", "tls_client_auth_san_ip"),
            "tls_client_auth_san_email",
        )
    },
}
_ALGORITHMS = frozenset(name for name in ATTRIBUTES if name.endswith("signed.response.alg"))
_TOLD = ("client.secret.creation.time", "client.secret.rotated", "client.secret.rotated.creation.time")
_ONLY_TOLD = frozenset({*_TOLD, "client.secret.rotated.expiration.time", "client.secret.expiration.time"})
GRANT_OF: Mapping[str, str] = {
    "use.refresh.tokens": "refresh_token",
    "oauth2.device.authorization.grant.enabled": "urn:ietf:params:oauth:grant-type:device_code",
    "standard.token.exchange.enabled": "urn:ietf:params:oauth:grant-type:token-exchange",
    "oauth2.jwt.authorization.grant.enabled": "urn:ietf:params:oauth:grant-type:jwt-bearer",
}
"""Grants that are attributes with Keycloak, by their names here."""

_WHERE_KEYS_ARE: Mapping[str, str] = {"use.jwks.url": "jwks.url", "use.jwks.string": "jwks.string"}
_REFUSED: Mapping[str, str] = {
    "x509.allow.regex.pattern.comparison": "Subjects are compared as they are.",
}
"""What would leave a client less protected than somebody thinks, if it were ignored."""


def describe_attributes(metadata: ClientMetadata) -> dict[str, str]:
    """Return the attributes of a client with *metadata*; what it has nothing of is left out."""
    described = describe_metadata(metadata)
    told = dict(metadata.attributes or {})
    for name, attribute in ATTRIBUTES.items():
        value = described.get(attribute.member)
        if value is not None and value != []:
            told[name] = attribute.show(value)
    told |= {name: "true" for name, at in _WHERE_KEYS_ARE.items() if at in told}
    return told | {name: str(grant in metadata.grant_types).lower() for name, grant in GRANT_OF.items()}


def read_attributes(given: Mapping[str, str], current: ClientMetadata) -> dict[str, Any]:
    """Return the members of metadata that the attributes *given* are about; raise `InvalidInput` under the attributes' names."""
    document: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, typed in given.items():
        try:
            document |= _read(name, typed)
        except InvalidInput as error:
            problems[f"attributes.{name}"] = "; ".join(error.fields.values())
        except ValueError as error:
            problems[f"attributes.{name}"] = str(error)
    if problems:
        raise InvalidInput(**problems)
    for switch, at in _WHERE_KEYS_ARE.items():
        if given.get(switch) == "false":
            document[ATTRIBUTES[at].member] = None
    kept = {name: text for name, text in given.items() if _is_free(name) and text}
    free = {name: text for name, text in (current.attributes or {}).items() if name not in given}
    return {**document, "attributes": {**free, **kept}}


def read_grants(given: Mapping[str, str]) -> dict[str, bool]:
    """Return which grants the attributes *given* switch on or off."""
    return {grant: given[name] == "true" for name, grant in GRANT_OF.items() if name in given}


def _read(name: str, typed: str) -> dict[str, Any]:
    if name in _REFUSED and typed == "true":
        raise ValueError(_REFUSED[name])
    if name.startswith(PREFIX) and name not in ATTRIBUTES:
        raise ValueError("There is no such setting of a client.")
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        return {}
    value = None if name in _ALGORITHMS and not typed else attribute.read(typed)
    return {attribute.member: value}


def _is_free(name: str) -> bool:
    return name not in {*ATTRIBUTES, *GRANT_OF, *_WHERE_KEYS_ARE, *_REFUSED, *_ONLY_TOLD}


def describe_secret_times(client: Client, now: datetime) -> dict[str, str]:
    """Return since when the secret is what it is and until when the one before it is good, in seconds."""
    made, until = client.secret_created_at, client.rotated_secret_expires_at
    told = {} if made is None else {"client.secret.creation.time": str(int(made.timestamp()))}
    if until is not None and until > now:
        told["client.secret.rotated.expiration.time"] = str(int(until.timestamp()))
    return told
