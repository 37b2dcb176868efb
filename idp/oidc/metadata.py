"""What the provider says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2): only what is true."""

from typing import Any

from idp.keys.signing_keys import ALGORITHMS
from idp.oidc.acr import LEVELS
from idp.oidc.authorization_request import RESPONSE_MODES
from idp.oidc.client_authentication import ALL_METHODS, CONFIDENTIAL_METHODS
from idp.oidc.person_claims import CLAIMS_BY_SCOPE
from idp.oidc.pkce import METHOD
from idp.oidc.scopes import PERSONAL

_PROTOCOL_CLAIMS = ("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash")


def build_metadata(issuer: str, *, certificates_on: bool) -> dict[str, Any]:
    """Return the metadata document of the realm with that *issuer*."""
    endpoints = f"{issuer}/protocol/openid-connect"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{endpoints}/auth",
        "token_endpoint": f"{endpoints}/token",
        "userinfo_endpoint": f"{endpoints}/userinfo",
        "jwks_uri": f"{endpoints}/certs",
        "end_session_endpoint": f"{endpoints}/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "introspection_endpoint": f"{endpoints}/token/introspect",
        "revocation_endpoint": f"{endpoints}/revoke",
        "scopes_supported": list(PERSONAL),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "acr_values_supported": list(LEVELS) if certificates_on else [LEVELS[0]],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(ALL_METHODS),
        "introspection_endpoint_auth_methods_supported": list(CONFIDENTIAL_METHODS),
        "revocation_endpoint_auth_methods_supported": list(ALL_METHODS),
        "claim_types_supported": ["normal"],
        "claims_supported": [*_PROTOCOL_CLAIMS, *(name for names in CLAIMS_BY_SCOPE.values() for name in names)],
        "code_challenge_methods_supported": [METHOD],
        "prompt_values_supported": ["none", "login", "select_account"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
