"""An authorization code's meaning (RFC 6749 section 4.1.2)."""

from dataclasses import dataclass

from idp.oidc.token_basis import TokenBasis


@dataclass(frozen=True, kw_only=True)
class AuthorizationCode:
    """What was authorized. `client_row_id` is the client's row, `family_id` that of the tokens the code will give."""

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

    def get_redirect_uri(self) -> str:
        """Return the redirect_uri of the authorization request (for authlib)."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Return the granted scope (for authlib)."""
        return self.scope
