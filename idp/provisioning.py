"""Make a realm complete: row, signing keys, certificate authorities, our own clients, and the administrators' roles."""

from sqlalchemy.orm import Session

from idp.clients.client_scopes import make_built_in_scopes
from idp.clients.clients import create_client, find_client
from idp.clock import Clock
from idp.encryption import Cipher
from idp.errors import Conflict
from idp.keys.signing_keys import create_signing_keys
from idp.keys.spare_keys import make_keys_of_realm
from idp.models import MASTER, Client, Realm
from idp.pki.authorities import create_authorities
from idp.pki.authority_keys import AuthorityKeys
from idp.realms.realms import create_realm, find_realm, list_realms
from idp.users.management_roles import ensure_management_roles, ensure_master_roles
from idp.users.newcomers import ensure_default_role

ACCOUNT_CONSOLE = "account-console"
ADMIN_CONSOLE = "security-admin-console"
OWN_CLIENTS = frozenset({ACCOUNT_CONSOLE, ADMIN_CONSOLE})
"""Our own pages, without which a realm cannot do: their clients stay as they are."""
REALM_MANAGEMENT = "realm-management"
_OWN_SCOPE = "openid profile email"


def provision_realm(
    session: Session,
    cipher: Cipher,
    clock: Clock,
    *,
    public_url: str,
    name: str,
    display_name: str = "",
    published_at: str = "",
    authority_keys: AuthorityKeys | None = None,
) -> Realm:
    """Create a realm with everything it needs; raise `InvalidInput` or `Conflict`.

    What its authorities publish is found under *published_at*, or else under *public_url*; their keys are in *authority_keys*, or
    else in the database.
    """
    spares = make_keys_of_realm()
    realm = create_realm(session, clock, name=name, display_name=display_name)
    create_signing_keys(session, cipher, clock, realm.id, spares=spares)
    create_authorities(session, authority_keys or cipher, clock, realm=realm, published_at=published_at or public_url)
    make_built_in_scopes(session, realm.id)
    _ensure_own_clients(session, cipher, clock, realm, public_url)
    ensure_default_role(session, realm)
    ensure_management(session, cipher, clock, realm)
    return realm


def ensure_realm(
    session: Session, cipher: Cipher, clock: Clock, *, public_url: str, name: str, display_name: str = ""
) -> Realm:
    """Return the realm *name*, provisioned if there is none; the addresses of our own pages follow *public_url*."""
    realm = find_realm(session, name)
    if realm is None:
        return provision_realm(session, cipher, clock, public_url=public_url, name=name, display_name=display_name)
    _ensure_own_clients(session, cipher, clock, realm, public_url)
    ensure_default_role(session, realm)
    ensure_management(session, cipher, clock, realm)
    return realm


def ensure_management(session: Session, cipher: Cipher, clock: Clock, realm: Realm) -> None:
    """Give the realm what its administrators' roles belong to: a client of its own, and one in ``master``.

    When ``master`` comes last, it gets a client for every realm that was there before.
    """
    if realm.name == MASTER:
        ensure_master_roles(session, realm.id)
        for managed in list_realms(session):
            client_id = management_client_of_master(managed.name)
            _ensure_managing_client(session, cipher, clock, home=realm, managed=managed, client_id=client_id)
        return
    _ensure_managing_client(session, cipher, clock, home=realm, managed=realm, client_id=REALM_MANAGEMENT)
    master = find_realm(session, MASTER)
    if master is not None:
        client_id = management_client_of_master(realm.name)
        _ensure_managing_client(session, cipher, clock, home=master, managed=realm, client_id=client_id)


def management_client_of_master(name: str) -> str:
    """Return the client_id under which ``master`` has the roles over the realm *name*."""
    return f"{name}-realm"


def _ensure_managing_client(
    session: Session, cipher: Cipher, clock: Clock, *, home: Realm, managed: Realm, client_id: str
) -> None:
    client = find_client(session, home.id, client_id)
    if client is None:
        client = create_client(
            session, cipher, clock, realm_id=home.id, client_id=client_id, grant_types=(), scope="", name=client_id
        )
        client.manages_realm_id = managed.id
    if client.manages_realm_id != managed.id:
        raise Conflict(f"there is a client {client_id!r} in {home.name!r} that does not manage {managed.name!r}")
    ensure_management_roles(session, client)


def move_client(client: Client, redirect_uri: str, post_logout_redirect_uri: str, home_uri: str = "") -> None:
    """Register other addresses for *client* where they differ from what is registered."""
    addresses = {
        "redirect_uris": [redirect_uri],
        "post_logout_redirect_uris": [post_logout_redirect_uri],
        "home_uri": home_uri or post_logout_redirect_uri,
    }
    for name, value in addresses.items():
        if getattr(client, name) != value:
            setattr(client, name, value)


def _ensure_own_clients(session: Session, cipher: Cipher, clock: Clock, realm: Realm, public_url: str) -> None:
    """Register the dashboard and the console, or their new addresses."""
    account = f"{public_url}/realms/{realm.name}/account/"
    console = f"{public_url}/admin/{realm.name}/console/"
    for client_id, name, home_uri, redirect_uri in (
        (ACCOUNT_CONSOLE, "Account", account, f"{account}callback"),
        (ADMIN_CONSOLE, "Administration", console, f"{console}_/callback"),
    ):
        client = find_client(session, realm.id, client_id)
        if client is None:
            client = create_client(
                session,
                cipher,
                clock,
                realm_id=realm.id,
                client_id=client_id,
                redirect_uris=[redirect_uri],
                grant_types=["authorization_code"],
                scope=_OWN_SCOPE,
                name=name,
                first_party=True,
            )
        move_client(client, redirect_uri, home_uri)
