"""What a client is told of its registration (RFC 7591 section 3.2.1, RFC 7592 section 3)."""

import json
from typing import Any

from starlette.responses import Response

from idp.clients.metadata.document import describe_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.clients.secrets import reveal_secret
from idp.models import Client
from idp.web.exchange import Exchange

REGISTRATION_PATH = "/clients-registrations/openid-connect"
NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def answer_information(exchange: Exchange, client: Client, *, token: str, status: int = 200) -> Response:
    """Return the client information response, with the registration access *token*."""
    content = json.dumps(_build_information(exchange, client, token), separators=(",", ":"))
    return Response(content, status_code=status, media_type="application/json", headers=NOT_STORED)


def _build_information(exchange: Exchange, client: Client, token: str) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        **_build_secret(exchange, client),
        "registration_access_token": token,
        "registration_client_uri": exchange.url(f"{REGISTRATION_PATH}/{client.client_id}"),
        **describe_metadata(ClientMetadata.of(client), registrable_only=True),
    }


def _build_secret(exchange: Exchange, client: Client) -> dict[str, Any]:
    secret = reveal_secret(client, exchange.services.cipher)
    return {} if secret is None else {"client_secret": secret, "client_secret_expires_at": 0}
