"""Who has to be signed in: the person of an ID Token hint, or a `sub` that the claims parameter names.

Whoever else has signed in or does so, the client gets no tokens about (OpenID Connect Core sections 3.1.2.1 and 5.5).
"""

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import TokenInvalid, audiences_of
from idp.models import User
from idp.oidc.claims_request import ClaimsRequest, acceptable_values
from idp.oidc.id_tokens import verify_id_token_hint
from idp.oidc.subjects import PAIRWISE, subject_matches
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters


def read_subjects(
    exchange: Exchange, client: ClientRegistration, parameters: Parameters, claims: ClaimsRequest
) -> tuple[str, ...]:
    """Return the subjects of whom one has to be signed in, none where anybody may; raise `InvalidRequestError`."""
    demanded = acceptable_values(claims.id_token.get("sub", {}))
    token = parameters.get("id_token_hint", "")
    if not token:
        return tuple(demanded)
    hinted = _read_hint(exchange, client, token)
    if demanded and hinted not in demanded:
        raise InvalidRequestError("id_token_hint and the claims parameter name different people.")
    return (hinted,)


def is_expected(exchange: Exchange, client: ClientRegistration, subjects: tuple[str, ...], user_id: str | None) -> bool:
    """Tell whether that person, or nobody yet, is one of *subjects*; anybody is where there are none."""
    if not subjects or user_id is None:
        return True
    return any(subject_matches(exchange.services, client, user_id, subject) for subject in subjects)


def find_hinted_username(exchange: Exchange, client: ClientRegistration, subjects: tuple[str, ...]) -> str:
    """Return the username of the person whom an ID Token hint named; empty where that cannot be told."""
    if client.subject_type == PAIRWISE or len(subjects) != 1:
        return ""
    user = exchange.session.get(User, subjects[0])
    return user.username if user is not None and user.realm_id == exchange.realm.id else ""


def _read_hint(exchange: Exchange, client: ClientRegistration, token: str) -> str:
    try:
        claims = verify_id_token_hint(exchange, token)
    except TokenInvalid as error:
        raise InvalidRequestError("The id_token_hint is not an ID Token of this provider.") from error
    if client.client_id not in audiences_of(claims):
        raise InvalidRequestError("The id_token_hint was issued to another client.")
    return str(claims["sub"])
