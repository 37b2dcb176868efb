"""How a client proves who it is, and what its messages and tokens are signed with.

RFC 7591 section 2, RFC 8705 sections 2 and 3.4, RFC 9101 section 10.5, RFC 9449 section 5.2.
"""

from collections.abc import Mapping
from typing import Any

from idp.clients.metadata.member import Member, choice, document, read_line, switch
from idp.clients.registration import NO_AUTHENTICATION

SECRET_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
KEY_METHODS = ("private_key_jwt", "self_signed_tls_client_auth")
TLS_SUBJECT_METHOD = "tls_client_auth"
AUTHENTICATION_METHODS = (NO_AUTHENTICATION, *SECRET_METHODS, *KEY_METHODS, TLS_SUBJECT_METHOD)

SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What we sign with, as `idp.keys.algorithms` has it."""

SYMMETRIC_ALGORITHMS = ("HS256", "HS384", "HS512")
ASYMMETRIC_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""What clients may sign with, as `idp.keys.public_keys` has it."""

TLS_SUBJECTS = tuple(f"tls_client_auth_{kind}" for kind in ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email"))
"""Of these a client has exactly one (RFC 8705 section 2.1.2); they share a column, which has it under its name."""

_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_MAX_KEYS = 20
_MAX_SUBJECT = 1024


def _read_key_set(value: Any) -> dict[str, Any]:
    """Return a JWK Set without private or symmetric keys (RFC 7517 section 5); `idp.keys.public_keys` judges each key."""
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= _MAX_KEYS or not all(isinstance(key, dict) for key in keys):
        raise ValueError(f"Use a JWK Set with 1 to {_MAX_KEYS} keys.")
    if any(_PRIVATE.intersection(key) or key.get("kty") == "oct" for key in keys):
        raise ValueError("There is a private or symmetric key in the set. Make a new one, and keep it to yourself.")
    return {"keys": keys}


def _build_subject_member(name: str) -> Member:
    def read(value: Any) -> dict[str, str] | None:
        subject = read_line(value, _MAX_SUBJECT)
        return {name: subject} if subject else None

    return Member("tls_client_auth_subject", read)


MEMBERS: Mapping[str, Member] = {
    "token_endpoint_auth_method": choice("token_endpoint_auth_method", AUTHENTICATION_METHODS),
    "token_endpoint_auth_signing_alg": choice(
        "token_endpoint_auth_signing_alg", ("", *SYMMETRIC_ALGORITHMS, *ASYMMETRIC_ALGORITHMS)
    ),
    "jwks": document("jwks", _read_key_set),
    **{name: _build_subject_member(name) for name in TLS_SUBJECTS},
    "tls_client_certificate_bound_access_tokens": switch("certificate_bound_access_tokens"),
    "dpop_bound_access_tokens": switch("dpop_bound_access_tokens"),
    "request_object_signing_alg": choice(
        "request_object_signing_alg", ("", "none", *SYMMETRIC_ALGORITHMS, *ASYMMETRIC_ALGORITHMS)
    ),
    "require_signed_request_object": switch("require_signed_request_object"),
    "id_token_signed_response_alg": choice("id_token_signed_response_alg", SIGNING_ALGORITHMS),
    "userinfo_signed_response_alg": choice("userinfo_signed_response_alg", ("", *SIGNING_ALGORITHMS)),
}
