"""A client scope is deleted and taken from its applications: after its name was typed. What is built in stays."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.refusal import OWN, render_refusal
from idp.admin.console.scopes.details import describe_texts
from idp.admin.console.scopes.scope import render_scope
from idp.clients.client_scopes import BUILT_IN, delete_client_scope, find_clients_with
from idp.events.tags import Tag
from idp.models import ClientScope
from idp.web.exchange import Exchange


def show_delete(exchange: Exchange, administrator: Administrator, scope: ClientScope) -> Response:
    """Ask, and say which applications lose it."""
    return _render(exchange, administrator, scope)


def submit_delete(exchange: Exchange, administrator: Administrator, scope: ClientScope) -> Response:
    """Delete the scope, if its name was typed."""
    if scope.name in BUILT_IN or exchange.form.get("confirmation", "") != scope.name:
        return _render(exchange, administrator, scope, status=422)
    before = {**describe_texts(scope), "mappers": scope.mappers}
    administrator.record(Tag.CLIENT_SCOPE_DELETED, before=before, resource=f"client-scopes/{scope.id}")
    delete_client_scope(exchange.session, administrator.realm, scope)
    return administrator.done("scopes", "scope_deleted")


def _render(exchange: Exchange, administrator: Administrator, scope: ClientScope, *, status: int = 200) -> Response:
    if scope.name in BUILT_IN:
        back = administrator.url(f"scopes/{scope.id}")
        return render_refusal(exchange, administrator, section="scopes", title=scope.name, back=back, reason=OWN)
    clients = [client.client_id for client in find_clients_with(exchange.session, administrator.realm.id, scope.name)]
    errors = {"confirmation": "mismatch"} if status == 422 else {}
    return render_scope(exchange, administrator, scope, "scope_delete", status=status, clients=clients, errors=errors)
