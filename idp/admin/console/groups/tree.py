"""Groups level by level: those at the top, those in one, and those that a search finds wherever they stand."""

from typing import Any

from sqlalchemy import ColumnElement
from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.groups.group import describe_groups, render_group
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE, read_name_key, write_name_key
from idp.models import Group
from idp.users.group_search import GroupQuery, at_top, joined_by_new, list_groups, standing_in
from idp.web.exchange import Exchange


def show_groups(exchange: Exchange, administrator: Administrator) -> Response:
    """Show those at the top; with a search or for what new people join, those that fit."""
    search, new = exchange.query.get("search", "").strip()[:255], exchange.query.get("new", "") == "yes"
    conditions = [joined_by_new()] if new else [] if search else [at_top()]
    typed = {"search": search, "new": "yes" if new else ""}
    return render_console_page(
        exchange,
        administrator,
        "groups",
        search=search,
        new=new,
        manages=administrator.may("manage-users"),
        **list_level(exchange, administrator, "groups", *conditions, search=search, typed=typed),
    )


def show_group(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Show a group and those that stand in it."""
    below = list_level(exchange, administrator, f"groups/{group.id}", standing_in(group.id))
    return render_group(exchange, administrator, group, "group", **below)


def list_level(
    exchange: Exchange,
    administrator: Administrator,
    page: str,
    *conditions: ColumnElement[bool],
    search: str = "",
    typed: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return a page of groups by name, with the addresses of the first and the next one."""
    key, query = exchange.query.get("after", ""), GroupQuery(search=search)
    rows = list_groups(
        exchange.session,
        administrator.realm.id,
        *conditions,
        query=query,
        limit=PAGE + 1,
        after=read_name_key(key),
    )
    last, kept = rows[PAGE - 1] if len(rows) > PAGE else None, typed or {}
    return {
        "groups": describe_groups(exchange, administrator, rows[:PAGE]),
        "first_url": administrator.url(page, **kept) if key else "",
        "next_url": administrator.url(page, **kept, after=write_name_key(last.name, last.id)) if last else "",
    }
