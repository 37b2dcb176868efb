"""Begin a token family: one statement that inserts the row only while session and user are live."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Table, bindparam, func, select

from idp.models import TokenFamily, User, UserSession
from idp.oidc.permitted_scopes import keep_permitted
from idp.oidc.refresh_tokens import digest_refresh_token
from idp.oidc.scopes import OFFLINE_ACCESS
from idp.oidc.token_families import insert_family, live_session_of_user
from idp.oidc.token_grant import TokenGrant
from idp.web.exchange import Exchange

_FAMILY: Table = TokenFamily.__table__  # type: ignore[assignment]
_SESSION: Table = UserSession.__table__  # type: ignore[assignment]
_USER: Table = User.__table__  # type: ignore[assignment]
_INSTANT = _FAMILY.c.created_at.type
_NOW = bindparam("now", type_=_INSTANT)


def begin_family(exchange: Exchange, grant: TokenGrant, *, refresh_token: str | None) -> bool:
    """Insert the family of a person's tokens; return whether that was allowed.

    It is not when the session has ended or may do nothing but enrol, the user is disabled, or a second use of the code
    came first. Raises `ValueError` without a person.
    """
    basis, grant = grant.basis, keep_permitted(exchange, grant)
    if basis is None:
        raise ValueError("a token family belongs to a person")
    values = {
        "family": basis.family_id,
        "realm": exchange.realm.id,
        "sid": basis.session_id,
        "sub": basis.user_id,
        "client": grant.client.id,
        "scope_": grant.scope,
        "confirmation": grant.confirmation,
        "audience": list(grant.audience) or None,
        "claims": grant.claims or None,
        "digest": digest_refresh_token(refresh_token) if refresh_token else None,
        "offline_until": _offline_until(exchange, grant),
        "now": exchange.services.clock.now(),
    }
    transaction = exchange.transaction
    return bool(transaction.change(_begin(transaction.dialect), values))


def _offline_until(exchange: Exchange, grant: TokenGrant) -> datetime | None:
    """Return when a family with offline_access ends, whatever becomes of the session (OpenID Connect Core section 11)."""
    offline = OFFLINE_ACCESS in grant.scopes
    return exchange.services.clock.now() + exchange.realm.offline_lifetime if offline else None


@lru_cache
def _begin(dialect: str) -> Executable:
    until = func.coalesce(bindparam("offline_until", type_=_INSTANT), _SESSION.c.expires_at)
    values: dict[str, Any] = {
        "id": bindparam("family"),
        "realm_id": bindparam("realm"),
        "session_id": _SESSION.c.id,
        "user_id": _USER.c.id,
        "client_id": bindparam("client"),
        "scope": bindparam("scope_"),
        "confirmation": bindparam("confirmation", type_=_FAMILY.c.confirmation.type),
        "audience": bindparam("audience", type_=_FAMILY.c.audience.type),
        "claims": bindparam("claims", type_=_FAMILY.c.claims.type),
        "refresh_digest": bindparam("digest", type_=_FAMILY.c.refresh_digest.type),
        "created_at": _NOW,
        "expires_at": until,
    }
    source = select(*values.values()).where(
        _SESSION.c.id == bindparam("sid"),
        _USER.c.id == bindparam("sub"),
        _SESSION.c.expires_at > _NOW,
        _SESSION.c.enrolment_only.is_(False),
        live_session_of_user(),
    )
    return insert_family(dialect).from_select(list(values), source).on_conflict_do_nothing()  # type: ignore[no-any-return]
