"""Security profiles: all rules that a client is under beyond the ordinary ones, in one place.

``fapi2`` is the FAPI 2.0 Security Profile (Final, section 5.3.2). What it asks of everybody holds for everybody here: codes of
60 seconds, `iss` in every answer (RFC 9207), redirects with 303, redirect URIs compared exactly.
"""

from dataclasses import dataclass

from authlib.oauth2.rfc6749.errors import UnauthorizedClientError

from idp.clients.registration import ClientRegistration

FAPI2_NAME = "fapi2"
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 (a name, no secret)


@dataclass(frozen=True, kw_only=True)
class SecurityProfile:
    """What is demanded of a client. None for methods or algorithms leaves all that there are.

    `algorithms` are those of every JWS that the client makes or gets, `assertion_audience_is_issuer` forbids any other `aud` in
    its assertions; `rotates_refresh_tokens` is False where the client's own key guards them.
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
    grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials", _DEVICE_CODE, _TOKEN_EXCHANGE}),
    pushed_requests=True,
    code_challenge=True,
    https_redirects=True,
    sender_constrained=True,
    dpop_nonce=True,
    assertion_audience_is_issuer=True,
    rotates_refresh_tokens=False,
)

PROFILES = {"": ORDINARY, FAPI2_NAME: FAPI2}


def profile_of(client: ClientRegistration) -> SecurityProfile:
    """Return the profile that the client is under; raise `UnauthorizedClientError` for one that is not known here."""
    try:
        return PROFILES[client.security_profile]
    except KeyError:
        raise UnauthorizedClientError("The client is under a security profile that is not known here.") from None


def requires_pushed_requests(client: ClientRegistration) -> bool:
    """Tell whether the client has to push its authorization requests (RFC 9126 section 6, FAPI 2.0 section 5.3.2.2)."""
    return client.require_pushed_authorization_requests or profile_of(client).pushed_requests


def requires_sender_constraint(client: ClientRegistration) -> bool:
    """Tell whether the client's tokens have to be bound to a key or certificate, whichever."""
    return client.dpop_bound_access_tokens or profile_of(client).sender_constrained


def verify_registration(client: ClientRegistration) -> None:
    """Raise `UnauthorizedClientError` when what is registered contradicts the client's profile."""
    if client.security_profile and (fields := find_violations(client)):
        raise UnauthorizedClientError(
            f"The client's registration does not fit its security profile: {', '.join(fields)}."
        )


def find_violations(client: ClientRegistration) -> dict[str, str]:
    """Return the metadata fields (RFC 7591 section 2) that contradict the client's profile, with what is wrong with each."""
    profile, found = profile_of(client), {}
    for field, attribute, limit in _LIMITED:
        value, allowed = getattr(client, attribute), getattr(profile, limit)
        values = {value} if isinstance(value, str) else {*value}
        if allowed is not None and not allowed.issuperset(values - {""}):
            found[field] = f"The profile allows {', '.join(sorted(allowed))}."
    if profile.https_redirects and client.application_type != "native" and _any_plain(client.redirect_uris):
        found["redirect_uris"] = "The profile allows https alone."
    return found


# The field's name in metadata, its name here, and what of the profile limits it.
_LIMITED = (
    ("token_endpoint_auth_method", "token_endpoint_auth_method", "authentication_methods"),
    ("token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg", "algorithms"),
    ("request_object_signing_alg", "request_object_signing_alg", "algorithms"),
    ("id_token_signed_response_alg", "id_token_alg", "algorithms"),
    ("userinfo_signed_response_alg", "userinfo_alg", "algorithms"),
    ("access_token_signed_response_alg", "access_token_alg", "algorithms"),
    ("response_types", "response_types", "response_types"),
    ("grant_types", "grant_types", "grant_types"),
)


def _any_plain(uris: tuple[str, ...]) -> bool:
    return not all(uri.startswith("https://") for uri in uris)
