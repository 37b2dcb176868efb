"""Of which roles an application's tokens speak: of all, or of those in its scope; what is in scope, added and taken out."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import not_, select
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import describe_client, find_lock, for_change, for_client
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.clients.clients import change_client
from idp.clients.metadata.document import change_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.errors import NotFound
from idp.events.tags import Tag
from idp.models import Client, Role
from idp.users.role_mappings import roles_in_client
from idp.users.role_scopes import roles_in_scope
from idp.users.role_search import RoleRow, among, find_roles, matching
from idp.web.exchange import Exchange

_MOST, _FOUND = 200, 20
_FULL = "full_scope_allowed"


def show_roles(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show the roles in scope, and those that a search finds beside them."""
    session, realm_id = exchange.session, administrator.realm.id
    search = exchange.query.get("search", "").strip()[:255]
    in_scope = among(roles_in_scope(realm_id, client.id, ()))
    rows = find_roles(session, realm_id, in_scope, limit=_MOST + 1)
    others = find_roles(session, realm_id, not_(in_scope), matching(search), limit=_FOUND) if search else []
    mapped = set(session.scalars(roles_in_client(client.id).ids()))
    return render_console_page(
        exchange,
        administrator,
        "client_role_scope",
        client=describe_client(administrator, client),
        lock=find_lock(exchange, administrator, client),
        full=client.full_scope_allowed,
        roles=[{**one, "why": _find_reason(one, client, mapped)} for one in _describe(exchange, rows[:_MOST])],
        more=len(rows) > _MOST,
        search=search,
        found=_describe(exchange, others),
    )


def save_roles(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Bring a role into scope, take one out, or say whether that matters."""
    form, page = exchange.form, f"clients/{client.id}/role-scope"
    if "full" in form:
        return _set_full(exchange, administrator, client, full=form["full"] == "yes")
    own = roles_in_client(client.id)
    role = _get_role(exchange, administrator, form.get("add") or form.get("remove", ""))
    told = {"roles": [role.name]}
    if form.get("add"):
        try:
            with exchange.session.begin_nested():
                own.add(exchange.session, [role.id])
        except IntegrityError as error:
            raise NotFound("the role was deleted a moment ago") from error
        administrator.record(Tag.SCOPE_ROLES_ADDED, client_id=client.client_id, after=told)
        return administrator.done(page, "role_in_scope")
    own.remove(exchange.session, [role.id])
    administrator.record(Tag.SCOPE_ROLES_REMOVED, client_id=client.client_id, before=told)
    return administrator.done(page, "role_out_of_scope")


def _set_full(exchange: Exchange, administrator: Administrator, client: Client, *, full: bool) -> Response:
    before, page = client.full_scope_allowed, f"clients/{client.id}/role-scope"
    if before == full:
        return administrator.done(page, "unchanged")
    changed = change_metadata(ClientMetadata.of(client), {_FULL: full})
    change_client(client, exchange.services.cipher, exchange.services.clock, changed)
    administrator.record(Tag.CLIENT_CHANGED, client_id=client.client_id, before={_FULL: before}, after={_FULL: full})
    return administrator.done(page, "saved")


def _get_role(exchange: Exchange, administrator: Administrator, role_id: str) -> Role:
    rows = find_roles(exchange.session, administrator.realm.id, Role.id == role_id)
    if not rows:
        raise NotFound("the realm has no such role")
    return rows[0][0]


def _describe(exchange: Exchange, rows: Iterable[RoleRow]) -> list[dict[str, Any]]:
    roles = [role for role, _ in rows]
    chosen = select(Client.id, Client.client_id).where(Client.id.in_({role.client_id for role in roles} - {None}))
    names = {row.id: row.client_id for row in exchange.session.execute(chosen)}
    return [
        {
            "id": role.id,
            "name": role.name,
            "description": role.description,
            "of": names.get(role.client_id or "", ""),
            "client_row_id": role.client_id,
        }
        for role in roles
    ]


def _find_reason(role: dict[str, Any], client: Client, mapped: set[str]) -> str:
    """Return why the role is in scope: mapped to the application, its own, or a part of such a one."""
    if role["id"] in mapped:
        return "mapped"
    return "own" if role["client_row_id"] == client.id else "part"


PAGES = (
    ConsolePage(
        path="clients/{client}/role-scope",
        view="view-clients",
        manage="manage-clients",
        show=for_client(show_roles),
        submit=for_change(save_roles),
    ),
)
