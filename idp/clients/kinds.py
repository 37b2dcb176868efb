"""Kinds of applications: which of them a client is, and what a new one begins with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from idp.clients.metadata.flows import CLIENT_GRANT, CODE_GRANT
from idp.clients.metadata.security import SECRET_METHODS
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import NO_AUTHENTICATION
from idp.clients.uris import is_loopback, is_own_scheme
from idp.models import Client

WEB, SINGLE_PAGE, NATIVE, SERVICE, OTHER = "web", "single_page", "native", "service", "other"
LOOPBACK_CALLBACK = "http://127.0.0.1/callback"
"""Where a native application listens; its port is whichever is free (RFC 8252 section 7.3)."""
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"

_WITH_PEOPLE: Mapping[str, Any] = {"grant_types": [CODE_GRANT, "refresh_token"], "scope": "openid profile email"}
BEGINNINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        WEB: {**_WITH_PEOPLE, "token_endpoint_auth_method": SECRET_METHODS[0]},
        SINGLE_PAGE: {**_WITH_PEOPLE, "token_endpoint_auth_method": NO_AUTHENTICATION},
        NATIVE: {**_WITH_PEOPLE, "token_endpoint_auth_method": NO_AUTHENTICATION, "application_type": "native"},
        SERVICE: {"grant_types": [CLIENT_GRANT], "token_endpoint_auth_method": SECRET_METHODS[0], "scope": ""},
    }
)
"""The metadata that each kind begins with, which the command line would be given; PKCE is required by default."""


def kind_of(client: Client | ClientMetadata) -> str:
    """Return the kind that the client's settings make it."""
    if CODE_GRANT not in client.grant_types:
        return SERVICE if CLIENT_GRANT in client.grant_types else OTHER
    if client.token_endpoint_auth_method != NO_AUTHENTICATION:
        return WEB
    at_home = all(is_own_scheme(uri) or is_loopback(uri) for uri in client.redirect_uris)
    native = client.application_type == "native" or DEVICE_GRANT in client.grant_types or at_home
    return NATIVE if native else SINGLE_PAGE
