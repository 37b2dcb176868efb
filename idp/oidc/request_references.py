"""Request objects by reference: the client publishes one at an address that it has registered (RFC 9101 section 5.2)."""

import hashlib
import hmac

from authlib.oidc.core.errors import RequestURINotSupportedError
from joserfc.util import urlsafe_b64encode

from idp.clients.registration import ClientRegistration
from idp.fetching.errors import FetchError
from idp.keys.compact import MAX_LENGTH
from idp.oidc.errors import InvalidRequestUri
from idp.web.exchange import Exchange

_MEDIA_TYPE = "application/oauth-authz-req+jwt, application/jwt"
_HASH_LENGTH = 43  # base64url of a SHA-256 digest


def fetch_request_object(exchange: Exchange, client: ClientRegistration, reference: str) -> str:
    """Return the request object at *reference*; raise `InvalidRequestUri` unless it is registered and can be fetched.

    Raises `RequestURINotSupportedError` for a client that has registered no address at all.
    Where the fragment is a SHA-256 digest, what was fetched has to have it (OpenID Connect Core section 6.2).
    """
    if not client.request_uris:
        raise RequestURINotSupportedError("The client has registered no request_uris.")
    address, _, fragment = reference.partition("#")
    if not _is_registered(client, reference, address):
        raise InvalidRequestUri("The request_uri is not registered for this client.")
    try:
        body = exchange.services.fetcher.get(address, accept=_MEDIA_TYPE, max_bytes=MAX_LENGTH).body
    except FetchError as error:
        raise InvalidRequestUri("The request_uri cannot be fetched.") from error
    if len(fragment) == _HASH_LENGTH and not hmac.compare_digest(_digest(body), fragment.encode(errors="replace")):
        raise InvalidRequestUri("The content of the request_uri has another hash than its fragment says.")
    return body.decode("ascii", errors="replace").strip()


def _is_registered(client: ClientRegistration, reference: str, address: str) -> bool:
    """Tell whether the address is registered, to the letter; registered without a fragment, it may be sent with one."""
    return reference in client.request_uris or address in client.request_uris


def _digest(body: bytes) -> bytes:
    return urlsafe_b64encode(hashlib.sha256(body).digest())
