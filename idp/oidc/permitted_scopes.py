"""Client scopes that it takes a role for: who has none of their roles is not granted them, whatever the client may ask for.

Decided anew with each token, so that a role that was taken away is gone with the next refresh.
"""

from dataclasses import replace

from idp.oidc.token_grant import TokenGrant
from idp.users.role_scopes import find_closed_scopes
from idp.users.service_accounts import find_service_account
from idp.web.exchange import Exchange


def keep_permitted(exchange: Exchange, grant: TokenGrant) -> TokenGrant:
    """Return the grant without scopes that the person, or the client's account where it asks for itself, has no role for."""
    restricted = exchange.realm.restricted_scopes.intersection(grant.scopes)
    if not restricted:
        return grant
    closed = find_closed_scopes(exchange.session, exchange.realm.id, restricted, _find_holder(exchange, grant))
    return replace(grant, scope=" ".join(name for name in grant.scopes if name not in closed))


def _find_holder(exchange: Exchange, grant: TokenGrant) -> str | None:
    if grant.basis is not None:
        return grant.basis.user_id
    account = find_service_account(exchange.session, grant.client.id)
    return None if account is None else account.id
