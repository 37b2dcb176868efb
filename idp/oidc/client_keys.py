"""The public keys of a client: registered by value, or fetched from its ``jwks_uri`` (RFC 7591 section 2)."""

import json
from collections.abc import Iterator

from idp.clients.registration import ClientRegistration
from idp.fetching.errors import FetchError
from idp.keys.public_keys import KeyInvalid, PublicKey, parse_key_set
from idp.web.exchange import Exchange

_ACCEPT = "application/jwk-set+json, application/json"


def iterate_client_keys(exchange: Exchange, client: ClientRegistration) -> Iterator[tuple[PublicKey, ...]]:
    """Yield the client's keys as they are known, and then, if those were no use, as its ``jwks_uri`` has them now.

    Yields nothing where there are none. The second look is had only if the address answers with something new, and not more
    often than `idp.fetching.documents` allows.
    """
    if client.jwks is not None:
        yield _parse(json.dumps(client.jwks))
    elif client.jwks_uri:
        yield from _iterate_fetched(exchange, client.jwks_uri)


def _iterate_fetched(exchange: Exchange, url: str) -> Iterator[tuple[PublicKey, ...]]:
    documents = exchange.services.documents
    try:
        known = documents.get(url, accept=_ACCEPT)
    except FetchError:
        return
    yield _parse(known)
    newer = documents.get_newer(url, known, accept=_ACCEPT)
    if newer is not None:
        yield _parse(newer)


def _parse(text: str | bytes) -> tuple[PublicKey, ...]:
    try:
        return parse_key_set(text)
    except KeyInvalid:
        return ()
