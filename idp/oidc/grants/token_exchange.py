"""Token exchange within a realm (RFC 8693): a resource server gets a token of its own for the person who called it."""

from typing import Any

from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.clients.registration import ClientRegistration
from idp.events.tags import Tag
from idp.keys.tokens import TokenInvalid, audiences_of
from idp.oidc.access_tokens import ACTOR_CLAIM, FAMILY_CLAIM, verify_access_token
from idp.oidc.client_authentication import CONFIDENTIAL_METHODS
from idp.oidc.request import parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.scopes import OFFLINE_ACCESS, OPENID
from idp.oidc.sender_constraint import find_confirmation
from idp.oidc.token_basis import TokenBasis
from idp.oidc.token_families import find_person_of_live_family
from idp.oidc.token_grant import TokenGrant
from idp.oidc.token_response import build_token_response
from idp.web.exchange import Exchange

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 (a grant type)
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 (a token type)
_JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
_NOT_PASSED_ON = {OPENID, OFFLINE_ACCESS}  # those are between the person and the first client


class TokenExchangeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Delegation: the new token says who acts (`act`, section 4.1), and lives no longer than the one it came from."""

    GRANT_TYPE = TOKEN_EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def validate_token_request(self) -> None:
        """Check the client, and that the subject token is a live one that this client was meant to get."""
        self.request.client = self.authenticate_token_endpoint_client()
        if not self.client.check_grant_type(TOKEN_EXCHANGE):
            raise UnauthorizedClientError("This client is not registered for token exchange.")
        _verify_types(self.request.form)
        self._claims, self._user_id = _verify_subject_token(
            self.request.exchange, self.client.registration, self.request.form
        )

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Return the response of section 2.2.1."""
        exchange, client, claims = self.request.exchange, self.client.registration, self._claims
        grant = TokenGrant(
            client=client,
            scope=_narrow_scope(client, claims["scope"], self.request.form.get("scope", "")),
            basis=_basis_of(claims, self._user_id),
            audience=read_resources(parameters_of(exchange), client),
            confirmation=find_confirmation(exchange, client),
            actor=_actor(client, claims),
            expires_by=claims["exp"],
        )
        response = {**build_token_response(exchange, grant), "issued_token_type": ACCESS_TOKEN_TYPE}
        exchange.record(
            Tag.TOKEN_EXCHANGED,
            user_id=self._user_id,
            client_id=client.client_id,
            session_id=claims["sid"],
            of=claims["client_id"],
            scope=grant.scope,
        )
        return 200, response, self.TOKEN_RESPONSE_HEADER


def _verify_types(form: Any) -> None:
    if form.get("subject_token_type") not in {ACCESS_TOKEN_TYPE, _JWT_TYPE}:
        raise InvalidRequestError("The subject_token_type must be that of an access token.")
    if form.get("requested_token_type", ACCESS_TOKEN_TYPE) != ACCESS_TOKEN_TYPE:
        raise InvalidRequestError("The only requested_token_type is that of an access token.")
    if "actor_token" in form or "actor_token_type" in form:
        raise InvalidRequestError("The client itself is the actor: there is no actor_token.")
    if "audience" in form:
        raise InvalidRequestError("Name the target as resource, not as audience.")


def _verify_subject_token(exchange: Exchange, client: ClientRegistration, form: Any) -> tuple[dict[str, Any], str]:
    try:
        claims = verify_access_token(exchange, form.get("subject_token", ""))
    except TokenInvalid as error:
        raise InvalidGrantError("The subject_token is not a valid access token of this realm.") from error
    if FAMILY_CLAIM not in claims or not _was_meant_for(client, claims):
        raise InvalidGrantError("The subject_token is not a person's, or not meant for this client.")
    person = find_person_of_live_family(exchange.transaction, claims[FAMILY_CLAIM], exchange.services.clock.now())
    if person is None:
        raise InvalidGrantError("The subject_token was revoked, or its session has ended.")
    return claims, person.id


def _was_meant_for(client: ClientRegistration, claims: dict[str, Any]) -> bool:
    """Tell whether the client is a resource of the token: by its client_id, or as one of its own addresses."""
    mine = {client.client_id, client.home_uri} - {""}
    return claims["client_id"] == client.client_id or not mine.isdisjoint(audiences_of(claims))


def _narrow_scope(client: ClientRegistration, subject: str, requested: str) -> str:
    possible = [scope for scope in subject.split() if scope in client.scopes and scope not in _NOT_PASSED_ON]
    wanted = requested.split()
    if not set(possible).issuperset(wanted):
        raise InvalidScopeError("The scope is more than the subject_token and this client have.")
    return " ".join(dict.fromkeys(wanted or possible))


def _actor(client: ClientRegistration, claims: dict[str, Any]) -> dict[str, Any]:
    before = {ACTOR_CLAIM: claims[ACTOR_CLAIM]} if ACTOR_CLAIM in claims else {}
    return {"sub": client.client_id, **before}


def _basis_of(claims: dict[str, Any], user_id: str) -> TokenBasis:
    return TokenBasis(
        user_id=user_id,
        session_id=claims["sid"],
        family_id=claims[FAMILY_CLAIM],
        auth_time=claims["auth_time"],
        acr=claims["acr"],
        amr=tuple(claims["amr"]),
        certificate_claims=None,
    )
