"""From a ClientRepresentation to a document of `idp.clients.metadata`: what is absent stays, what cannot be kept is refused."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from idp.admin.api.client_attributes import ATTRIBUTES, read_attributes, read_grants
from idp.admin.api.client_representation import (
    AUTHENTICATORS,
    OPENID,
    PROTOCOL,
    ClientRepresentation,
    ProtocolMapperRepresentation,
)
from idp.clients.client_scopes import BUILT_IN, DEFAULT, OPTIONAL
from idp.clients.keycloak_addresses import absolute
from idp.clients.metadata.document import change_metadata
from idp.clients.metadata.flows import CLIENT_GRANT, CODE_GRANT, IMPLICIT_GRANT, RESPONSE_TYPES
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import NO_AUTHENTICATION
from idp.clients.scope_assignment import list_optional_scopes, merge_scopes
from idp.clients.uris import is_own_scheme, web_origin_of
from idp.errors import InvalidInput
from idp.models import ClientScope, new_id
from idp.oidc.registration.checks import verify_keys

WITHOUT_MEANING = frozenset(
    {"web-origins", "acr", "roles", "basic", "microprofile-jwt", "service_account", "organization"}
)
"""Client scopes that every realm of Keycloak has, and whose work needs none here; they are passed over."""

_PLAIN = {
    "name": "client_name",
    "description": "description",
    "rootUrl": "root_uri",
    "enabled": "enabled",
    "consentRequired": "consent_required",
    "directAccessGrantsEnabled": "direct_access_grants_enabled",
    "fullScopeAllowed": "full_scope_allowed",
}
_FLOWS = {
    "standardFlowEnabled": CODE_GRANT,
    "implicitFlowEnabled": IMPLICIT_GRANT,
    "serviceAccountsEnabled": CLIENT_GRANT,
}
_NAME_OF = {
    **{attribute.member: f"attributes.{name}" for name, attribute in ATTRIBUTES.items()},
    **{member: name for name, member in _PLAIN.items()},
    "client_uri": "baseUrl",
    "redirect_uris": "redirectUris",
    "web_origins": "webOrigins",
    "mappers": "protocolMappers",
    "scope": "optionalClientScopes",
    "default_scope": "defaultClientScopes",
    "token_endpoint_auth_method": "clientAuthenticatorType",
}


def names_of(scopes: Sequence[ClientScope]) -> list[str]:
    """Return the names of the realm's *scopes*, and those whose claims are built in."""
    return [*BUILT_IN, *(scope.name for scope in scopes)]


def build_new_client(scopes: Sequence[ClientScope]) -> ClientMetadata:
    """Return what a client is of which nothing is said, in a realm that has *scopes*."""
    default = [scope.name for scope in scopes if scope.assignment == DEFAULT]
    optional = [scope.name for scope in scopes if scope.assignment == OPTIONAL]
    return ClientMetadata(
        grant_types=(CODE_GRANT, "refresh_token"),
        scope=" ".join((OPENID, *default, *optional)),
        default_scope=" ".join(default),
    )


def read_client(
    representation: ClientRepresentation, current: ClientMetadata, scopes: Collection[str]
) -> ClientMetadata:
    """Return *current* with what is there in the representation; raise `InvalidInput` under the names of the representation.

    *scopes* are those of the realm: others can be assigned only where the client has them already.
    """
    _verify_possible(representation)
    document = _read_plain(representation)
    document |= read_attributes(representation.attributes or {}, current)
    root = document.get("root_uri", current.root_uri)
    document |= _read_addresses(representation, document, current, root)
    document |= _read_flows(representation, current)
    document |= _read_method(representation, current)
    document |= _read_scopes(representation, current, scopes)
    if representation.protocolMappers is not None:
        document["mappers"] = [read_mapper(mapper) for mapper in representation.protocolMappers]
    return apply(current, document)


def apply(current: ClientMetadata, document: dict[str, Any]) -> ClientMetadata:
    """Return *current* with the changes in *document*; raise `InvalidInput` under the names of the representation."""
    try:
        changed = change_metadata(current, document)
        verify_keys(changed)
    except InvalidInput as error:
        raise InvalidInput(**{_NAME_OF.get(name, name): text for name, text in error.fields.items()}) from error
    return changed


def read_mapper(mapper: ProtocolMapperRepresentation) -> dict[str, Any]:
    """Return the mapper as `idp.clients.mappers` verifies it."""
    if mapper.protocol not in {None, PROTOCOL}:
        raise InvalidInput(protocolMappers=f"There is {PROTOCOL}, and nothing else.")
    config = {name: value for name, value in (mapper.config or {}).items() if value}
    return {
        "id": mapper.id or new_id(),
        "name": mapper.name,
        "protocolMapper": mapper.protocolMapper,
        "config": config,
    }


def _verify_possible(representation: ClientRepresentation) -> None:
    """Raise `InvalidInput` for what would be a hole if it were passed over."""
    if representation.protocol not in {None, "", PROTOCOL}:
        raise InvalidInput(protocol=f"There is {PROTOCOL}, and nothing else.")


def _read_plain(representation: ClientRepresentation) -> dict[str, Any]:
    said = ((member, getattr(representation, name)) for name, member in _PLAIN.items())
    document = {member: value for member, value in said if value is not None}
    if representation.frontchannelLogout is False:
        document["frontchannel_logout_uri"] = None
    return document


def _read_addresses(
    representation: ClientRepresentation, document: dict[str, Any], current: ClientMetadata, root: str
) -> dict[str, Any]:
    """Return the addresses, those that are relative joined to the root URL as Keycloak does."""
    read: dict[str, Any] = {}
    if representation.baseUrl is not None:
        read["client_uri"] = absolute(representation.baseUrl, root)
    if representation.redirectUris is not None:
        read["redirect_uris"] = [
            _verify_exact("redirectUris", absolute(uri, root)) for uri in representation.redirectUris
        ]
        if "application_type" not in document and any(map(_is_own_scheme, read["redirect_uris"])):
            read["application_type"] = "native"
    redirects = read.get("redirect_uris", current.redirect_uris)
    if representation.webOrigins is not None:
        read["web_origins"] = _expand(representation.webOrigins, lambda: _origins_of(redirects))
        for origin in read["web_origins"]:
            _verify_exact("webOrigins", origin)
    if "post_logout_redirect_uris" in document:
        given = [uri for uri in document["post_logout_redirect_uris"] if uri != "-"]
        read["post_logout_redirect_uris"] = _expand([absolute(uri, root) for uri in given], lambda: redirects)
    return read


def _verify_exact(field: str, uri: str) -> str:
    if "*" in uri:
        text = f"{uri[:100]!r} has a wildcard. Addresses are compared exactly: register each of them."
        raise InvalidInput(**{field: text})
    return uri


def _expand(given: Sequence[str], meant: Callable[[], Sequence[str]]) -> list[str]:
    """Return *given* with what ``+`` stands for with Keycloak in its place."""
    return list(dict.fromkeys(part for uri in given for part in (meant() if uri == "+" else (uri,))))


def _origins_of(redirects: Sequence[str]) -> list[str]:
    try:
        return [web_origin_of(uri) for uri in redirects if not is_own_scheme(uri)]
    except (KeyError, ValueError):  # one that is refused in a moment, under its own name
        return []


def _is_own_scheme(uri: str) -> bool:
    return ":" in uri and is_own_scheme(uri) and uri.partition(":")[0].count(".") > 0


def _read_flows(representation: ClientRepresentation, current: ClientMetadata) -> dict[str, Any]:
    wanted = {grant: value for name, grant in _FLOWS.items() if (value := getattr(representation, name)) is not None}
    wanted |= read_grants(representation.attributes or {})
    if representation.bearerOnly:
        wanted = dict.fromkeys(current.grant_types, False)
    grants = [grant for grant in current.grant_types if wanted.get(grant, True)]
    grants += [grant for grant, on in wanted.items() if on and grant not in grants]
    if set(grants) == set(current.grant_types):
        return {}
    kept = [name for name in current.response_types if _is_served(name, grants)]
    return {"grant_types": grants, "response_types": kept if _covers(kept, grants) else _response_types_of(grants)}


def _response_types_of(grants: Collection[str]) -> list[str]:
    return [name for name in RESPONSE_TYPES if _is_served(name, grants)]


def _is_served(response_type: str, grants: Collection[str]) -> bool:
    values = set(response_type.split())
    return ("code" not in values or CODE_GRANT in grants) and (values <= {"code"} or IMPLICIT_GRANT in grants)


def _covers(response_types: Sequence[str], grants: Collection[str]) -> bool:
    """Tell whether each of the two grants has a response type that uses it."""
    codes = any("code" in name.split() for name in response_types)
    tokens = any(name != "code" for name in response_types)
    return (codes or CODE_GRANT not in grants) and (tokens or IMPLICIT_GRANT not in grants)


def _read_method(representation: ClientRepresentation, current: ClientMetadata) -> dict[str, Any]:
    known, authenticator = current.token_endpoint_auth_method, representation.clientAuthenticatorType
    public = representation.publicClient
    if public is True or (public is None and known == NO_AUTHENTICATION):
        return {"token_endpoint_auth_method": NO_AUTHENTICATION}
    if not authenticator:
        return {"token_endpoint_auth_method": "client_secret_basic" if known == NO_AUTHENTICATION else known}
    methods = AUTHENTICATORS.get(authenticator)
    if methods is None:
        raise InvalidInput(clientAuthenticatorType=f"Use one of {', '.join(AUTHENTICATORS)}.")
    return {"token_endpoint_auth_method": known if known in methods else methods[0]}


def _read_scopes(
    representation: ClientRepresentation, current: ClientMetadata, scopes: Collection[str]
) -> dict[str, Any]:
    if representation.defaultClientScopes is None and representation.optionalClientScopes is None:
        return {}
    default = _first(representation.defaultClientScopes, current.default_scope.split())
    optional = _first(representation.optionalClientScopes, list_optional_scopes(current))
    names = [name for name in (*optional, *default) if name not in WITHOUT_MEANING]
    unknown = [name for name in names if name not in {*scopes, *current.scope.split()}]
    if unknown:
        raise InvalidInput(defaultClientScopes=f"The realm has no scope {', '.join(unknown)[:200]}.")
    return merge_scopes(current, default=[name for name in default if name in names], names=names)


def _first(given: list[str] | None, known: list[str]) -> list[str]:
    return known if given is None else given
