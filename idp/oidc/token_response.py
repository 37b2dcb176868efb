"""The token response (RFC 6749 section 5.1), the same for every grant."""

from typing import Any

from idp.oidc.access_tokens import access_token_seconds, issue_access_token
from idp.oidc.id_tokens import issue_id_token
from idp.oidc.permitted_scopes import keep_permitted
from idp.oidc.scopes import OPENID
from idp.oidc.token_basis import timestamp
from idp.oidc.token_grant import Confirmation, TokenGrant
from idp.web.exchange import Exchange


def build_token_response(exchange: Exchange, grant: TokenGrant, *, refresh_token: str | None = None) -> dict[str, Any]:
    """Return the response with an access token, and an ID Token where a person's scope has ``openid``."""
    grant = keep_permitted(exchange, grant)
    access_token = issue_access_token(exchange, grant)
    response: dict[str, Any] = {
        "access_token": access_token,
        "token_type": token_type(grant),
        "expires_in": expires_in(exchange, grant),
    }
    if grant.scope or grant.basis is not None:
        response["scope"] = grant.scope
    if refresh_token is not None:
        response["refresh_token"] = refresh_token
    if grant.basis is not None and OPENID in grant.scopes:
        response["id_token"] = issue_id_token(exchange, grant, access_token=access_token)
    return response


def expires_in(exchange: Exchange, grant: TokenGrant) -> int:
    """Return how long the access token is valid, in seconds."""
    full = access_token_seconds(exchange, grant.client)
    if grant.ends_by is None:
        return full
    return min(full, grant.ends_by - timestamp(exchange.services.clock.now()))


def token_type(grant: TokenGrant) -> str:
    """Return how the access token is to be presented."""
    return token_type_of(grant.confirmation)


def token_type_of(confirmation: Confirmation | None) -> str:
    """Return how an access token that is bound so is to be presented (RFC 6750, RFC 9449 section 5)."""
    return "DPoP" if "jkt" in (confirmation or {}) else "Bearer"
