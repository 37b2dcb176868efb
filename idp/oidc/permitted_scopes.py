"""Client scopes that it takes a role for: who has none of their roles is not granted them, whatever the client may ask for.

Decided anew with each token, so that a role that was taken away is gone with the next refresh. Single claims (OpenID Connect Core
section 5.5) that belong to such a scope are no way round it.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from idp.oidc.person_claims import CLAIMS_BY_SCOPE
from idp.oidc.token_grant import TokenGrant
from idp.users.role_scopes import find_closed_scopes
from idp.users.service_accounts import find_service_account
from idp.web.exchange import Exchange


def keep_permitted(exchange: Exchange, grant: TokenGrant) -> TokenGrant:
    """Return the grant without scopes, and claims of scopes, that the person has no role for.

    Where a client asks for itself its account is meant.
    """
    asked = {name for names in grant.claims.values() for name in names}
    restricted = exchange.realm.restricted_scopes.intersection((*grant.scopes, *_scopes_of(asked)))
    if not restricted:
        return grant
    closed = find_closed_scopes(exchange.session, exchange.realm.id, restricted, _find_holder(exchange, grant))
    return replace(
        grant,
        scope=" ".join(name for name in grant.scopes if name not in closed),
        claims={place: _without(names, closed) for place, names in grant.claims.items()},
    )


def keep_permitted_claims(exchange: Exchange, user_id: str, claims: Collection[str]) -> Collection[str]:
    """Return those of the single *claims* that belong to no scope which the person has no role for."""
    restricted = exchange.realm.restricted_scopes.intersection(_scopes_of(claims))
    if not restricted:
        return claims
    return _without(claims, find_closed_scopes(exchange.session, exchange.realm.id, restricted, user_id))


def _scopes_of(claims: Collection[str]) -> list[str]:
    return [scope for scope, covered in CLAIMS_BY_SCOPE.items() if not set(covered).isdisjoint(claims)]


def _without(claims: Iterable[str], closed: Collection[str]) -> list[str]:
    covered = {name for scope in closed for name in CLAIMS_BY_SCOPE.get(scope, ())}
    return [name for name in claims if name not in covered]


def _find_holder(exchange: Exchange, grant: TokenGrant) -> str | None:
    if grant.basis is not None:
        return grant.basis.user_id
    account = find_service_account(exchange.session, grant.client.id)
    return None if account is None else account.id
