"""What tokens say where a client scope was granted, beside what is built in."""

from collections.abc import Callable

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.mapper_form import MapperList, MapperOwner
from idp.admin.console.scopes.scope import ScopeHandler, describe_page
from idp.clients.client_scopes import change_client_scope
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import ClientScope
from idp.web.exchange import Exchange


def of_scope(handler: Callable[[Exchange, Administrator, MapperOwner], Response]) -> ScopeHandler:
    """Return the handler for the mappers of a client scope."""

    def answer(exchange: Exchange, administrator: Administrator, scope: ClientScope) -> Response:
        owner = MapperOwner(
            mappers=scope.mappers,
            page=f"scopes/{scope.id}/mappers",
            save=lambda mappers: _save(exchange, administrator, scope, mappers),
            about=describe_page(exchange, administrator, scope),
        )
        return handler(exchange, administrator, owner)

    return answer


def _save(exchange: Exchange, administrator: Administrator, scope: ClientScope, mappers: MapperList) -> None:
    before = {"mappers": scope.mappers}
    try:
        with exchange.session.begin_nested():
            change_client_scope(exchange.session, administrator.realm, scope, {"mappers": mappers})
    except (InvalidInput, Conflict):
        exchange.session.refresh(scope)
        raise
    after = {"mappers": scope.mappers}
    administrator.record(Tag.CLIENT_SCOPE_CHANGED, before=before, after=after, resource=f"client-scopes/{scope.id}")
