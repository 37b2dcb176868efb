"""Security profiles: all rules that a client is under beyond the ordinary ones, in one place.

``fapi2`` is the FAPI 2.0 Security Profile (Final, sections 5.3.2 and 5.4). What it asks of everybody holds for everybody here:
codes of 60 seconds, ``iss`` in every answer (RFC 9207), redirects with 303, redirect URIs compared exactly. Metadata is
checked when it is registered, and everything else where the requests are read: `idp.oidc.security_profile`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SecurityProfile:
    """What is demanded of a client. None leaves all that there are.

    `algorithms` are those of every JWS that the client makes or gets; `assertion_audience_is_issuer` forbids any other ``aud``
    in its assertions; `rotates_refresh_tokens` is False where the client's own key guards them.
    """

    authentication_methods: frozenset[str] | None = None
    algorithms: frozenset[str] | None = None
    response_types: frozenset[str] | None = None
    grant_types: frozenset[str] | None = None
    pushed_requests: bool = False
    code_challenge: bool = False
    https_redirects: bool = False
    sender_constrained: bool = False
    dpop_nonce: bool = False
    assertion_audience_is_issuer: bool = False
    rotates_refresh_tokens: bool = True


ORDINARY = SecurityProfile()

FAPI2 = SecurityProfile(
    authentication_methods=frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}),
    algorithms=frozenset({"PS256", "ES256", "EdDSA", "Ed25519"}),  # section 5.4.1
    response_types=frozenset({"code"}),
    grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
    pushed_requests=True,
    code_challenge=True,
    https_redirects=True,
    sender_constrained=True,
    dpop_nonce=True,
    assertion_audience_is_issuer=True,
    rotates_refresh_tokens=False,
)

PROFILES: Mapping[str, SecurityProfile] = MappingProxyType({"": ORDINARY, "fapi2": FAPI2})

_LIMITS = {
    "token_endpoint_auth_method": "authentication_methods",
    "token_endpoint_auth_signing_alg": "algorithms",
    "request_object_signing_alg": "algorithms",
    "id_token_signed_response_alg": "algorithms",
    "userinfo_signed_response_alg": "algorithms",
    "access_token_signed_response_alg": "algorithms",
    "response_types": "response_types",
    "grant_types": "grant_types",
}


def find_violations(profile: SecurityProfile, metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return the members of *metadata* (RFC 7591 section 2) that contradict the profile, with what is wrong with each."""
    found = {}
    for name, limit in _LIMITS.items():
        allowed: Collection[str] | None = getattr(profile, limit)
        value = metadata[name]
        values = {value} if isinstance(value, str) else {*value}
        if allowed is not None and not values <= {"", *allowed}:
            found[name] = f"The security profile allows {', '.join(sorted(allowed))}."
    native = metadata["application_type"] == "native"  # whose http addresses are on the person's own machine
    if profile.https_redirects and not native and not all(map(_is_https, metadata["redirect_uris"])):
        found["redirect_uris"] = "The security profile allows https alone."
    return found


def _is_https(uri: str) -> bool:
    return uri.startswith("https://")
