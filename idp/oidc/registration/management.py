"""Read, replace and delete one's own registration (RFC 7592 section 2)."""

import hmac
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from idp.clients.clients import change_client
from idp.clients.metadata.values import ClientMetadata
from idp.clients.secrets import reveal_secret
from idp.clients.self_registration import (
    delete_registered_client,
    generate_registration_token,
    read_changed_registration,
    rotate_registration_token,
)
from idp.events.tags import Tag
from idp.models import Client
from idp.oidc.registration.access import open_client
from idp.oidc.registration.errors import InvalidClientMetadata, InvalidSoftwareStatement, TokenRefused
from idp.oidc.registration.information import NOT_STORED, answer_information
from idp.oidc.registration.register import verify_elsewhere
from idp.users.service_accounts import drop_unused_service_account
from idp.web.exchange import Exchange

_OURS = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")


def manage_client(exchange: Exchange) -> Response:
    """Do what the method says: GET, PUT or DELETE."""
    return _METHODS[exchange.method](exchange)


def _show(exchange: Exchange) -> Response:
    """Section 2.1."""
    client, token = open_client(exchange)
    return answer_information(exchange, client, token=token)


def _replace(exchange: Exchange) -> Response:
    """Section 2.2: all of the metadata is replaced, and the token as well, by one of simultaneous callers."""
    client, token = open_client(exchange)
    _verify_identity(exchange, client, exchange.document)
    metadata = read_changed_registration(exchange.document, ClientMetadata.of(client))
    verify_elsewhere(exchange, metadata)
    fresh = generate_registration_token()
    if not rotate_registration_token(exchange.transaction, client, known=token, fresh=fresh):
        raise TokenRefused(presented=True)
    change_client(client, exchange.services.cipher, exchange.services.clock, metadata)
    drop_unused_service_account(exchange.session, exchange.services.clock, client)
    exchange.record(Tag.REGISTRATION_CHANGED, client_id=client.client_id, redirect_uris=client.redirect_uris)
    return answer_information(exchange, client, token=fresh)


def _delete(exchange: Exchange) -> Response:
    """Section 2.3."""
    client, token = open_client(exchange)
    if not delete_registered_client(exchange.transaction, client, known=token):
        raise TokenRefused(presented=True)
    exchange.record(Tag.REGISTRATION_DELETED, client_id=client.client_id)
    return Response(status_code=204, headers=NOT_STORED)


def _verify_identity(exchange: Exchange, client: Client, document: Mapping[str, Any]) -> None:
    """Raise `InvalidClientMetadata` unless the document is about this client and repeats nothing that only we set."""
    if document.get("software_statement") is not None:
        raise InvalidSoftwareStatement()
    if document.get("client_id") != client.client_id:
        raise InvalidClientMetadata("client_id is not that of the address.")
    ours = [name for name in _OURS if name in document]
    if ours:
        raise InvalidClientMetadata(f"{', '.join(ours)} must not be sent.")
    if "client_secret" in document and not _is_secret(exchange, client, document["client_secret"]):
        raise InvalidClientMetadata("client_secret is not the one that was issued.")


def _is_secret(exchange: Exchange, client: Client, presented: object) -> bool:
    secret = reveal_secret(client, exchange.services.cipher)
    if secret is None or not isinstance(presented, str):
        return False
    return hmac.compare_digest(secret.encode(), presented.encode())


_METHODS = {"GET": _show, "HEAD": _show, "PUT": _replace, "DELETE": _delete}
