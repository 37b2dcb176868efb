"""Client authentication: client_secret_basic, client_secret_post and none (RFC 6749 section 2.3, OpenID Connect Core section 9)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from idp.clients.registration import ClientRegistration, is_client_id
from idp.events.tags import Tag
from idp.oidc.client import RegisteredClient
from idp.oidc.guess_brake import GuessBrake
from idp.web.exchange import Exchange

BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"
CONFIDENTIAL_METHODS = (BASIC, POST)
ALL_METHODS = (BASIC, POST, NONE)
_SECRET_METHODS = {BASIC, POST}


class ClientRefused(InvalidClientError):  # type: ignore[misc]
    """The client did not authenticate. Which part was wrong is not told."""

    status_code = 401
    description = "Client authentication failed."

    def get_headers(self) -> list[tuple[str, str]]:
        """Return the headers with a challenge that has the realm RFC 7617 section 2 requires."""
        headers = [(name, value) for name, value in super().get_headers() if name != "WWW-Authenticate"]
        return [*headers, ("WWW-Authenticate", 'Basic realm="client", charset="UTF-8"')]


@dataclass(frozen=True)
class Credentials:
    """What a request presents of its client."""

    method: str
    client_id: str
    secret: str = ""


def authenticate_client(exchange: Exchange, brake: GuessBrake, methods: Collection[str]) -> RegisteredClient:
    """Return the client that the request proves to come from, by one of *methods*.

    Raises `ClientRefused`, `TooManyFailures`, or `InvalidRequestError` for more than one method at once.
    """
    presented = read_credentials(exchange)
    brake.verify_open(exchange, presented.client_id)
    client = exchange.find_client(presented.client_id)
    if not _verify_secret(client, presented) or client is None or presented.method not in methods:
        brake.count_failure(exchange, presented.client_id)
        exchange.record(Tag.CLIENT_REFUSED, client_id=presented.client_id, method=presented.method)
        raise ClientRefused()
    return RegisteredClient(client)


def read_credentials(exchange: Exchange) -> Credentials:
    """Return what the request presents; raise `ClientRefused` where that is nothing readable.

    More than one method at once is an `InvalidRequestError` (RFC 6749 section 2.3).
    """
    form = exchange.form
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    authorization = exchange.headers.get("authorization", "")
    if authorization:
        basic = _read_basic(authorization)
        if secret or (client_id and client_id != basic.client_id):
            raise InvalidRequestError("More than one way of client authentication.")
        return basic
    if not is_client_id(client_id):
        raise ClientRefused()
    return Credentials(POST, client_id, secret) if secret else Credentials(NONE, client_id)


def _read_basic(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise ClientRefused() from None
    name, colon, secret = text.partition(":")
    # Both are form-urlencoded before they are joined: RFC 6749 section 2.3.1.
    credentials = Credentials(BASIC, unquote_plus(name), unquote_plus(secret))
    if scheme.lower() != "basic" or not colon or not is_client_id(credentials.client_id):
        raise ClientRefused()
    return credentials


def _verify_secret(client: ClientRegistration | None, presented: Credentials) -> bool:
    expected = client.secret if client is not None else None
    if presented.method == NONE:
        return client is not None and expected is None
    same = hmac.compare_digest(_digest(expected or ""), _digest(presented.secret))
    # A client may send its secret in either of the two ways, whichever it is registered for: it is the same secret.
    return same and bool(expected) and client is not None and client.token_endpoint_auth_method in _SECRET_METHODS


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
