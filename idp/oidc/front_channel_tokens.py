"""Tokens from the authorization endpoint itself (OpenID Connect Core sections 3.2.2 and 3.3.2)."""

from dataclasses import replace

from authlib.oauth2.rfc6749.errors import AccessDeniedError

from idp.clients.registration import ClientRegistration
from idp.oidc import response_types
from idp.oidc.access_tokens import issue_access_token
from idp.oidc.authorization_request import AuthorizationRequest
from idp.oidc.claims_request import ID_TOKEN
from idp.oidc.codes import basis_of
from idp.oidc.id_tokens import issue_id_token
from idp.oidc.permitted_scopes import keep_permitted
from idp.oidc.person_claims import CLAIMS_BY_SCOPE
from idp.oidc.scopes import OFFLINE_ACCESS
from idp.oidc.token_family_start import begin_family
from idp.oidc.token_grant import TokenGrant
from idp.oidc.token_response import expires_in, token_type
from idp.sessions.live_sessions import LiveSession
from idp.web.exchange import Exchange


def issue_front_channel_tokens(
    exchange: Exchange, client: ClientRegistration, asked: AuthorizationRequest, live: LiveSession, *, code: str
) -> dict[str, str]:
    """Return the parameters with the tokens that the response type is for, beside *code* (empty: none).

    Raises `AccessDeniedError` when the session may have no tokens.
    """
    grant = keep_permitted(exchange, _build_grant(client, asked, live))
    answer: dict[str, str] = {}
    if response_types.TOKEN in asked.response_types:
        answer = _issue_access_token(exchange, grant)
    else:
        _take_part(exchange, grant)
    if response_types.ID_TOKEN in asked.response_types:
        token = answer.get("access_token", "")
        grant = grant if token or code else _with_scopes_claims(grant)
        answer["id_token"] = issue_id_token(exchange, grant, access_token=token, code=code)
    return answer


def _build_grant(client: ClientRegistration, asked: AuthorizationRequest, live: LiveSession) -> TokenGrant:
    """Return what is granted; the family is another than the code's, so that a second use of that leaves it alone."""
    return TokenGrant(
        client=client,
        scope=" ".join(name for name in asked.scope.split() if name != OFFLINE_ACCESS),
        basis=basis_of(live),
        audience=asked.resources,
        claims=asked.claims,
        nonce=asked.nonce,
    )


def _take_part(exchange: Exchange, grant: TokenGrant) -> None:
    """Begin a token family, by which the client is also known to have taken part in the session when that ends."""
    if not begin_family(exchange, grant, refresh_token=None):
        raise AccessDeniedError("The session has ended.")


def _issue_access_token(exchange: Exchange, grant: TokenGrant) -> dict[str, str]:
    _take_part(exchange, grant)
    return {
        "access_token": issue_access_token(exchange, grant),
        "token_type": token_type(grant),
        "expires_in": str(expires_in(exchange, grant)),
        "scope": grant.scope,
    }


def _with_scopes_claims(grant: TokenGrant) -> TokenGrant:
    """Without an access token there is no UserInfo, so the ID Token says it all (OpenID Connect Core section 5.4)."""
    names = [name for scope in grant.scopes for name in CLAIMS_BY_SCOPE.get(scope, ()) if name != "sub"]
    return replace(grant, claims={ID_TOKEN: [*names, *grant.claims.get(ID_TOKEN, ())]})
