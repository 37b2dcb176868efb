"""Who may register clients, and who may manage one (RFC 7591 section 3, RFC 7592 section 2)."""

from datetime import timedelta

from idp.clients.clients import find_client
from idp.clients.initial_access_tokens import is_usable
from idp.clients.self_registration import registration_token_fits
from idp.models import Client
from idp.oidc.registration.errors import RegistrationClosed, TokenRefused, TooManyRegistrations
from idp.users.brute_force import network_of
from idp.web.exchange import Exchange

MAX_OF_ADDRESS, MAX_OF_REALM = 100, 1000
"""Tries to register without a token, in an hour."""

_KIND = "registrations"
_WINDOW = timedelta(hours=1)
_MAX_TOKEN = 1024


def open_registration(exchange: Exchange) -> str:
    """Return the initial access token to register with, empty where none is needed; raise an `OAuth2Error`."""
    policy, token = exchange.realm.client_registration, read_bearer(exchange)
    if policy not in {"open", "token"}:
        raise RegistrationClosed()
    services = exchange.services
    if token and is_usable(exchange.transaction, services.clock, realm_id=exchange.realm.id, token=token):
        return token
    if token or policy != "open":
        raise TokenRefused(presented=bool(token))
    _count_stranger(exchange)
    return ""


def open_client(exchange: Exchange) -> tuple[Client, str]:
    """Return the client of the address and its registration access token; raise an `OAuth2Error`.

    A client that does not exist is no different from a wrong token (RFC 7592 section 2.1).
    """
    if exchange.realm.client_registration not in {"open", "token"}:
        raise RegistrationClosed()
    token = read_bearer(exchange)
    client = find_client(exchange.session, exchange.realm.id, exchange.path_params["client_id"]) if token else None
    if client is None or not client.enabled or not registration_token_fits(client, token):
        raise TokenRefused(presented=bool(token))
    return client, token


def read_bearer(exchange: Exchange) -> str:
    """Return the bearer token of the request's header (RFC 6750 section 2.1), empty where there is no Authorization at all.

    Another scheme is an `OAuth2Error`.
    """
    header = exchange.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if header and (scheme.lower() != "bearer" or not token or len(token) > _MAX_TOKEN):
        raise TokenRefused(presented=True)
    return token


def _count_stranger(exchange: Exchange) -> None:
    """Count a try, whatever comes of it; raise `TooManyRegistrations`."""
    ephemeral, realm = exchange.services.ephemeral, exchange.realm.id
    address = f"{realm}:{network_of(exchange.address)}"
    if ephemeral.increment(_KIND, address, _WINDOW) > MAX_OF_ADDRESS:
        raise TooManyRegistrations(int(_WINDOW.total_seconds()))
    if ephemeral.increment(_KIND, realm, _WINDOW) > MAX_OF_REALM:
        raise TooManyRegistrations(int(_WINDOW.total_seconds()))
