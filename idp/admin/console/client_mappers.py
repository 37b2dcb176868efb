"""What an application's tokens say beside its scopes' claims."""

from collections.abc import Callable

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import ClientHandler, describe_client, find_lock, for_change, for_client
from idp.admin.console.mapper_form import MapperList, MapperOwner, save_mapper, show_mapper, show_mappers
from idp.admin.console.policy import ConsolePage
from idp.clients.clients import change_client
from idp.clients.metadata.document import change_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.events.tags import Tag
from idp.models import Client
from idp.web.exchange import Exchange


def _of_client(handler: Callable[[Exchange, Administrator, MapperOwner], Response]) -> ClientHandler:
    """Return the handler for the mappers of a client."""

    def answer(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
        lock = find_lock(exchange, administrator, client)
        owner = MapperOwner(
            mappers=client.mappers,
            page=f"clients/{client.id}/mappers",
            save=lambda mappers: _save(exchange, administrator, client, mappers),
            about={"client": describe_client(administrator, client), "scope": None, "lock": lock},
        )
        return handler(exchange, administrator, owner)

    return answer


def _save(exchange: Exchange, administrator: Administrator, client: Client, mappers: MapperList) -> None:
    changed = change_metadata(ClientMetadata.of(client), {"mappers": mappers})
    before = {"mappers": client.mappers}
    change_client(client, exchange.services.cipher, exchange.services.clock, changed)
    after = {"mappers": client.mappers}
    administrator.record(Tag.CLIENT_CHANGED, client_id=client.client_id, before=before, after=after)


PAGES = (
    ConsolePage(path="clients/{client}/mappers", view="view-clients", show=for_client(_of_client(show_mappers))),
    ConsolePage(
        path="clients/{client}/mappers/edit",
        view="manage-clients",
        manage="manage-clients",
        show=for_change(_of_client(show_mapper)),
        submit=for_change(_of_client(save_mapper)),
        recent=True,
    ),
)
