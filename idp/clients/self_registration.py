"""Clients that register themselves (RFC 7591, RFC 7592): strangers, who get what can do no harm.

They are never first-party, people are asked for consent, and what they may ask for is a short list. An administrator can add to it,
and what was added stays when the client changes its registration.
"""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Table, bindparam, delete, update

from idp.clients.initial_access_tokens import digest_of
from idp.clients.metadata.document import read_registration
from idp.clients.metadata.flows import CODE_GRANT, IMPLICIT_GRANT
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import NO_AUTHENTICATION
from idp.clients.uris import is_own_scheme, web_origin_of
from idp.errors import InvalidInput
from idp.models import Client
from idp.storage.transaction import Transaction

SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access")
GRANT_TYPES = (CODE_GRANT, "refresh_token")
RESPONSE_TYPES = ("code",)
# PKCE is demanded of public clients whatever is stored; no metadata says whether a confidential one can.
_STRANGER = ClientMetadata(consent_required=True, pkce_required=False)

_CLIENT: Table = Client.__table__  # type: ignore[assignment]
_OWN = (_CLIENT.c.id == bindparam("client")) & (_CLIENT.c.registration_token_digest == bindparam("known"))
_ROTATE = update(_CLIENT).where(_OWN).values(registration_token_digest=bindparam("fresh"))
_DELETE = delete(_CLIENT).where(_OWN)


def read_new_registration(document: Mapping[str, Any]) -> ClientMetadata:
    """Return the metadata of a client that registers itself; raise `InvalidInput`."""
    return _read(document, _STRANGER)


def read_changed_registration(document: Mapping[str, Any], current: ClientMetadata) -> ClientMetadata:
    """Return the metadata of a client that replaces its own (RFC 7592 section 2.2); raise `InvalidInput`."""
    return _read(document, current)


def registration_token_fits(client: Client, token: str) -> bool:
    """Tell whether *token* is the client's registration access token (RFC 7592 section 3)."""
    known = client.registration_token_digest
    return known is not None and hmac.compare_digest(known, digest_of(token))


def issue_registration_token(client: Client) -> str:
    """Give the client a new registration access token and return it; the old one is void."""
    token = generate_registration_token()
    client.registration_token_digest = digest_of(token)
    return token


def generate_registration_token() -> str:
    """Return a new registration access token of 256 random bits."""
    return secrets.token_urlsafe(32)


def rotate_registration_token(transaction: Transaction, client: Client, *, known: str, fresh: str) -> bool:
    """Replace the token *known* by *fresh*; of simultaneous callers one wins."""
    parameters = {"client": client.id, "known": digest_of(known), "fresh": digest_of(fresh)}
    return transaction.change(_ROTATE, parameters) == 1


def delete_registered_client(transaction: Transaction, client: Client, *, known: str) -> bool:
    """Delete the client whose token is *known*, with consents and tokens; of simultaneous callers one wins."""
    return transaction.change(_DELETE, {"client": client.id, "known": digest_of(known)}) == 1


def _read(document: Mapping[str, Any], base: ClientMetadata) -> ClientMetadata:
    metadata = read_registration(document, replace(base, default_scope=""))
    if {CODE_GRANT, IMPLICIT_GRANT}.intersection(metadata.grant_types) and not metadata.redirect_uris:
        raise InvalidInput(redirect_uris="At least one is needed.")
    _verify_within("grant_types", metadata.grant_types, (*GRANT_TYPES, *base.grant_types))
    _verify_within("response_types", metadata.response_types, (*RESPONSE_TYPES, *base.response_types))
    scope = _read_scope(metadata.scope, base.scope)
    default = " ".join(name for name in base.default_scope.split() if name in scope.split())
    return replace(metadata, scope=scope, default_scope=default, web_origins=_read_origins(metadata, base))


def _verify_within(name: str, asked: Iterable[str], allowed: tuple[str, ...]) -> None:
    beyond = [value for value in asked if value not in allowed]
    if beyond:
        raise InvalidInput(**{name: f"{', '.join(beyond)} cannot be had by registration; ask the administrators."})


def _read_scope(asked: str, current: str) -> str:
    """Return what a client gets of the scopes it asks for: the others are left out, as RFC 7591 section 3.2.1 allows."""
    if not asked:
        return current or " ".join(SCOPES)
    granted = [scope for scope in asked.split() if scope in SCOPES or scope in current.split()]
    if not granted:
        raise InvalidInput(scope="None of these scopes can be had by registration; ask the administrators.")
    return " ".join(granted)


def _read_origins(metadata: ClientMetadata, base: ClientMetadata) -> tuple[str, ...]:
    """Return whose scripts may read answers: an application in the browser is where its redirect URIs are."""
    added = set(base.web_origins) - set(_own_origins(base))
    return tuple(dict.fromkeys((*_own_origins(metadata), *sorted(added))))


def _own_origins(metadata: ClientMetadata) -> tuple[str, ...]:
    if metadata.token_endpoint_auth_method != NO_AUTHENTICATION or metadata.application_type != "web":
        return ()
    return tuple(dict.fromkeys(web_origin_of(uri) for uri in metadata.redirect_uris if not is_own_scheme(uri)))
