"""An authorization code's meaning (RFC 6749 section 4.1.2)."""

from dataclasses import dataclass, field
from typing import Any

from idp.oidc.token_basis import TokenBasis


@dataclass(frozen=True, kw_only=True)
class AuthorizationCode:
    """What was authorized. `client_row_id` is the client's row, `basis.family_id` that of the tokens the code will give.

    `audience` holds resources (RFC 8707), `claims` the claims parameter, `dpop_jkt` the key that alone may redeem it
    (RFC 9449 section 10).
    """

    digest: str
    expires_at: int
    realm_id: str
    client_row_id: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    basis: TokenBasis
    audience: tuple[str, ...] = ()
    claims: dict[str, Any] = field(default_factory=dict)
    dpop_jkt: str = ""

    def get_redirect_uri(self) -> str:
        """Return the redirect_uri of the authorization request (for authlib)."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Return the granted scope (for authlib)."""
        return self.scope
