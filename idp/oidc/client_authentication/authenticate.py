"""Find out which client sent a request, by the method that is registered for it and by no other."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from idp.clients.registration import ClientRegistration
from idp.events.tags import Tag
from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication.assertion import verify_assertion
from idp.oidc.client_authentication.certificate import verify_certificate
from idp.oidc.client_authentication.credentials import ASSERTION, Credentials, read_credentials
from idp.oidc.client_authentication.methods import (
    BASIC,
    CLIENT_SECRET_JWT,
    NONE,
    POST,
    PRIVATE_KEY_JWT,
    SELF_SIGNED_TLS,
    TLS,
)
from idp.oidc.client_authentication.refusal import ClientRefused, CredentialsWrong
from idp.oidc.client_authentication.secret import verify_secret
from idp.oidc.client_authentication.self_signed import verify_self_signed_certificate
from idp.oidc.guess_brake import GuessBrake
from idp.web.exchange import Exchange

Verifier = Callable[[Exchange, ClientRegistration, Credentials], None]


@dataclass(frozen=True)
class _Method:
    """In which ways a request may present what the method needs, and what verifies it."""

    ways: tuple[str, ...]
    verify: Verifier


def _verify_nothing(_exchange: Exchange, _client: ClientRegistration, _presented: Credentials) -> None:
    """Public clients have nothing to prove with (RFC 6749 section 2.1)."""


_METHODS: Mapping[str, _Method] = {
    BASIC: _Method((BASIC, POST), verify_secret),
    POST: _Method((BASIC, POST), verify_secret),
    CLIENT_SECRET_JWT: _Method((ASSERTION,), verify_assertion),
    PRIVATE_KEY_JWT: _Method((ASSERTION,), verify_assertion),
    TLS: _Method((NONE,), verify_certificate),
    SELF_SIGNED_TLS: _Method((NONE,), verify_self_signed_certificate),
    NONE: _Method((NONE,), _verify_nothing),
}


def authenticate_client(exchange: Exchange, brake: GuessBrake, methods: Collection[str]) -> RegisteredClient:
    """Return the client that the request proves to come from, whose method has to be one of *methods*.

    Raises `ClientRefused`, `TooManyFailures`, or `InvalidRequestError` for more than one method at once.
    """
    presented = read_credentials(exchange)
    brake.verify_open(exchange, presented.client_id)
    try:
        return RegisteredClient(_verify(exchange, presented, methods))
    except CredentialsWrong as error:
        brake.count_failure(exchange, presented.client_id)
        exchange.record(
            Tag.CLIENT_REFUSED, client_id=presented.client_id, method=presented.way, reason=str(error)[:200]
        )
        raise ClientRefused() from error


def _verify(exchange: Exchange, presented: Credentials, methods: Collection[str]) -> ClientRegistration:
    client = exchange.find_client(presented.client_id)
    if client is None:
        raise CredentialsWrong("no such client")
    registered = client.token_endpoint_auth_method
    method = _METHODS.get(registered)
    if method is None or registered not in methods or presented.way not in method.ways:
        raise CredentialsWrong(f"the client's method is {registered}")
    method.verify(exchange, client, presented)
    return client
