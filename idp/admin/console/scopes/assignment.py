"""Which client scopes an application has: by default, when it asks, or not."""

from collections.abc import Callable

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import describe_client, find_lock, for_change
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import PageHandler
from idp.admin.console.scopes.details import ASSIGNMENTS
from idp.admin.console.scopes.scope import describe_scope
from idp.clients.client_scopes import get_client_scope, list_client_scopes
from idp.clients.clients import change_client
from idp.clients.metadata.document import change_metadata, describe_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.clients.scope_assignment import assign_scope, find_assignment
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import Client
from idp.storage.holding import hold
from idp.web.exchange import Exchange


def show_assignment(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show every client scope of the realm with how the application has it, and what it has beside those."""
    return _render(exchange, administrator, client)


def submit_assignment(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Let the application have the scope as the button said."""
    scope_id, _, kind = exchange.form.get("assign", "").partition(":")
    scope = get_client_scope(exchange.session, administrator.realm.id, scope_id)
    if kind not in ASSIGNMENTS:
        raise NotFound("there is no such way to have a scope")
    current = ClientMetadata.of(client)
    try:
        changed = change_metadata(current, assign_scope(current, scope.name, kind))
    except InvalidInput as error:
        return _render(exchange, administrator, client, problem=" ".join(error.fields.values()))
    page, before, after = f"clients/{client.id}/scopes", describe_metadata(current), describe_metadata(changed)
    if before == after:
        return administrator.done(page, "unchanged")
    change_client(client, exchange.services.cipher, exchange.services.clock, changed)
    administrator.record(Tag.CLIENT_CHANGED, client_id=client.client_id, before=before, after=after)
    return administrator.done(page, "saved")


def for_assignment(handler: Callable[[Exchange, Administrator, Client], Response]) -> PageHandler:
    """Return a form's handler that holds the realm before the client, in the order in which a scope is renamed."""
    changes = for_change(handler)

    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        hold(exchange.session, administrator.realm)
        return changes(exchange, administrator)

    return answer


def _render(exchange: Exchange, administrator: Administrator, client: Client, *, problem: str = "") -> Response:
    rows, metadata = list_client_scopes(exchange.session, administrator.realm.id), ClientMetadata.of(client)
    known = {scope.name for scope in rows}
    return render_console_page(
        exchange,
        administrator,
        "client_scopes",
        status=422 if problem else 200,
        client=describe_client(administrator, client),
        lock=find_lock(exchange, administrator, client),
        scopes=[
            {**describe_scope(administrator, scope), "has": find_assignment(metadata, scope.name)} for scope in rows
        ],
        others=[name for name in metadata.scope.split() if name not in known],
        assignments=ASSIGNMENTS,
        problem=problem,
    )
