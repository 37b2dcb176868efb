"""Tokens of a person from something other than a code: the family and the response at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from idp.oidc.refresh_tokens import create_refresh_token
from idp.oidc.token_family_start import begin_family
from idp.oidc.token_grant import TokenGrant
from idp.oidc.token_response import build_token_response
from idp.web.exchange import Exchange


def begin_family_with_response(
    exchange: Exchange, grant: TokenGrant, *, authorized: Sequence[str] = (), refreshable: bool = True
) -> dict[str, Any] | None:
    """Begin the family of *grant* and return its token response; None when session or user are no longer live.

    *authorized* are the resources that a refresh may ask for; the client gets a refresh token if it is registered for them.
    """
    if grant.basis is None:
        raise ValueError("a token family belongs to a person")
    refreshes = refreshable and "refresh_token" in grant.client.grant_types
    refresh_token = create_refresh_token(exchange, grant.basis.family_id) if refreshes else None
    begun = begin_family(exchange, replace(grant, audience=tuple(authorized)), refresh_token=refresh_token)
    return build_token_response(exchange, grant, refresh_token=refresh_token) if begun else None
