"""What of a client's metadata can be judged only with keys in hand, or by looking elsewhere."""

import json

from idp.clients.metadata.values import ClientMetadata
from idp.errors import InvalidInput
from idp.fetching.errors import FetchError, FetchRefused
from idp.fetching.fetcher import Fetcher
from idp.keys.public_keys import KeyInvalid, parse_key_set

_FETCHED = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri")


def verify_keys(metadata: ClientMetadata) -> None:
    """Raise `InvalidInput` unless a key set that was registered by value has a key that can be used."""
    if metadata.jwks is None:
        return
    try:
        usable = parse_key_set(json.dumps(metadata.jwks))
    except KeyInvalid:
        usable = ()
    if not usable:
        raise InvalidInput(jwks="There is no public key for signatures in the set that is strong enough.")


def verify_fetchable(fetcher: Fetcher, metadata: ClientMetadata) -> None:
    """Raise `InvalidInput` for addresses that the server may not fetch; nothing is fetched."""
    addresses = [(name, getattr(metadata, name)) for name in _FETCHED]
    addresses += [("request_uris", uri) for uri in metadata.request_uris]
    for name, uri in addresses:
        try:
            if uri:
                fetcher.verify_fetchable(uri)
        except FetchRefused as error:
            raise InvalidInput(**{name: f"{uri!r} is not an address that is fetched from here."}) from error


def verify_sector(fetcher: Fetcher, metadata: ClientMetadata) -> None:
    """Raise `InvalidInput` unless the sector's document has all redirect URIs (OpenID Registration section 5)."""
    uri = metadata.sector_identifier_uri
    if not uri:
        return
    try:
        listed = json.loads(fetcher.get(uri, accept="application/json").body)
    except FetchError as error:
        raise InvalidInput(sector_identifier_uri="The document cannot be fetched.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(sector_identifier_uri="The document is not JSON.") from error
    if not isinstance(listed, list) or not all(uri in listed for uri in metadata.redirect_uris):
        raise InvalidInput(sector_identifier_uri="The document does not list all redirect_uris.")
