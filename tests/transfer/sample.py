"""An export of a small company as Keycloak 26 would write it, with something of every part."""

import base64
import copy
import hashlib
import json
from typing import Any

PASSWORD = "a password of long ago"
SALT = b"sixteen bytes ok"
MIA = "6f2a7f0e-92d0-4a55-8a0e-0f5a1d2c3b01"
PORTAL = "6f2a7f0e-92d0-4a55-8a0e-0f5a1d2c3b02"


def credential(iterations: int = 1000, algorithm: str = "pbkdf2-sha512") -> dict[str, Any]:
    """A password as its export has it."""
    value = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), SALT, 1000, 64)
    data = {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": {}}
    secret = {"value": base64.b64encode(value).decode(), "salt": base64.b64encode(SALT).decode()}
    return {
        "id": "6f2a7f0e-92d0-4a55-8a0e-0f5a1d2c3bff",
        "type": "password",
        "createdDate": 1700000000000,
        "credentialData": json.dumps(data),
        "secretData": json.dumps(secret),
    }


def mapper(name: str, kind: str, **config: str) -> dict[str, Any]:
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config}


def user(number: int, **more: Any) -> dict[str, Any]:
    """Somebody of whom there are many."""
    return {"username": f"person-{number}", "email": f"person-{number}@example.org", "enabled": True, **more}


_ROLES = {
    "realm": [
        {
            "name": "default-roles-company",
            "composite": True,
            "composites": {"realm": ["staff"], "client": {"account": ["view-profile"]}},
        },
        {"name": "staff", "description": "Works here"},
        {
            "name": "boss",
            "description": "${role_boss}",
            "composites": {"realm": ["staff"], "client": {"portal": ["editor"]}},
        },
    ],
    "client": {
        "portal": [{"name": "editor", "attributes": {"level": ["3"]}}],
        "account": [{"name": "view-profile"}],
        "realm-management": [{"name": "view-users"}, {"name": "view-organizations"}],
    },
}
_GROUPS = [
    {
        "name": "north",
        "path": "/north",
        "attributes": {"city": ["Oslo"]},
        "realmRoles": ["staff"],
        "clientRoles": {"portal": ["editor"]},
        "subGroups": [{"name": "harbour", "path": "/north/harbour", "subGroups": []}],
    }
]
_CLIENTS = [
    {
        "id": PORTAL,
        "clientId": "portal",
        "name": "Portal",
        "rootUrl": "https://portal.example.org",
        "baseUrl": "/home",
        "enabled": True,
        "publicClient": False,
        "secret": "portal-secret-of-long-ago",
        "redirectUris": ["/callback", "https://portal.example.org/*"],
        "webOrigins": ["+"],
        "standardFlowEnabled": True,
        "serviceAccountsEnabled": True,
        "frontchannelLogout": False,
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": "+##https://portal.example.org/bye",
            "backchannel.logout.url": "https://portal.example.org/logout",
            "access.token.lifespan": "120",
            "login_theme": "company",
        },
        "protocolMappers": [
            mapper(
                "city",
                "oidc-usermodel-attribute-mapper",
                **{"user.attribute": "city", "claim.name": "city", "id.token.claim": "true"},
            ),
            mapper("script", "script-city.js"),
        ],
        "defaultClientScopes": ["profile", "roles", "teams"],
        "optionalClientScopes": ["offline_access", "extra"],
        "authenticationFlowBindingOverrides": {"browser": "x"},
    },
    {
        "clientId": "spa",
        "publicClient": True,
        "redirectUris": ["https://spa.example.org/"],
        "webOrigins": ["https://spa.example.org"],
    },
    {"clientId": "old-saml", "protocol": "saml"},
    {"clientId": "account", "publicClient": True},
]
_SCOPES = [
    {
        "name": "teams",
        "protocol": "openid-connect",
        "protocolMappers": [
            mapper(
                "teams",
                "oidc-group-membership-mapper",
                **{"claim.name": "teams", "full.path": "true", "access.token.claim": "true"},
            ),
        ],
    },
    {
        "name": "roles",
        "protocol": "openid-connect",
        "protocolMappers": [
            mapper(
                "client roles",
                "oidc-usermodel-client-role-mapper",
                **{
                    "claim.name": "resource_access.${client_id}.roles",
                    "access.token.claim": "true",
                    "multivalued": "true",
                },
            ),
            mapper("audience resolve", "oidc-audience-resolve-mapper"),
        ],
    },
    {
        "name": "extra",
        "protocol": "openid-connect",
        "protocolMappers": [
            mapper(
                "extra",
                "oidc-hardcoded-claim-mapper",
                **{"claim.name": "extra", "claim.value": "1", "jsonType.label": "int"},
            ),
        ],
    },
    {"name": "profile", "protocol": "openid-connect"},
    {"name": "role_list", "protocol": "saml"},
]
_USERS = [
    {
        "id": MIA,
        "createdTimestamp": 1690000000000,
        "username": "mia",
        "email": "mia@example.org",
        "emailVerified": True,
        "firstName": "Mia",
        "lastName": "Berg",
        "enabled": True,
        "attributes": {"city": ["Oslo"], "locale": ["de"]},
        "credentials": [credential(), {"type": "otp", "secretData": "{}", "credentialData": "{}"}],
        "requiredActions": ["UPDATE_PASSWORD", "CONFIGURE_TOTP"],
        "realmRoles": ["boss", "unheard-of"],
        "clientRoles": {"portal": ["editor"], "realm-management": ["view-users"]},
        "groups": ["/north/harbour"],
        "federatedIdentities": [{"identityProvider": "github", "userId": "1", "userName": "mia"}],
    },
    {"username": "ole", "enabled": False, "credentials": [credential(algorithm="scrypt")]},
    {"username": "pia", "credentials": [credential(iterations=10**9)]},
    {
        "username": "service-account-portal",
        "serviceAccountClientId": "portal",
        "clientRoles": {"realm-management": ["view-users"]},
    },
]
_REALM = {
    "id": "5d2a7f0e-92d0-4a55-8a0e-0f5a1d2c3b00",
    "realm": "company",
    "displayName": "The Company",
    "enabled": True,
    "accessTokenLifespan": 240,
    "ssoSessionIdleTimeout": 1,
    "passwordPolicy": "length(12) and digits(2)",
    "sslRequired": "external",
    "registrationAllowed": True,
    "loginTheme": "keycloak.v2",
    "identityProviders": [{"alias": "github"}],
    "defaultRole": {"name": "default-roles-company"},
}


def export(**changes: Any) -> dict[str, Any]:
    """The export; *changes* take the place of its members."""
    whole = {
        **_REALM,
        "roles": _ROLES,
        "groups": _GROUPS,
        "users": _USERS,
        "clients": _CLIENTS,
        "clientScopes": _SCOPES,
    }
    return copy.deepcopy({**whole, **changes})
