"""Roles as tables show them, and those that can be chosen, each with whether the administrator may give it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, not_, select

from idp.admin.console.administrator import Administrator
from idp.admin.console.refusal import allowed
from idp.admin.console.roles.place import path_of_roles
from idp.models import Client, Role
from idp.users.delegation import verify_may_give
from idp.users.newcomers import is_default_role
from idp.users.role_search import RoleRow, among, find_roles, matching
from idp.web.exchange import Exchange

CANDIDATES = 20


def describe_roles(exchange: Exchange, administrator: Administrator, rows: Sequence[RoleRow]) -> list[dict[str, Any]]:
    """Return the roles as tables show them; `beyond` are those that the administrator may neither give nor take."""
    names = _find_clients(exchange, rows)
    beyond = _find_beyond(exchange, administrator, [role for role, _ in rows])
    return [
        {
            "id": role.id,
            "name": role.name,
            "description": role.description,
            "client": names.get(role.client_id or "", ""),
            "composite": composite,
            "default": is_default_role(administrator.realm, role),
            "beyond": role.id in beyond,
            "url": _url_of(administrator, role),
        }
        for role, composite in rows
    ]


def find_candidates(
    exchange: Exchange, administrator: Administrator, chosen: Select[str], other: str = ""
) -> dict[str, Any]:
    """Return what a page needs to offer roles that are not *chosen*, nor the *other*: those that the query searches for."""
    search = exchange.query.get("find", "").strip()[:255]
    conditions: list[ColumnElement[bool]] = [not_(among(chosen)), Role.id != other]
    conditions += [matching(search)] if search else []
    rows = find_roles(exchange.session, administrator.realm.id, *conditions, limit=CANDIDATES + 1)
    return {
        "find": search,
        "candidates": describe_roles(exchange, administrator, rows[:CANDIDATES]),
        "more_candidates": len(rows) > CANDIDATES,
    }


def _url_of(administrator: Administrator, role: Role) -> str:
    may_look = administrator.may("view-realm" if role.client_id is None else "view-clients")
    return administrator.url(f"{path_of_roles(role.client_id)}/{role.id}") if may_look else ""


def _find_clients(exchange: Exchange, rows: Sequence[RoleRow]) -> dict[str, str]:
    ids = {role.client_id for role, _ in rows} - {None}
    named = select(Client.id, Client.client_id).where(Client.id.in_(ids))
    return {row.id: row.client_id for row in exchange.session.execute(named)} if ids else {}


def _find_beyond(exchange: Exchange, administrator: Administrator, roles: Sequence[Role]) -> set[str]:
    def may_give(*given: Role) -> bool:
        return allowed(lambda: verify_may_give(exchange.session, administrator.authority, given))

    return set() if may_give(*roles) else {role.id for role in roles if not may_give(role)}
