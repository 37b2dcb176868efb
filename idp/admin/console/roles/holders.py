"""Who was given a role: people and groups, page by page, to who may see people as well."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE, read_name_key, write_name_key
from idp.admin.console.people.person import person_url
from idp.admin.console.roles.place import Place, render_role
from idp.models import ROLE_OF_USER, Role
from idp.users.group_search import GroupQuery, holding, list_groups
from idp.users.group_tree import build_path, list_ancestors
from idp.users.search import Linked, list_linked_users
from idp.web.exchange import Exchange


def show_holders(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Show both lists; each has pages of its own."""
    if not administrator.may("view-users"):
        return render_console_page(exchange, administrator, "forbidden", status=403, role="view-users")
    return render_role(
        exchange,
        administrator,
        place,
        role,
        "role_holders",
        **_list_people(exchange, administrator, place, role),
        **_list_groups(exchange, administrator, place, role),
    )


def _list_people(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> dict[str, Any]:
    after, page = exchange.query.get("after", "")[:255], f"/{role.id}/holders"
    having = Linked(ROLE_OF_USER.c.role_id, role.id)
    rows = list_linked_users(exchange.session, role.realm_id, having, limit=PAGE + 1, after=after or None)
    people = [
        {
            "name": user.name,
            "username": user.username,
            "url": "" if user.service_account_client_id else person_url(administrator, user),
        }
        for user in rows[:PAGE]
    ]
    return {
        "people": people,
        "first_url": place.url(page) if after else "",
        "next_url": place.url(page, after=people[-1]["username"]) if len(rows) > PAGE else "",
    }


def _list_groups(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> dict[str, Any]:
    key, page = exchange.query.get("groups", ""), f"/{role.id}/holders"
    rows = list_groups(
        exchange.session,
        administrator.realm.id,
        holding(role.id),
        query=GroupQuery(),
        limit=PAGE + 1,
        after=read_name_key(key),
    )
    shown, last = rows[:PAGE], rows[PAGE - 1] if len(rows) > PAGE else None
    known = list_ancestors(exchange.session, [group.id for group in shown])
    return {
        "groups": [
            {"path": build_path(known, group.id), "url": administrator.url(f"groups/{group.id}")} for group in shown
        ],
        "groups_first_url": place.url(page) if key else "",
        "groups_next_url": place.url(page, groups=write_name_key(last.name, last.id)) if last else "",
    }
