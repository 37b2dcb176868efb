"""The client that a page is about, and whether the administrator may change it: asked here before anything is done."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from idp.admin.client_authority import verify_may_be_all
from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import PageHandler
from idp.clients.kinds import kind_of
from idp.errors import NotFound, NotPermitted
from idp.models import Client
from idp.provisioning import OWN_CLIENTS
from idp.storage.holding import hold
from idp.web.exchange import Exchange

ClientHandler = Callable[[Exchange, Administrator, Client], Response]


def for_client(handler: ClientHandler) -> PageHandler:
    """Return a page's handler that finds the client in the path; another realm's is none."""

    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        return handler(exchange, administrator, get_client_of_path(exchange, administrator))

    return answer


def for_change(handler: ClientHandler) -> PageHandler:
    """Return a handler as `for_client` does, for what changes the client or asks before that: it is held, and may be changed."""

    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        client = get_client_of_path(exchange, administrator)
        if exchange.method == "POST":
            hold(exchange.session, client)
        reason = find_lock(exchange, administrator, client)
        if reason:
            about = describe_client(administrator, client)
            return render_console_page(
                exchange, administrator, "client_locked", status=403, client=about, reason=reason
            )
        return handler(exchange, administrator, client)

    return answer


def get_client_of_path(exchange: Exchange, administrator: Administrator) -> Client:
    """Return the client whose row's id is in the path; raise `NotFound`, also for one of another realm."""
    client = exchange.session.get(Client, exchange.path_params["client"])
    if client is None or client.realm_id != administrator.realm.id:
        raise NotFound("the realm has no such client")
    return client


def find_lock(exchange: Exchange, administrator: Administrator, client: Client) -> str:
    """Return why this administrator cannot change the client; empty where nothing stands in the way.

    ``own`` is for the provider's own clients; ``authority`` for one that may do more than the administrator, by its own roles
    or, with ``admin_api``, as whoever signs in to it: its secret or its addresses would be a way to have that.
    """
    if client.manages_realm_id is not None or client.client_id in OWN_CLIENTS:
        return "own"
    try:
        verify_may_be_all(exchange.session, administrator.authority, administrator.realm, [client])
    except NotPermitted:
        return "authority"
    return ""


def describe_client(administrator: Administrator, client: Client) -> dict[str, Any]:
    """Return what every page of a client says of it, and the addresses of its pages."""
    path = f"clients/{client.id}"
    return {
        "id": client.id,
        "client_id": client.client_id,
        "name": client.name or client.client_id,
        "kind": kind_of(client),
        "enabled": client.enabled,
        "own": client.manages_realm_id is not None or client.client_id in OWN_CLIENTS,
        "has_secret": client.secret_encrypted is not None,
        "created_at": client.created_at,
        "url": administrator.url(path),
        "urls": {
            name: administrator.url(f"{path}/{name}")
            for name in (
                "settings",
                "setup",
                "preview",
                "scopes",
                "role-scope",
                "mappers",
                "roles",
                "secret",
                "enabled",
                "delete",
            )
        },
    }
