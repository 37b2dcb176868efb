"""Find, create, change and delete clients."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clients.metadata.document import create_metadata
from idp.clients.metadata.security import SECRET_METHODS
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import NO_AUTHENTICATION, is_client_id
from idp.clients.secrets import replace_secret, set_secret
from idp.clock import Clock
from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import Client

DEFAULT_SCOPE = "openid profile email x509 offline_access"


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
    metadata = create_metadata(
        {
            "redirect_uris": redirect_uris,
            "post_logout_redirect_uris": post_logout_redirect_uris,
            "grant_types": grant_types,
            "scope": scope,
            "client_name": name,
            "client_uri": home_uri,
            "first_party": first_party,
            "pkce_required": pkce_required,
            "certificate_policy": certificate_policy,
            "web_origins": web_origins,
            "token_endpoint_auth_method": NO_AUTHENTICATION if secret is None else SECRET_METHODS[0],
        }
    )
    return add_client(session, cipher, clock, metadata, realm_id=realm_id, client_id=client_id, secret=secret)


def add_client(
    session: Session,
    cipher: Cipher,
    clock: Clock,
    metadata: ClientMetadata,
    *,
    realm_id: str,
    client_id: str,
    secret: str | None = None,
) -> Client:
    """Insert a client with verified *metadata*; raise `InvalidInput` for client_id or secret, or `Conflict`."""
    if not is_client_id(client_id):
        raise InvalidInput(client_id="Use 1 to 255 visible ASCII characters.")
    client = Client(realm_id=realm_id, client_id=client_id, created_at=clock.now())
    metadata.write_to(client)
    set_secret(client, cipher, clock, secret)
    session.add(client)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"there is a client {client_id!r} already") from error
    return client


def change_client(client: Client, cipher: Cipher, clock: Clock, metadata: ClientMetadata) -> str | None:
    """Give the client verified *metadata*; return its new secret where the authentication method needs one and there was none."""
    metadata.write_to(client)
    if not needs_secret(metadata):
        set_secret(client, cipher, clock, None)
    elif client.secret_encrypted is None:
        return replace_secret(client, cipher, clock)
    return None


def needs_secret(metadata: ClientMetadata) -> bool:
    """Tell whether a client with *metadata* authenticates by a secret."""
    return metadata.token_endpoint_auth_method in SECRET_METHODS


def delete_client(session: Session, client: Client) -> None:
    """Delete the client and with it consents, roles and tokens."""
    session.delete(client)
    session.flush()


def find_client(session: Session, realm_id: str, client_id: str) -> Client | None:
    """Return the client of that client_id in the realm, or None."""
    if not is_client_id(client_id):
        return None
    return session.scalars(
        select(Client).where(Client.realm_id == realm_id, Client.client_id == client_id)
    ).one_or_none()


def get_client(session: Session, realm_id: str, client_id: str) -> Client:
    """Return the client of that client_id in the realm; raise `NotFound`."""
    client = find_client(session, realm_id, client_id)
    if client is None:
        raise NotFound(f"there is no client {client_id!r}")
    return client


def list_clients(session: Session, realm_id: str) -> Sequence[Client]:
    """Return all clients of the realm by client_id."""
    return session.scalars(select(Client).where(Client.realm_id == realm_id).order_by(Client.client_id)).all()
