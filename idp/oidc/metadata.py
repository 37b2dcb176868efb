"""What the provider says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2): only what is true."""

from typing import Any

from idp.clients.metadata.flows import RESPONSE_MODES, RESPONSE_TYPES
from idp.keys.algorithms import ALGORITHMS
from idp.oidc.acr import LEVELS
from idp.oidc.client_authentication import ALL_METHODS, ASSERTION_ALGORITHMS, CONFIDENTIAL_METHODS
from idp.oidc.device.authorization import DEVICE_GRANT
from idp.oidc.dpop_proof import ALGORITHMS as DPOP_ALGORITHMS
from idp.oidc.endpoint_aliases import build_endpoint_aliases
from idp.oidc.grants.jwt_bearer import JWT_BEARER
from idp.oidc.grants.token_exchange import TOKEN_EXCHANGE
from idp.oidc.person_claims import CLAIMS_BY_SCOPE
from idp.oidc.pkce import METHOD
from idp.oidc.registration.information import REGISTRATION_PATH
from idp.oidc.request_objects import ANY_ALGORITHMS, REGISTERED_ALGORITHMS
from idp.oidc.scopes import PERSONAL
from idp.oidc.subjects import SUBJECT_TYPES

_PROTOCOL_CLAIMS = ("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "c_hash")

_GRANT_TYPES = (
    *("authorization_code", "refresh_token", "client_credentials", "implicit"),
    *(DEVICE_GRANT, TOKEN_EXCHANGE, JWT_BEARER),
)


def build_metadata(
    issuer: str, *, certificates_on: bool, mutual_tls_issuer: str, registration_on: bool = False
) -> dict[str, Any]:
    """Return the metadata document of the realm with that *issuer*.

    *mutual_tls_issuer* is what its addresses begin with where clients are asked for a certificate.
    """
    endpoints = f"{issuer}/protocol/openid-connect"
    document = {
        "issuer": issuer,
        "authorization_endpoint": f"{endpoints}/auth",
        "token_endpoint": f"{endpoints}/token",
        "userinfo_endpoint": f"{endpoints}/userinfo",
        "jwks_uri": f"{endpoints}/certs",
        "end_session_endpoint": f"{endpoints}/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "check_session_iframe": f"{endpoints}/login-status-iframe.html",
        "device_authorization_endpoint": f"{endpoints}/auth/device",
        "introspection_endpoint": f"{endpoints}/token/introspect",
        "revocation_endpoint": f"{endpoints}/revoke",
        "scopes_supported": list(PERSONAL),
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(_GRANT_TYPES),
        "acr_values_supported": list(LEVELS) if certificates_on else [LEVELS[0]],
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(ALGORITHMS),
        **_describe_authentication(),
        "claim_types_supported": ["normal"],
        "claims_supported": [*_PROTOCOL_CLAIMS, *(name for names in CLAIMS_BY_SCOPE.values() for name in names)],
        "code_challenge_methods_supported": [METHOD],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        **_build_request_part(endpoints),
        **({"registration_endpoint": f"{issuer}{REGISTRATION_PATH}"} if registration_on else {}),
    }
    return {**document, "mtls_endpoint_aliases": build_endpoint_aliases(document, issuer, mutual_tls_issuer)}


def _build_request_part(endpoints: str) -> dict[str, Any]:
    """Return how an authorization request may come (OpenID Connect Core sections 5.5 and 6, RFC 9101, RFC 9126)."""
    return {
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": [*ANY_ALGORITHMS, *REGISTERED_ALGORITHMS],
        "require_signed_request_object": False,
        "pushed_authorization_request_endpoint": f"{endpoints}/ext/par/request",
        "require_pushed_authorization_requests": False,
    }


def _describe_authentication() -> dict[str, Any]:
    """Return how clients may authenticate at each endpoint (RFC 8414 section 2, RFC 8705 section 3.3)."""
    methods = {"token": ALL_METHODS, "introspection": CONFIDENTIAL_METHODS, "revocation": ALL_METHODS}
    return {
        **{f"{name}_endpoint_auth_methods_supported": list(allowed) for name, allowed in methods.items()},
        **{f"{name}_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS) for name in methods},
        "tls_client_certificate_bound_access_tokens": True,
    }
