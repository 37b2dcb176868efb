"""Applications: searched and listed; one of them with its numbers and events, switched off and on, given a new secret, deleted."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import describe_client, find_lock, for_change, for_client
from idp.admin.console.client_setup import render_setup
from idp.admin.console.events import describe_events
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE
from idp.admin.console.policy import ConsolePage
from idp.clients.activity import COUNTED, find_activity
from idp.clients.clients import delete_client, needs_secret
from idp.clients.metadata.values import ClientMetadata
from idp.clients.queries import ClientQuery, search_clients
from idp.clients.secrets import replace_secret
from idp.events.search import EventQuery, find_events
from idp.events.tags import Tag
from idp.models import Client
from idp.web.exchange import Exchange

_EVENTS = 8


def show_clients(exchange: Exchange, administrator: Administrator) -> Response:
    """Show a page of applications by client_id; a search finds a part of it or of the name."""
    search = exchange.query.get("search", "").strip()[:255]
    after = exchange.query.get("after", "")[:255]
    rows = search_clients(
        exchange.session, administrator.realm.id, ClientQuery(text=search), after=after, limit=PAGE + 1
    )
    last = rows[PAGE - 1].client_id if len(rows) > PAGE else ""
    return render_console_page(
        exchange,
        administrator,
        "clients",
        clients=[describe_client(administrator, row) for row in rows[:PAGE]],
        search=search,
        next_url=administrator.url("clients", search=search, after=last) if last else "",
        first_url=administrator.url("clients", search=search) if after else "",
    )


def show_client(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show what the application is, how much it is used, and what has happened to it lately."""
    recent = EventQuery(client_id=client.client_id)
    may_see = administrator.may("view-events")
    events = find_events(exchange.session, administrator.realm.id, recent, limit=_EVENTS) if may_see else []
    return render_console_page(
        exchange,
        administrator,
        "client",
        client=describe_client(administrator, client),
        metadata=ClientMetadata.of(client),
        activity=find_activity(exchange.session, exchange.services.clock, client.id),
        counted=COUNTED,
        lock=find_lock(exchange, administrator, client),
        needs_secret=needs_secret(ClientMetadata.of(client)),
        events=describe_events(exchange, administrator, events),
        events_url=administrator.url("events", application=client.client_id),
    )


def switch_client(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Switch the application off or on, as the button said; whoever was faster with the same has done it."""
    wanted = exchange.form.get("enabled") == "yes"
    if client.enabled == wanted:
        return administrator.done(f"clients/{client.id}", "unchanged")
    before = {"enabled": client.enabled}
    client.enabled = wanted
    administrator.record(Tag.CLIENT_CHANGED, client_id=client.client_id, before=before, after={"enabled": wanted})
    return administrator.done(f"clients/{client.id}", "client_on" if wanted else "client_off")


def show_replace_secret(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Ask."""
    about = describe_client(administrator, client)
    needed = needs_secret(ClientMetadata.of(client))
    return render_console_page(exchange, administrator, "client_secret", client=about, needs_secret=needed)


def submit_replace_secret(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Give the application a new secret and show it, this once."""
    if not needs_secret(ClientMetadata.of(client)):
        return show_replace_secret(exchange, administrator, client)
    secret = replace_secret(client, exchange.services.cipher, exchange.services.clock)
    administrator.record(Tag.CLIENT_SECRET_REPLACED, client_id=client.client_id)
    return render_setup(exchange, administrator, client, secret=secret, fresh="replaced")


def show_delete(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Ask."""
    return _render_delete(exchange, administrator, client)


def submit_delete(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Delete the application with its consents and tokens, if its client_id was typed."""
    if exchange.form.get("confirmation", "") != client.client_id:
        return _render_delete(exchange, administrator, client, status=422)
    administrator.record(Tag.CLIENT_DELETED, client_id=client.client_id, name=client.name)
    delete_client(exchange.session, client)
    return administrator.done("clients", "client_deleted")


def _render_delete(exchange: Exchange, administrator: Administrator, client: Client, *, status: int = 200) -> Response:
    return render_console_page(
        exchange,
        administrator,
        "client_delete",
        status=status,
        client=describe_client(administrator, client),
        activity=find_activity(exchange.session, exchange.services.clock, client.id),
        errors={"confirmation": "mismatch"} if status == 422 else {},
    )


PAGES = (
    ConsolePage(path="clients", view="view-clients", show=show_clients),
    ConsolePage(path="clients/{client}", view="view-clients", show=for_client(show_client)),
    ConsolePage(
        path="clients/{client}/enabled", view="view-clients", manage="manage-clients", submit=for_change(switch_client)
    ),
    ConsolePage(
        path="clients/{client}/secret",
        view="manage-clients",
        manage="manage-clients",
        show=for_change(show_replace_secret),
        submit=for_change(submit_replace_secret),
        recent=True,
    ),
    ConsolePage(
        path="clients/{client}/delete",
        view="manage-clients",
        manage="manage-clients",
        show=for_change(show_delete),
        submit=for_change(submit_delete),
        recent=True,
    ),
)
