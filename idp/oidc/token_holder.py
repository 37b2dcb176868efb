"""Who presents an access token to an API of our own: a person through a client, or a client itself."""

from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6750 import InvalidTokenError
from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.errors import IdpError
from idp.keys.tokens import TokenInvalid
from idp.oidc.access_tokens import FAMILY_CLAIM, REVOKED_KIND, verify_access_token
from idp.oidc.dpop import offer_nonce
from idp.oidc.presented_token import ProtectedResource, TokenMissing, challenge, read_token
from idp.oidc.sender_constraint import verify_confirmation
from idp.oidc.token_families import find_person_of_live_family
from idp.web.exchange import Exchange


class TokenRefused(IdpError):
    """The request has no token that is good here; `response` is the answer with its challenge."""

    def __init__(self, response: Response) -> None:
        super().__init__("no valid access token")
        self.response = response


@dataclass(frozen=True, kw_only=True)
class TokenHolder:
    """A client, and the person for whom it acts; without a person it acts for itself. `amr` and `auth_time` are how and
    when the person signed in, `scopes` are those of the token.
    """

    client: ClientRegistration
    user_id: str | None
    username: str
    session_id: str | None
    scopes: tuple[str, ...]
    amr: tuple[str, ...] = ()
    auth_time: int | None = None


def find_token_holder(exchange: Exchange, resource: ProtectedResource) -> TokenHolder:
    """Return who presents the request's token, which the exchange's realm issued for itself; raise `TokenRefused`.

    The token is signed or stored by us, unexpired, not revoked, and of a live session; its audience is the realm, so what was issued
    for another resource server opens nothing here; and what it is bound to has been proven.
    """
    scheme = ""
    try:
        scheme, token = read_token(exchange)
        return _find(exchange, scheme, token)
    except OAuth2Error as error:
        raise TokenRefused(offer_nonce(exchange, challenge(error, scheme, resource))) from error


def refuse_token(resource: ProtectedResource, scheme: str) -> TokenRefused:
    """Return the refusal of a token that none of our realms has issued; *scheme* is empty where there is no token."""
    return TokenRefused(challenge(InvalidTokenError() if scheme else TokenMissing(), scheme, resource))


def _find(exchange: Exchange, scheme: str, token: str) -> TokenHolder:
    try:
        claims = verify_access_token(exchange, token, audience=exchange.url(""))
    except TokenInvalid as error:
        raise InvalidTokenError() from error
    verify_confirmation(exchange, claims, token, scheme)
    client = exchange.find_client(claims["client_id"])
    if client is None:
        raise InvalidTokenError()
    scopes = tuple(claims["scope"].split())
    if FAMILY_CLAIM not in claims:
        if exchange.services.ephemeral.get(REVOKED_KIND, claims["jti"]) is not None:
            raise InvalidTokenError()
        return TokenHolder(client=client, user_id=None, username=client.client_id, session_id=None, scopes=scopes)
    person = find_person_of_live_family(exchange.transaction, claims[FAMILY_CLAIM], exchange.services.clock.now())
    if person is None:
        raise InvalidTokenError()
    return TokenHolder(
        client=client,
        user_id=person.id,
        username=person.username,
        session_id=claims["sid"],
        scopes=scopes,
        amr=tuple(claims["amr"]),
        auth_time=claims["auth_time"],
    )
