"""Register a client (RFC 7591 section 3, OpenID Connect Dynamic Client Registration 1.0 section 3)."""

from starlette.responses import Response

from idp.clients.clients import add_client, needs_secret
from idp.clients.initial_access_tokens import take_registration
from idp.clients.metadata.values import ClientMetadata
from idp.clients.secrets import generate_secret
from idp.clients.self_registration import issue_registration_token, read_new_registration
from idp.events.tags import Tag
from idp.models import Client, new_id
from idp.oidc.registration.access import open_registration
from idp.oidc.registration.checks import verify_fetchable, verify_keys, verify_sector
from idp.oidc.registration.errors import InvalidSoftwareStatement, TokenRefused
from idp.oidc.registration.information import answer_information
from idp.web.exchange import Exchange


def register_client(exchange: Exchange) -> Response:
    """Register the client that the body describes, and tell it who it is now.

    The initial access token is used up with the registration and not before: who made a mistake tries again.
    """
    initial_token = open_registration(exchange)
    if exchange.document.get("software_statement") is not None:
        raise InvalidSoftwareStatement()
    metadata = read_new_registration(exchange.document)
    verify_elsewhere(exchange, metadata)
    if initial_token and not take_registration(
        exchange.transaction, exchange.services.clock, realm_id=exchange.realm.id, token=initial_token
    ):
        raise TokenRefused(presented=True)
    client, token = _add(exchange, metadata)
    exchange.record(
        Tag.CLIENT_REGISTERED, client_id=client.client_id, name=client.name, redirect_uris=client.redirect_uris
    )
    return answer_information(exchange, client, token=token, status=201)


def verify_elsewhere(exchange: Exchange, metadata: ClientMetadata) -> None:
    """Raise `InvalidInput` for what `idp.oidc.registration.checks` finds."""
    fetcher = exchange.services.fetcher
    verify_keys(metadata)
    verify_fetchable(fetcher, metadata)
    verify_sector(fetcher, metadata)


def _add(exchange: Exchange, metadata: ClientMetadata) -> tuple[Client, str]:
    services = exchange.services
    client = add_client(
        exchange.session,
        services.cipher,
        services.clock,
        metadata,
        realm_id=exchange.realm.id,
        client_id=new_id(),
        secret=generate_secret() if needs_secret(metadata) else None,
    )
    return client, issue_registration_token(client)
