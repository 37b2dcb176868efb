"""What an application's tokens would say of a person: nothing is issued, and nobody is signed in."""

import json
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import describe_client, for_client
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.clients.registration import build_registration
from idp.models import Client
from idp.oidc.acr import LEVELS
from idp.oidc.preview import preview_tokens
from idp.realms.policy import build_policy
from idp.users.users import find_user_by_login
from idp.web.exchange import Exchange

_VIEW_PEOPLE = "view-users"
_DOCUMENTS = ("id_token", "access_token", "userinfo")


def show_preview(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show the claims side by side for the person, the scopes and the level in the address; whose they are takes view-users."""
    if not administrator.may(_VIEW_PEOPLE):
        return render_console_page(exchange, administrator, "forbidden", status=403, role=_VIEW_PEOPLE)
    login = exchange.query.get("person", "").strip()[:255]
    scope = " ".join(exchange.query.get("scope", client.scope).split())[:2048]
    acr = exchange.query.get("acr", "")
    acr = acr if acr in LEVELS else LEVELS[0]
    claims = _preview(exchange, administrator, client, login, scope=scope, acr=acr) if login else {}
    return render_console_page(
        exchange,
        administrator,
        "client_preview",
        client=describe_client(administrator, client),
        person=login,
        scope=scope,
        acr=acr,
        levels=LEVELS,
        documents={name: _show(claims[name]) for name in _DOCUMENTS if claims and name in claims},
        missing=bool(login) and claims is None,
    )


def _preview(
    exchange: Exchange, administrator: Administrator, client: Client, login: str, *, scope: str, acr: str
) -> dict[str, dict[str, Any]] | None:
    """Return the documents, or None where nobody is called that."""
    person = find_user_by_login(exchange.transaction, administrator.realm.id, login)
    if person is None:
        return None
    registration = build_registration(client, exchange.services.cipher)
    policy = build_policy(administrator.realm)
    return preview_tokens(exchange.services, exchange.transaction, policy, registration, person, scope=scope, acr=acr)


def _show(claims: dict[str, Any]) -> str:
    return json.dumps(claims, indent=2, ensure_ascii=False)


PAGES = (ConsolePage(path="clients/{client}/preview", view="view-clients", show=for_client(show_preview)),)
