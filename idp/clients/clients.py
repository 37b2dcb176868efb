"""Find and create clients."""

import secrets
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clients.registration import SECRET_CONTEXT, is_client_id
from idp.clients.uris import verify_home_uri, verify_redirect_uri, verify_web_origin
from idp.clock import Clock
from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput
from idp.models import Client

DEFAULT_SCOPE = "openid profile email x509 offline_access"
_MIN_SECRET_LENGTH = 8
CERTIFICATE_POLICIES = ("realm", "required")


def create_client(
    session: Session,
    cipher: Cipher,
    clock: Clock,
    *,
    realm_id: str,
    client_id: str,
    secret: str | None = None,
    redirect_uris: Sequence[str] = (),
    post_logout_redirect_uris: Sequence[str] = (),
    grant_types: Sequence[str] = ("authorization_code", "refresh_token"),
    scope: str = DEFAULT_SCOPE,
    name: str = "",
    home_uri: str = "",
    first_party: bool = False,
    pkce_required: bool = True,
    certificate_policy: str = "realm",
    web_origins: Sequence[str] = (),
) -> Client:
    """Insert a client, public without a *secret*; raise `InvalidInput` or `Conflict`."""
    _verify_credentials(client_id, secret)
    for uri in (*redirect_uris, *post_logout_redirect_uris):
        verify_redirect_uri(uri)
    for origin in web_origins:
        verify_web_origin(origin)
    if certificate_policy not in CERTIFICATE_POLICIES:
        raise InvalidInput(certificate_policy=f"Use one of {', '.join(CERTIFICATE_POLICIES)}.")
    client = Client(
        realm_id=realm_id,
        client_id=client_id,
        name=name,
        home_uri=verify_home_uri(home_uri),
        first_party=first_party,
        secret_encrypted=None if secret is None else cipher.encrypt(secret.encode(), SECRET_CONTEXT),
        token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
        redirect_uris=list(redirect_uris),
        post_logout_redirect_uris=list(post_logout_redirect_uris),
        web_origins=list(web_origins),
        grant_types=list(grant_types),
        scope=scope,
        pkce_required=pkce_required,
        certificate_policy=certificate_policy,
        created_at=clock.now(),
    )
    session.add(client)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"there is a client {client_id!r} already") from error
    return client


def find_client(session: Session, realm_id: str, client_id: str) -> Client | None:
    """Return the client of that client_id in the realm, or None."""
    if not is_client_id(client_id):
        return None
    return session.scalars(
        select(Client).where(Client.realm_id == realm_id, Client.client_id == client_id)
    ).one_or_none()


def generate_secret() -> str:
    """Return a new client secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def _verify_credentials(client_id: str, secret: str | None) -> None:
    if not is_client_id(client_id):
        raise InvalidInput(client_id="Use 1 to 255 visible ASCII characters.")
    if secret is not None and (len(secret.strip()) < _MIN_SECRET_LENGTH or not secret.isprintable()):
        raise InvalidInput(secret=f"Use at least {_MIN_SECRET_LENGTH} visible characters.")
