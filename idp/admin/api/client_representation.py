"""Clients as Keycloak represents them (ClientRepresentation, ProtocolMapperRepresentation)."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from idp.admin.api.client_attributes import describe_attributes
from idp.admin.api.representation import Representation
from idp.clients.metadata.flows import CLIENT_GRANT, CODE_GRANT, IMPLICIT_GRANT
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import NO_AUTHENTICATION
from idp.clients.scope_assignment import list_optional_scopes
from idp.models import Client

PROTOCOL = "openid-connect"
OPENID = "openid"
AUTHENTICATORS: Mapping[str, tuple[str, ...]] = {
    "client-secret": ("client_secret_basic", "client_secret_post"),
    "client-jwt": ("private_key_jwt",),
    "client-secret-jwt": ("client_secret_jwt",),
    "client-x509": ("tls_client_auth", "self_signed_tls_client_auth"),
}
"""Keycloak's names for how a client authenticates, with the methods that they are; the first is meant where it is new."""


def _texts(value: Any) -> Any:
    """Return the attributes with each value a text, as Keycloak's clients also send numbers and switches."""
    if not isinstance(value, dict):
        return value
    plain = {name: str(part).lower() if isinstance(part, bool | int) else part for name, part in value.items()}
    return {name: "" if part is None else part for name, part in plain.items()}


Texts = Annotated[dict[str, str], BeforeValidator(_texts)]


class ProtocolMapperRepresentation(Representation):
    """One protocol mapper."""

    id: str | None = None
    name: str | None = None
    protocol: str | None = None
    protocolMapper: str | None = None
    consentRequired: bool | None = None
    config: Texts | None = None


class ClientRepresentation(Representation):
    """A client. `secret` is told only to who manages clients and holds what the client holds."""

    id: str | None = None
    clientId: str | None = None
    name: str | None = None
    description: str | None = None
    rootUrl: str | None = None
    baseUrl: str | None = None
    enabled: bool | None = None
    protocol: str | None = None
    clientAuthenticatorType: str | None = None
    secret: str | None = None
    registrationAccessToken: str | None = None
    publicClient: bool | None = None
    bearerOnly: bool | None = None
    redirectUris: list[str] | None = None
    webOrigins: list[str] | None = None
    standardFlowEnabled: bool | None = None
    implicitFlowEnabled: bool | None = None
    directAccessGrantsEnabled: bool | None = None
    serviceAccountsEnabled: bool | None = None
    consentRequired: bool | None = None
    frontchannelLogout: bool | None = None
    fullScopeAllowed: bool | None = None
    surrogateAuthRequired: bool | None = None
    notBefore: int | None = None
    attributes: Texts | None = None
    protocolMappers: list[ProtocolMapperRepresentation] | None = None
    defaultClientScopes: list[str] | None = None
    optionalClientScopes: list[str] | None = None
    access: dict[str, bool] | None = None


def describe_client(client: Client, *, access: dict[str, bool] | None = None) -> ClientRepresentation:
    """Return the client with all that is told of it, but for its secret."""
    metadata = ClientMetadata.of(client)
    return ClientRepresentation(
        id=client.id,
        clientId=client.client_id,
        name=metadata.name or None,
        description=metadata.description or None,
        rootUrl=metadata.root_uri or None,
        baseUrl=metadata.home_uri or None,
        enabled=metadata.enabled,
        protocol=PROTOCOL,
        clientAuthenticatorType=authenticator_of(metadata.token_endpoint_auth_method),
        redirectUris=list(metadata.redirect_uris),
        webOrigins=list(metadata.web_origins),
        **_describe_flows(metadata),
        consentRequired=metadata.consent_required,
        frontchannelLogout=bool(metadata.frontchannel_logout_uri),
        fullScopeAllowed=metadata.full_scope_allowed,
        surrogateAuthRequired=False,
        notBefore=0,
        attributes=describe_attributes(metadata),
        protocolMappers=describe_mappers(client.id, metadata.mappers),
        defaultClientScopes=metadata.default_scope.split(),
        optionalClientScopes=list_optional_scopes(metadata),
        access=access,
    )


def describe_client_briefly(client: Client) -> ClientRepresentation:
    """Return what is told to who may look for clients, and no more."""
    return ClientRepresentation(id=client.id, clientId=client.client_id, description=client.description or None)


def describe_mappers(owner_id: str, mappers: Any) -> list[ProtocolMapperRepresentation]:
    """Return the mappers of the row *owner_id*."""
    return [
        ProtocolMapperRepresentation(
            id=id_of_mapper(owner_id, mapper),
            name=mapper["name"],
            protocol=PROTOCOL,
            protocolMapper=mapper["protocolMapper"],
            consentRequired=False,
            config=dict(mapper["config"]),
        )
        for mapper in mappers
    ]


def id_of_mapper(owner_id: str, mapper: Mapping[str, Any]) -> str:
    """Return the mapper's id: its own, or one that follows from its name where the command line made it."""
    return str(mapper.get("id") or uuid.uuid5(uuid.NAMESPACE_URL, f"{owner_id}/{mapper['name']}"))


def authenticator_of(method: str) -> str:
    """Return Keycloak's name for an authentication method."""
    return next((name for name, methods in AUTHENTICATORS.items() if method in methods), "client-secret")


def _describe_flows(metadata: ClientMetadata) -> dict[str, Any]:
    public = metadata.token_endpoint_auth_method == NO_AUTHENTICATION
    return {
        "publicClient": public,
        "bearerOnly": not metadata.grant_types and not metadata.direct_access_grants_enabled and not public,
        "standardFlowEnabled": CODE_GRANT in metadata.grant_types,
        "implicitFlowEnabled": IMPLICIT_GRANT in metadata.grant_types,
        "serviceAccountsEnabled": CLIENT_GRANT in metadata.grant_types,
        "directAccessGrantsEnabled": metadata.direct_access_grants_enabled,
    }
