"""Whether an administrator may change a client, and so be it: the REST API and the console ask here.

Whoever says how a client authenticates, or where its answers go, can be that client.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from idp.clients.client_scopes import find_clients_with
from idp.errors import NotPermitted
from idp.models import Client, ClientScope, Realm
from idp.provisioning import OWN_CLIENTS
from idp.users.authority import Authority, find_authority_of_client, may_be_anybody, verify_covers
from idp.users.service_accounts import find_clients_with_account


def verify_may_be_all(session: Session, mine: Authority, realm: Realm, clients: Sequence[Client]) -> None:
    """Raise `NotPermitted` where one of the realm's clients can do more, in its own name or with what people give it."""
    if any(client.admin_api or client.client_id in OWN_CLIENTS for client in clients):
        verify_administers(mine, realm)
    for client_row_id in find_clients_with_account(session, [client.id for client in clients]):
        verify_covers(mine, find_authority_of_client(session, client_row_id))


def verify_may_change_scope(session: Session, mine: Authority, realm: Realm, scope: ClientScope) -> None:
    """Raise `NotPermitted` where a client has the scope that can do more: it writes into the tokens of each."""
    if not mine.everything:
        verify_may_be_all(session, mine, realm, find_clients_with(session, realm.id, scope.name))


def verify_administers(mine: Authority, realm: Realm) -> None:
    """Raise `NotPermitted` for who may not do in the realm whatever anybody of its people may do."""
    if not may_be_anybody(mine, realm):
        raise NotPermitted("Administrators sign in to this client: that needs realm-admin, in master admin.")
