"""A client between Keycloak's export (ClientRepresentation) and our metadata: what is taken, and what has no counterpart.

Settings of ours that Keycloak has no name for are exported as attributes ``idp.<name>`` with their value as JSON, and read again from
there; `first_party` and `admin_api` are not, as no file may say so of an application.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from idp.clients.keycloak_addresses import cut, read_addresses, read_home
from idp.clients.metadata.document import MEMBERS
from idp.clients.metadata.security import SECRET_METHODS
from idp.errors import InvalidInput

OPENID_CONNECT = "openid-connect"
OWN = "idp."
MASKED = "**********"
NEVER_READ = frozenset({"first_party", "admin_api"})

_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_METHODS = {
    "client-secret": SECRET_METHODS[0],
    "client-secret-jwt": "client_secret_jwt",
    "client-jwt": "private_key_jwt",
}
_SWITCHES = {
    "backchannel.logout.session.required": "backchannel_logout_session_required",
    "frontchannel.logout.session.required": "frontchannel_logout_session_required",
    "tls.client.certificate.bound.access.tokens": "tls_client_certificate_bound_access_tokens",
    "dpop.bound.access.tokens": "dpop_bound_access_tokens",
    "require.pushed.authorization.requests": "require_pushed_authorization_requests",
}
_TEXTS = {
    "backchannel.logout.url": "backchannel_logout_uri",
    "frontchannel.logout.url": "frontchannel_logout_uri",
    "access.token.signed.response.alg": "access_token_signed_response_alg",
    "id.token.signed.response.alg": "id_token_signed_response_alg",
    "user.info.response.signature.alg": "userinfo_signed_response_alg",
    "token.endpoint.auth.signing.alg": "token_endpoint_auth_signing_alg",
    "logoUri": "logo_uri",
    "policyUri": "policy_uri",
    "tosUri": "tos_uri",
}
_READ_BY_HAND = frozenset(
    {
        *("post.logout.redirect.uris", "pkce.code.challenge.method", "access.token.lifespan", "default.acr.values"),
        *(
            "oauth2.device.authorization.grant.enabled",
            "standard.token.exchange.enabled",
            "request.object.signature.alg",
        ),
        *("use.jwks.url", "jwks.url", "use.jwks.string", "jwks.string", "x509.subjectdn", "acr.loa.map"),
        *(
            "x509.allow.regex.pattern.comparison",
            "client.secret.creation.time",
            "realm_client",
            "backchannel.logout.revoke.offline.tokens",
        ),
    }
)
_PLAIN = frozenset(
    {
        *("id", "clientId", "name", "enabled", "rootUrl", "baseUrl", "redirectUris", "webOrigins", "publicClient"),
        *(
            "bearerOnly",
            "clientAuthenticatorType",
            "secret",
            "standardFlowEnabled",
            "implicitFlowEnabled",
            "attributes",
        ),
        *("directAccessGrantsEnabled", "serviceAccountsEnabled", "consentRequired", "frontchannelLogout", "protocol"),
        *("protocolMappers", "defaultClientScopes", "optionalClientScopes", "fullScopeAllowed", "access", "notBefore"),
        *("surrogateAuthRequired", "nodeReRegistrationTimeout", "defaultRoles", "origin", "alwaysDisplayInConsole"),
    }
)
_FLAGS = (
    *(
        "enabled",
        "publicClient",
        "bearerOnly",
        "standardFlowEnabled",
        "implicitFlowEnabled",
        "directAccessGrantsEnabled",
    ),
    *("serviceAccountsEnabled", "consentRequired", "frontchannelLogout", "fullScopeAllowed"),
)
KEPT_ATTRIBUTES: Mapping[str, str] = MappingProxyType({**_SWITCHES, **_TEXTS})


def read_client(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the members for `idp.clients.metadata.document.create_metadata`, and a line for all that has no counterpart.

    Scopes and mappers are not among them. Raises `InvalidInput` for what cannot be one.
    """
    _verify_types(document)
    attributes = _attributes(document)
    notes = _list_unread(document, attributes)
    wanted: dict[str, Any] = {
        "client_name": _template(document.get("name") or ""),
        "enabled": document.get("enabled") is not False,
        "consent_required": document.get("consentRequired") or False,
        "full_scope_allowed": document.get("fullScopeAllowed") is not False,
        "direct_access_grants_enabled": document.get("directAccessGrantsEnabled") or False,
        "client_uri": read_home(document, notes),
        **_read_flows(document, attributes),
        **read_addresses(document, attributes, notes),
        **_read_authentication(document, attributes),
        **_read_attributes(document, attributes),
    }
    return wanted | _read_own(attributes, notes), notes


def describe_client(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the client's *members* (`idp.clients.metadata.document.describe_metadata`) as Keycloak names them."""
    grants = members.get("grant_types", [])
    attributes = {name: _write(members[member]) for name, member in KEPT_ATTRIBUTES.items() if members.get(member)}
    if members.get("pkce_required"):
        attributes["pkce.code.challenge.method"] = "S256"
    if members.get("post_logout_redirect_uris"):
        attributes["post.logout.redirect.uris"] = "##".join(members["post_logout_redirect_uris"])
    attributes["oauth2.device.authorization.grant.enabled"] = _write(_DEVICE in grants)
    method = members.get("token_endpoint_auth_method", "none")
    authenticators = {ours: theirs for theirs, ours in _METHODS.items()} | {"tls_client_auth": "client-x509"}
    return {
        "name": members.get("client_name", ""),
        "protocol": OPENID_CONNECT,
        "enabled": members.get("enabled", True),
        "publicClient": method == "none",
        "clientAuthenticatorType": authenticators.get(method, "client-secret"),
        "baseUrl": members.get("client_uri", ""),
        "redirectUris": list(members.get("redirect_uris", [])),
        "webOrigins": list(members.get("web_origins", [])),
        "standardFlowEnabled": "authorization_code" in grants,
        "implicitFlowEnabled": "implicit" in grants,
        "directAccessGrantsEnabled": members.get("direct_access_grants_enabled", False),
        "serviceAccountsEnabled": "client_credentials" in grants,
        "consentRequired": members.get("consent_required", False),
        "fullScopeAllowed": members.get("full_scope_allowed", True),
        "frontchannelLogout": bool(members.get("frontchannel_logout_uri")),
        "attributes": attributes | {f"{OWN}{name}": json.dumps(members.get(name)) for name in _OWN_NAMES},
    }


_OWN_NAMES = tuple(
    name for name in MEMBERS if name not in NEVER_READ and name not in {"mappers", "client_name", "enabled"}
)


def _read_own(attributes: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    """Return the settings that an export of ours has beside Keycloak's; they win, as they say all."""
    found: dict[str, Any] = {}
    for attribute, text in attributes.items():
        name = attribute.removeprefix(OWN)
        if not attribute.startswith(OWN):
            continue
        if name not in _OWN_NAMES:
            notes.append(f"attribute {attribute}: no file may set it")
            continue
        try:
            found[name] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(**{attribute: "This is not JSON."}) from error
    return found


def _verify_types(document: Mapping[str, Any]) -> None:
    texts, flags, lists = (
        ("name", "rootUrl", "baseUrl", "clientAuthenticatorType"),
        _FLAGS,
        ("redirectUris", "webOrigins"),
    )
    kinds: list[tuple[tuple[str, ...], type]] = [(texts, str), (flags, bool), (lists, list)]
    for names, kind in kinds:
        wrong = [name for name in names if not isinstance(document.get(name), kind | None)]
        if wrong:
            raise InvalidInput(**dict.fromkeys(wrong, f"This has another type than {kind.__name__}."))


def _attributes(document: Mapping[str, Any]) -> dict[str, str]:
    value = document.get("attributes") or {}
    if not isinstance(value, Mapping) or not all(isinstance(text, str | None) for text in value.values()):
        raise InvalidInput(attributes="This is no object of texts.")
    return {name: text for name, text in value.items() if text}


def _list_unread(document: Mapping[str, Any], attributes: Mapping[str, str]) -> list[str]:
    members = [f"{name}: there is no such setting here" for name in document if name not in _PLAIN and document[name]]
    known = _READ_BY_HAND | KEPT_ATTRIBUTES.keys()
    odd = [
        f"attribute {name}: there is no such setting here"
        for name, text in attributes.items()
        if name not in known and not name.startswith(OWN) and text != "false"
    ]
    return members + odd


def _read_flows(document: Mapping[str, Any], attributes: Mapping[str, str]) -> dict[str, Any]:
    bearer_only = document.get("bearerOnly") is True
    code = document.get("standardFlowEnabled") is not False and not bearer_only
    implicit = document.get("implicitFlowEnabled") and not bearer_only
    grants = {
        "authorization_code": code,
        "refresh_token": code,
        "implicit": implicit,
        "client_credentials": document.get("serviceAccountsEnabled") and not document.get("publicClient"),
        _DEVICE: attributes.get("oauth2.device.authorization.grant.enabled") == "true",
        _EXCHANGE: attributes.get("standard.token.exchange.enabled") == "true",
    }
    responses = ["code"] if code else []
    responses += ["id_token", "id_token token"] if implicit else []
    responses += ["code id_token", "code token", "code id_token token"] if implicit and code else []
    pkce = attributes.get("pkce.code.challenge.method") == "S256" or bool(document.get("publicClient"))
    return {
        "grant_types": [name for name, wanted in grants.items() if wanted],
        "response_types": responses,
        "pkce_required": pkce,
    }


def _read_authentication(document: Mapping[str, Any], attributes: Mapping[str, str]) -> dict[str, Any]:
    if document.get("publicClient"):
        return {"token_endpoint_auth_method": "none"}
    if document.get("bearerOnly"):
        return {"token_endpoint_auth_method": SECRET_METHODS[0]}
    kind = document.get("clientAuthenticatorType") or "client-secret"
    if kind == "client-x509":
        if attributes.get("x509.allow.regex.pattern.comparison", "false") == "true":
            raise InvalidInput(clientAuthenticatorType="A certificate's subject is compared whole, not by a pattern.")
        subject = attributes.get("x509.subjectdn", "")
        return {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": subject}
    if kind not in _METHODS:
        raise InvalidInput(clientAuthenticatorType=f"There is no {cut(kind)} here.")
    return {"token_endpoint_auth_method": _METHODS[kind], **_read_keys(attributes)}


def _read_keys(attributes: Mapping[str, str]) -> dict[str, Any]:
    if attributes.get("use.jwks.url") == "true":
        return {"jwks_uri": attributes.get("jwks.url", "")}
    if attributes.get("use.jwks.string") == "true":
        try:
            return {"jwks": json.loads(attributes.get("jwks.string", ""))}
        except (ValueError, RecursionError) as error:
            raise InvalidInput(jwks="This is not JSON.") from error
    return {}


def _read_attributes(document: Mapping[str, Any], attributes: Mapping[str, str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {member: attributes[name] for name, member in _TEXTS.items() if name in attributes}
    wanted |= {member: attributes[name] == "true" for name, member in _SWITCHES.items() if name in attributes}
    if not document.get("frontchannelLogout"):
        wanted.pop("frontchannel_logout_uri", None)
    lifespan = attributes.get("access.token.lifespan", "")
    if lifespan.isascii() and lifespan.isdigit() and len(lifespan) < 10:
        wanted["access_token_lifetime"] = int(lifespan)
    if "default.acr.values" in attributes:
        wanted["default_acr_values"] = [part for part in attributes["default.acr.values"].split("##") if part]
    algorithm = attributes.get("request.object.signature.alg", "any")
    if algorithm != "any":
        wanted["request_object_signing_alg"] = algorithm
    return wanted


def _template(name: Any) -> Any:
    """Return the name; Keycloak's own clients have the name of a text in its theme, such as ``${client_account}``."""
    return "" if isinstance(name, str) and name.startswith("${") else name


def _write(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
