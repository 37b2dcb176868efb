"""Relying applications: ``/realms/{realm}/clients``."""

import re
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.client_attributes import describe_secret_times
from idp.admin.api.client_lookup import get_client, get_manageable_client, may_be, verify_administers
from idp.admin.api.client_reading import build_new_client, names_of, read_client
from idp.admin.api.client_representation import ClientRepresentation, describe_client, describe_client_briefly
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import First, Most
from idp.admin.api.resource import Resource
from idp.clients.client_scopes import list_client_scopes
from idp.clients.clients import add_client, change_client, delete_client, needs_secret
from idp.clients.metadata.flows import CLIENT_GRANT
from idp.clients.metadata.values import ClientMetadata
from idp.clients.queries import ClientQuery, search_clients
from idp.clients.secrets import generate_secret, replace_secret, reveal_secret
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import Client
from idp.provisioning import OWN_CLIENTS
from idp.users.service_accounts import drop_unused_service_account, ensure_service_account

clients = Resource("Clients")
VIEW, MANAGE = InRealm("view-clients"), InRealm("manage-clients")
CLIENTS = "/realms/{realm}/clients"
CLIENT = f"{CLIENTS}/{{client_row_id}}"
_ALL = 10_000
_PAIR = re.compile(r'("[^"]*"|[^\s:"]+):("[^"]*"|[^\s"]+)')

Term = Annotated[str, Field(max_length=255)]


class ClientPage(BaseModel):
    """Which clients, and how many; *after* is the client_id that the page before ended with."""

    model_config = ConfigDict(extra="ignore")

    clientId: Term | None = None
    search: bool = False
    q: Term = ""
    viewableOnly: bool = False
    first: First = 0
    max: Most = _ALL
    after: Term | None = None


@clients.get(CLIENTS, InRealm("query-clients"))
def list_clients(call: Call, page: Annotated[ClientPage, Query()]) -> list[ClientRepresentation]:
    """Return clients by client_id; to who may not view them only their names. Secrets are never in it."""
    views = call.may("view-clients")
    if page.viewableOnly and not views:
        return []
    attributes = tuple((name.strip('"'), value.strip('"')) for name, value in _PAIR.findall(page.q))
    query = ClientQuery(client_id=page.clientId, part=page.search, attributes=attributes)
    found = search_clients(call.session, call.realm.id, query, first=page.first, limit=page.max, after=page.after)
    if not views:
        return [describe_client_briefly(client) for client in found]
    return [describe_client(client, access=_access(call)) for client in found]


@clients.post(CLIENTS, MANAGE, status=201)
def create(call: Call, representation: ClientRepresentation) -> Created:
    """Register a client; a secret is made where it needs one and none is given."""
    if not representation.clientId:
        raise InvalidInput(clientId="A client_id is needed.")
    scopes = list_client_scopes(call.session, call.realm.id)
    metadata = read_client(representation, build_new_client(scopes), names_of(scopes))
    _verify_rank(call, metadata)
    client = _add(call, metadata, representation)
    _follow_with_account(call, client)
    call.session.flush()
    after = _tell(client, secret=representation.secret)
    call.record(Tag.CLIENT_CREATED, f"clients/{client.id}", after=after, client_id=client.client_id)
    return Created(call.realm_url(f"/clients/{client.id}"))


@clients.get(CLIENT, VIEW, model=ClientRepresentation)
def read(call: Call, client_row_id: str) -> Tagged:
    """Return a client, with its secret to who could be the client anyway."""
    return tag(describe(call, get_client(call, client_row_id)))


@clients.put(CLIENT, MANAGE)
def update(call: Call, client_row_id: str, representation: ClientRepresentation) -> None:
    """Change the fields that are there."""
    client = hold(call, get_manageable_client(call, client_row_id))
    verify_unchanged(call, describe(call, client))
    if representation.clientId not in {None, client.client_id}:
        raise InvalidInput(clientId="A client keeps its client_id: its tokens and its account have it.")
    scopes = names_of(list_client_scopes(call.session, call.realm.id))
    change(call, client, read_client(representation, ClientMetadata.of(client), scopes), secret=representation.secret)


@clients.delete(CLIENT, MANAGE)
def delete(call: Call, client_row_id: str) -> None:
    """Delete a client with its account, its roles, and all consents and tokens."""
    client = hold(call, get_manageable_client(call, client_row_id))
    verify_unchanged(call, describe(call, client))
    if client.client_id in OWN_CLIENTS:
        raise InvalidInput(id="Pages of our own sign in with this client: the realm cannot do without.")
    call.record(Tag.CLIENT_DELETED, f"clients/{client.id}", before=_tell(client), client_id=client.client_id)
    delete_client(call.session, client)


def describe(call: Call, client: Client) -> ClientRepresentation:
    """Return the client as the caller may see it."""
    representation = describe_client(client, access=_access(call))
    if representation.attributes is not None:
        representation.attributes |= describe_secret_times(client, call.services.clock.now())
    if may_be(call, client):
        representation.secret = reveal_secret(client, call.services.cipher)
    return representation


def change(call: Call, client: Client, metadata: ClientMetadata, *, secret: str | None = None) -> None:
    """Give a client that is held other metadata, and note what differs; *secret* replaces its secret where it is another."""
    _verify_rank(call, metadata)
    before = _tell(client)
    services = call.services
    change_client(client, services.cipher, services.clock, metadata)
    if secret and needs_secret(metadata) and secret != reveal_secret(client, services.cipher):
        replace_secret(client, services.cipher, services.clock, secret)
        call.record(Tag.CLIENT_SECRET_REPLACED, f"clients/{client.id}/client-secret", client_id=client.client_id)
    _follow_with_account(call, client)
    call.session.flush()
    call.record(
        Tag.CLIENT_CHANGED, f"clients/{client.id}", before=before, after=_tell(client), client_id=client.client_id
    )


def _add(call: Call, metadata: ClientMetadata, representation: ClientRepresentation) -> Client:
    services, secret = call.services, representation.secret
    if not needs_secret(metadata):
        secret = None
    elif not secret:
        secret = generate_secret()
    try:
        return add_client(
            call.session,
            services.cipher,
            services.clock,
            metadata,
            realm_id=call.realm.id,
            client_id=representation.clientId or "",
            secret=secret,
        )
    except InvalidInput as error:
        raise InvalidInput(
            **{"clientId" if name == "client_id" else name: t for name, t in error.fields.items()}
        ) from error


def _verify_rank(call: Call, metadata: ClientMetadata) -> None:
    """Raise `NotPermitted` for a client that administrators are to sign in to, unless the caller is above them all."""
    if metadata.admin_api:
        verify_administers(call)


def _follow_with_account(call: Call, client: Client) -> None:
    """Give a client that calls for itself an account, and take it, with its roles, from one that no longer does."""
    session, services = call.session, call.services
    if CLIENT_GRANT in client.grant_types:
        ensure_service_account(session, services.passwords, services.clock, client)
    drop_unused_service_account(session, services.clock, client)


def _tell(client: Client, *, secret: str | None = None) -> dict[str, object]:
    """Return the client as events have it."""
    told: dict[str, object] = plain(describe_client(client))
    return told | ({"secret": secret} if secret else {})


def _access(call: Call) -> dict[str, bool]:
    manages = call.may("manage-clients")
    return {"view": True, "manage": manages, "configure": manages}
