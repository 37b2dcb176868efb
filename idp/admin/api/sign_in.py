"""Who calls: the access token of the request, and what its holder may administer *now*.

Rules, in this order:

- The token was issued by the realm in the path or by ``master``; where there is none in the path, by any realm. It holds in every way
  that `idp.oidc.token_holder` knows: signature, time, revocation, session, audience, binding.
- What it permits is read from the database with each call: a role that was taken away is gone at once, whatever tokens say.
- A person's token counts only when it came through a client with ``admin_api``. Any other application that an administrator signs in
  to would otherwise be an administrator as well. A client that calls for itself has been given its roles on purpose.
- A client without the full scope does no more than the roles in its scope permit, whoever calls through it.
- It counts only when the person gave their password: with the certificate alone, a device that is found unlocked must not be able to
  give itself more than that.
"""

from starlette.requests import Request

from idp.admin.api.call import Caller
from idp.errors import NotPermitted
from idp.models import MASTER
from idp.oidc.access_tokens import find_issuer
from idp.oidc.presented_token import ProtectedResource, split_authorization
from idp.oidc.token_holder import TokenHolder, find_token_holder, refuse_token
from idp.sessions.sessions import AMR_PASSWORD
from idp.users.authority import Authority, find_authority_of_user
from idp.users.role_scopes import roles_in_scope
from idp.users.service_accounts import find_service_account
from idp.web.bodies import Body
from idp.web.endpoint import open_exchange
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters
from idp.web.services import Services

RESOURCE = ProtectedResource("admin")


def open_exchange_of_token(services: Services, request: Request) -> Exchange:
    """Return the exchange at the realm whose token the request presents; raise `TokenRefused`. Nothing is verified yet."""
    scheme, token = split_authorization(request.headers.get("authorization", ""))
    issuer = find_issuer(services, token) if token else None
    base = f"{services.settings.public_url}/realms/"
    name = issuer.removeprefix(base) if issuer is not None and issuer.startswith(base) else ""
    realm = services.realms.get(name) if name else None
    if realm is None:
        raise refuse_token(RESOURCE, scheme if token else "")
    return open_exchange(services, request, Parameters([]), Body(), realm)


def identify_caller(exchange: Exchange, realm_in_path: str | None) -> Caller:
    """Return who calls; raise `TokenRefused` or `NotPermitted`."""
    holder = find_token_holder(exchange, RESOURCE)
    if realm_in_path is not None and exchange.realm.name not in {realm_in_path, MASTER}:
        raise NotPermitted("a token of another realm")
    user_id, authority = _find_authority(exchange, holder)
    return Caller(
        realm_id=exchange.realm.id,
        realm_name=exchange.realm.name,
        client_id=holder.client.client_id,
        user_id=user_id,
        username=holder.username,
        session_id=holder.session_id,
        auth_time=holder.auth_time,
        authority=authority,
    )


def _find_authority(exchange: Exchange, holder: TokenHolder) -> tuple[str, Authority]:
    if holder.user_id is not None:
        if not holder.client.admin_api:
            raise NotPermitted("the client may not use the API for people")
        if AMR_PASSWORD not in holder.amr:
            raise NotPermitted("a certificate alone does not administer")
        return holder.user_id, _find_in_scope(exchange, holder, holder.user_id)
    account = find_service_account(exchange.session, holder.client.id)
    if account is None or not account.enabled:
        raise NotPermitted("the client has no account")
    return account.id, _find_in_scope(exchange, holder, account.id)


def _find_in_scope(exchange: Exchange, holder: TokenHolder, user_id: str) -> Authority:
    client = holder.client
    within = None if client.full_scope_allowed else roles_in_scope(client.realm_id, client.id, holder.scopes)
    return find_authority_of_user(exchange.session, user_id, within=within)
