"""Which client scope a page is about, and whether the administrator may change it."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from idp.admin.client_authority import verify_may_change_scope
from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import PageHandler
from idp.admin.console.refusal import allowed, render_refusal
from idp.clients.client_scopes import BUILT_IN, get_client_scope
from idp.errors import NotPermitted
from idp.models import ClientScope
from idp.oidc.person_claims import CLAIMS_BY_SCOPE
from idp.storage.holding import hold
from idp.web.exchange import Exchange

ScopeHandler = Callable[[Exchange, Administrator, ClientScope], Response]


def for_scope(handler: ScopeHandler) -> PageHandler:
    """Return a page's handler for the scope in the path; for a form nobody else changes scopes meanwhile."""

    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        if exchange.method == "POST":
            hold(exchange.session, administrator.realm)
        scope = get_client_scope(exchange.session, administrator.realm.id, exchange.path_params["scope"])
        return handler(exchange, administrator, scope)

    return answer


def for_changeable_scope(handler: ScopeHandler) -> PageHandler:
    """Return such a handler for what changes the scope: it lets pass who may be each application whose tokens it writes into."""

    def answer(exchange: Exchange, administrator: Administrator, scope: ClientScope) -> Response:
        try:
            verify_may_change_scope(exchange.session, administrator.authority, administrator.realm, scope)
        except NotPermitted:
            back = administrator.url(f"scopes/{scope.id}")
            return render_refusal(exchange, administrator, section="scopes", title=scope.name, back=back)
        return handler(exchange, administrator, scope)

    return for_scope(answer)


def describe_scope(administrator: Administrator, scope: ClientScope) -> dict[str, Any]:
    """Return what every page of a scope says of it."""
    return {
        "id": scope.id,
        "name": scope.name,
        "description": scope.description,
        "assignment": scope.assignment,
        "built_in": scope.name in BUILT_IN,
        "claims": CLAIMS_BY_SCOPE.get(scope.name, ()),
        "mappers": len(scope.mappers),
        "url": administrator.url(f"scopes/{scope.id}"),
    }


def describe_page(exchange: Exchange, administrator: Administrator, scope: ClientScope) -> dict[str, Any]:
    """Return what templates need for a page about the scope; `lock` says why it cannot be changed."""
    session, authority, realm = exchange.session, administrator.authority, administrator.realm
    open_to = allowed(lambda: verify_may_change_scope(session, authority, realm, scope))
    return {"scope": describe_scope(administrator, scope), "client": None, "lock": "" if open_to else "beyond"}


def render_scope(
    exchange: Exchange,
    administrator: Administrator,
    scope: ClientScope,
    template: str,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    """Return a page about the scope."""
    about = {"errors": {}, **describe_page(exchange, administrator, scope), **context}
    return render_console_page(exchange, administrator, template, status=status, **about)
