"""What a client's tokens would say of a person, without issuing any."""

from typing import Any

from starlette.datastructures import Headers

from idp.clients.registration import ClientRegistration
from idp.models import User, new_id
from idp.oidc import mapped_claims
from idp.oidc.access_tokens import build_access_token_claims
from idp.oidc.id_tokens import build_id_token_claims
from idp.oidc.mapped_claims import add_mapped_claims
from idp.oidc.permitted_scopes import keep_permitted
from idp.oidc.person_claims import build_person_claims
from idp.oidc.scopes import OPENID, grant_personal_scope
from idp.oidc.token_basis import TokenBasis, timestamp
from idp.oidc.token_grant import TokenGrant
from idp.realms.policy import RealmPolicy
from idp.sessions.sessions import AMR_CERTIFICATE, AMR_PASSWORD
from idp.storage.transaction import Transaction
from idp.web.cookies import CookieJar
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters
from idp.web.services import Services


def preview_tokens(
    services: Services,
    transaction: Transaction,
    realm: RealmPolicy,
    client: ClientRegistration,
    user: User,
    *,
    scope: str,
    acr: str = "1",
) -> dict[str, dict[str, Any]]:
    """Return the claims of ``access_token`` and, with openid in the granted *scope*, of ``id_token`` and ``userinfo``."""
    exchange = _exchange_without_request(services, transaction, realm)
    asked = TokenGrant(client=client, scope=grant_personal_scope(client, scope), basis=_basis(services, user, acr))
    grant = keep_permitted(exchange, asked)
    preview = {"access_token": build_access_token_claims(exchange, grant)}
    if OPENID in grant.scopes:
        person: Any = _Person(user)
        answer = {**build_person_claims(person, grant.scope), "sub": preview["access_token"]["sub"]}
        add_mapped_claims(exchange, client, user.id, mapped_claims.USERINFO, answer, scope=grant.scope)
        preview |= {"id_token": build_id_token_claims(exchange, grant), "userinfo": answer}
    return preview


class _Person:
    """A user as UserInfo reads one: the row, and no certificate."""

    certificate_claims = None

    def __init__(self, user: User) -> None:
        self._user = user

    def __getattr__(self, name: str) -> Any:
        return getattr(self._user, name)


def _basis(services: Services, user: User, acr: str) -> TokenBasis:
    return TokenBasis(
        user_id=user.id,
        session_id=new_id(),
        family_id=new_id(),
        auth_time=timestamp(services.clock.now()),
        acr=acr,
        amr=(AMR_PASSWORD, AMR_CERTIFICATE) if acr == "2" else (AMR_PASSWORD,),
        certificate_claims=None,
    )


def _exchange_without_request(services: Services, transaction: Transaction, realm: RealmPolicy) -> Exchange:
    return Exchange(
        services=services,
        transaction=transaction,
        realm=realm,
        method="GET",
        path="",
        query=Parameters([]),
        form=Parameters([]),
        headers=Headers(),
        path_params={},
        address="",
        cookies=CookieJar({}, services.settings.secure),
        scope={},
    )
