"""Documents for everybody, answered from memory: the metadata and the JWKS.

While the caches are warm, neither a thread nor the database has a part in it.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from idp.keys.publication import JWKS_LIFETIME
from idp.oidc.cors import ANY_ORIGIN
from idp.oidc.failures import answer_unknown_realm_json
from idp.oidc.metadata import build_metadata
from idp.realms.policy import RealmPolicy
from idp.web.services import Services

# Seconds; whoever meets an unknown kid asks again at once.
_MAX_AGE = {"metadata": 300, "jwks": int(JWKS_LIFETIME.total_seconds())}


@dataclass(frozen=True)
class Document:
    """A JSON document and its entity tag (RFC 9110 section 8.8.3)."""

    content: bytes
    etag: str


async def answer_metadata(request: Request) -> Response:
    """Answer with the realm's metadata (OpenID Connect Discovery 1.0 section 4)."""
    return await _answer(request, _find_metadata, _MAX_AGE["metadata"])


async def answer_jwks(request: Request) -> Response:
    """Answer with the realm's public keys (RFC 7517 section 5)."""
    return await _answer(request, _find_jwks, _MAX_AGE["jwks"])


async def _answer(
    request: Request, find: Callable[[Services, RealmPolicy], Awaitable[Document]], max_age: int
) -> Response:
    services: Services = request.app.state.services
    name = request.path_params["realm"]
    realm = services.realms.peek(name) or await services.threads.run(services.realms.get, name)
    if realm is None:
        return answer_unknown_realm_json(request)
    document = await find(services, realm)
    headers = {"Cache-Control": f"public, max-age={max_age}", "ETag": document.etag, **ANY_ORIGIN}
    if _matches(request.headers.get("if-none-match", ""), document.etag):
        return Response(status_code=304, headers=headers)
    return Response(document.content, media_type="application/json", headers=headers)


async def _find_metadata(services: Services, realm: RealmPolicy) -> Document:
    issuer = f"{services.settings.public_url}/realms/{realm.name}"
    return _build_metadata_document(
        issuer,
        certificates_on=realm.certificate_policy != "off",
        mutual_tls_issuer=f"{services.settings.mutual_tls_url}/realms/{realm.name}",
        registration_on=realm.client_registration != "off",
    )


async def _find_jwks(services: Services, realm: RealmPolicy) -> Document:
    keyring = services.keyrings.peek(realm.id)
    if keyring is None:
        keyring = await services.threads.run(services.keyrings.get, realm.id)
    return Document(keyring.jwks, keyring.etag)


@lru_cache(maxsize=1024)
def _build_metadata_document(
    issuer: str, *, certificates_on: bool, mutual_tls_issuer: str, registration_on: bool
) -> Document:
    document = build_metadata(
        issuer,
        certificates_on=certificates_on,
        mutual_tls_issuer=mutual_tls_issuer,
        registration_on=registration_on,
    )
    content = json.dumps(document, separators=(",", ":")).encode()
    return Document(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _matches(if_none_match: str, etag: str) -> bool:
    # Weak comparison (RFC 9110 section 13.1.2): a proxy that compresses makes our tag a weak one.
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags
