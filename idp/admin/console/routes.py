"""The console's addresses, made of what each page declares; there is no other way to add one."""

from collections.abc import Iterator
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from idp.admin.console import (
    anchors,
    authorities,
    certificate_policies,
    certificates,
    client_mappers,
    client_new,
    client_preview,
    client_role_scope,
    client_settings,
    client_setup,
    clients,
    events,
    export,
    initial_tokens,
    keys,
    language,
    mail,
    overview,
    sessions,
    settings,
    themes,
    transfer,
    transfer_export,
    undo,
)
from idp.admin.console.entry import enter, show_realms
from idp.admin.console.groups import pages as groups
from idp.admin.console.people import pages as people
from idp.admin.console.policy import ConsolePage, PageHandler, for_visitors, guard
from idp.admin.console.roles import pages as roles
from idp.admin.console.scopes import pages as scopes
from idp.admin.console.sign_in import answer_console_callback, sign_out_of_console
from idp.login.routes import PAGES
from idp.web.endpoint import Handler
from idp.web.services import Services
from idp.web.uploads import upload_reader

_HOME = "/admin/{realm}/console/"
_API = "/admin/realms/"
_MOST_PARTS = 40  # the form of a trust anchor has some 25


class ConsoleRoute(Route):
    """Leaves ``/admin/realms/…`` to the REST API, where a realm may be called console; a realm called realms has no console."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as a route does, but for the API's addresses."""
        return (Match.NONE, {}) if scope["path"].startswith(_API) else super().matches(scope)


def list_pages(services: Services) -> tuple[ConsolePage, ...]:
    """Return every page that is about a managed realm, with its policy."""
    return (
        *overview.build_pages(services),
        *people.PAGES,
        *groups.PAGES,
        *roles.PAGES,
        *sessions.PAGES,
        *certificates.PAGES,
        *authorities.PAGES,
        *certificate_policies.build_pages(services),
        *anchors.PAGES,
        *client_new.PAGES,
        *clients.PAGES,
        *client_settings.PAGES,
        *client_setup.PAGES,
        *client_preview.PAGES,
        *client_mappers.PAGES,
        *client_role_scope.PAGES,
        *scopes.PAGES,
        *initial_tokens.PAGES,
        *events.PAGES,
        *export.PAGES,
        *mail.PAGES,
        *keys.PAGES,
        *themes.PAGES,
        *settings.PAGES,
        *transfer_export.PAGES,  # before what stands for any name
        *transfer.PAGES,
        *undo.PAGES,
    )


def build_routes(services: Services) -> list[Route]:
    """Return the routes under ``/admin/{realm}/console/``."""
    routes = [
        ConsoleRoute(_HOME.rstrip("/"), _add_slash, methods=["GET"]),
        ConsoleRoute(_HOME + "{managed}", _add_slash, methods=["GET"]),
        _route("", for_visitors(enter), "GET"),
        _route("_/callback", answer_console_callback, "GET"),
        _route("_/realms", for_visitors(show_realms), "GET"),
        _route("_/sign-out", sign_out_of_console, "POST"),
        _route("_/language", language.choose, "POST"),
    ]
    for page in list_pages(services):
        routes.extend(_routes_of(page))
    return routes


def _routes_of(page: ConsolePage) -> Iterator[Route]:
    parts: tuple[tuple[str, PageHandler | None, str], ...] = (
        ("GET", page.show, page.view),
        ("POST", page.submit, page.manage),
    )
    for method, handler, role in parts:
        if handler is not None:
            yield _route(f"{{managed}}/{page.path}", guard(page, handler, role), method, page.largest)


def _route(path: str, handler: Handler, method: str, largest: int = 0) -> Route:
    adapter = replace(PAGES, read_body=upload_reader(largest=largest, most_parts=_MOST_PARTS)) if largest else PAGES
    return ConsoleRoute(_HOME + path, adapter.endpoint(handler), methods=[method])


def _add_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.app.state.services.settings.public_url}{request.url.path}/")
