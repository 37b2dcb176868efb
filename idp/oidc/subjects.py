"""What a client calls a person: the same name for all, or one for each sector (OpenID Connect Core section 8)."""

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from idp.clients.registration import ClientRegistration
from idp.settings import is_loopback_name
from idp.web.services import Services

PUBLIC, PAIRWISE = "public", "pairwise"
SUBJECT_TYPES = (PUBLIC, PAIRWISE)


def subject_of(services: Services, client: ClientRegistration, user_id: str) -> str:
    """Return the `sub` by which *client* knows the person: the id of the account, or a name that only its sector sees."""
    if client.subject_type != PAIRWISE:
        return user_id
    # OpenID Connect Core section 8.1. Neither part can hold the NUL that keeps them apart.
    text = f"{_sector_of(client)}\0{user_id}".encode()
    digest = hmac.digest(services.subject_key, text, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def subject_matches(services: Services, client: ClientRegistration, user_id: str, subject: str) -> bool:
    """Tell whether *subject*, from an ID Token or a claims request of *client*, means that person."""
    return hmac.compare_digest(subject_of(services, client, user_id).encode(), subject.encode(errors="replace"))


def _sector_of(client: ClientRegistration) -> str:
    """Return the host whose clients share a name for a person; a client without one is a sector of its own."""
    uris = (client.sector_identifier_uri,) if client.sector_identifier_uri else client.redirect_uris[:1]
    host = next((urlsplit(uri).hostname for uri in uris), None)
    return f"{client.realm_id}/{client.client_id}" if host is None or is_loopback_name(host) else host
