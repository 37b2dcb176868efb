"""What a request presents of its client: a secret in one of two places, an assertion, or its name alone."""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.clients.registration import is_client_id
from idp.keys.compact import TokenInvalid, read_compact
from idp.oidc.client_authentication.methods import BASIC, NONE, POST
from idp.oidc.client_authentication.refusal import ClientRefused
from idp.web.exchange import Exchange

ASSERTION = "client_assertion"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 section 2.2


@dataclass(frozen=True)
class Credentials:
    """`way` is BASIC, POST, ASSERTION or NONE; nothing of it is verified. A certificate stands beside it, in the connection."""

    way: str
    client_id: str
    value: str = field(default="", repr=False)


def read_credentials(exchange: Exchange) -> Credentials:
    """Return what the request presents; raise `ClientRefused` where that is nothing readable.

    More than one way at once is an `InvalidRequestError` (RFC 6749 section 2.3).
    """
    form = exchange.form
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    authorization = exchange.headers.get("authorization", "")
    asserts = bool(form.get(ASSERTION) or form.get("client_assertion_type"))
    if bool(authorization) + bool(secret) + asserts > 1:
        raise InvalidRequestError("More than one way of client authentication.")
    if authorization:
        basic = _read_basic(authorization)
        if client_id and client_id != basic.client_id:
            raise InvalidRequestError("More than one way of client authentication.")
        return basic
    if asserts:
        return _read_assertion(form.get("client_assertion_type", ""), form.get(ASSERTION, ""), client_id)
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


def _read_assertion(assertion_type: str, assertion: str, client_id: str) -> Credentials:
    """The assertion's subject names the client; ``client_id``, where it is sent as well, has to agree (RFC 7521 section 4.2)."""
    try:
        subject = read_compact(assertion).decode_claims().get("sub")
    except TokenInvalid:
        raise ClientRefused() from None
    if assertion_type != ASSERTION_TYPE or not isinstance(subject, str) or not is_client_id(subject):
        raise ClientRefused()
    if client_id and client_id != subject:
        raise ClientRefused()
    return Credentials(ASSERTION, subject, assertion)
