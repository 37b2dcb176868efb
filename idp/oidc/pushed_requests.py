"""Pushed authorization requests (RFC 9126): the client sends the request itself, the browser carries a reference to it.

A reference may be opened more than once while it is valid, as browsers open addresses ahead and again; it is used up when the
request is granted, and of any number of answers one is given (FAPI 2.0 Security Profile section 5.3.2.2 recommends that).
"""

import hashlib
import json
import secrets
from datetime import timedelta

from idp.clients.registration import ClientRegistration
from idp.oidc.errors import InvalidRequestUri, RequestUnusable
from idp.oidc.token_basis import timestamp
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFETIME = timedelta(seconds=90)  # long enough for a browser that is slow to be redirected
_KIND = "pushed-request"


def store_pushed_request(exchange: Exchange, client: ClientRegistration, parameters: Parameters) -> str:
    """Store a request that was checked and return its request_uri (256 random bits), good for `LIFETIME`."""
    reference = PREFIX + secrets.token_urlsafe(32)
    expires_at = timestamp(exchange.services.clock.now() + LIFETIME)
    text = json.dumps({"expires_at": expires_at, "parameters": parameters.pairs}, separators=(",", ":"))
    # It is kept for as long as a login may take that it begins.
    kept = LIFETIME + exchange.realm.login_lifetime
    exchange.services.ephemeral.put(_KIND, _key(client, reference), text, kept)
    return reference


def find_pushed_request(exchange: Exchange, client: ClientRegistration, reference: str) -> Parameters:
    """Return the parameters that *client* pushed; raise `InvalidRequestUri` when they are unknown, expired or used."""
    text = exchange.services.ephemeral.get(_KIND, _key(client, reference))
    stored = json.loads(text) if text else None
    if stored is None or timestamp(exchange.services.clock.now()) >= stored["expires_at"]:
        raise InvalidRequestUri("The request_uri has expired or was used before.")
    return Parameters([(name, value) for name, value in stored["parameters"]])


def take_pushed_request(exchange: Exchange, client: ClientRegistration, reference: str) -> None:
    """Use the request up; raise `RequestUnusable` when another login did."""
    if exchange.services.ephemeral.take(_KIND, _key(client, reference)) is None:
        raise RequestUnusable("The request_uri was used before.")


def _key(client: ClientRegistration, reference: str) -> str:
    # With the client's row in it, as nobody else's reference may even be looked at.
    return f"{client.id}:{hashlib.sha256(reference.encode('utf-8', 'surrogatepass')).hexdigest()}"
