"""The methods by name (the IANA registry *OAuth Token Endpoint Authentication Methods*)."""

from idp.keys.public_keys import ASYMMETRIC_ALGORITHMS
from idp.oidc.client_jwt import SYMMETRIC_ALGORITHMS

BASIC, POST = "client_secret_basic", "client_secret_post"
CLIENT_SECRET_JWT, PRIVATE_KEY_JWT = "client_secret_jwt", "private_key_jwt"
TLS, SELF_SIGNED_TLS = "tls_client_auth", "self_signed_tls_client_auth"
NONE = "none"

CONFIDENTIAL_METHODS = (BASIC, POST, CLIENT_SECRET_JWT, PRIVATE_KEY_JWT, TLS, SELF_SIGNED_TLS)
ALL_METHODS = (*CONFIDENTIAL_METHODS, NONE)

ALGORITHMS_OF = {CLIENT_SECRET_JWT: SYMMETRIC_ALGORITHMS, PRIVATE_KEY_JWT: ASYMMETRIC_ALGORITHMS}
ASSERTION_ALGORITHMS = (*ASYMMETRIC_ALGORITHMS, *SYMMETRIC_ALGORITHMS)
"""What assertions may be signed with: public keys, or the client's secret."""
