"""Client authentication (RFC 6749 section 2.3, OpenID Connect Core section 9, RFC 8705 section 2): one file for each kind.

A client has exactly the method that is registered for it. `client_secret_basic` and `client_secret_post` are one: it is the same
secret.
"""

from idp.oidc.client_authentication.authenticate import authenticate_client
from idp.oidc.client_authentication.credentials import Credentials, read_credentials
from idp.oidc.client_authentication.methods import ALL_METHODS, ASSERTION_ALGORITHMS, CONFIDENTIAL_METHODS
from idp.oidc.client_authentication.refusal import ClientRefused

__all__ = [
    "ALL_METHODS",
    "ASSERTION_ALGORITHMS",
    "CONFIDENTIAL_METHODS",
    "ClientRefused",
    "Credentials",
    "authenticate_client",
    "read_credentials",
]
