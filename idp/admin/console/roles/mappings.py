"""Which roles a person or a group has, where from, and which they are given: the same page for both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.paging import PAGE, read_name_key, write_name_key
from idp.admin.console.roles.choosing import describe_roles, find_candidates
from idp.admin.console.roles.place import get_role
from idp.events.tags import Tag
from idp.users.delegation import verify_may_give
from idp.users.role_origins import RoleHolder, find_origins
from idp.users.role_search import among, find_roles
from idp.web.exchange import Exchange


@dataclass(frozen=True)
class Mapped:
    """Whose roles a page is about: the path of the page, and how its changes are recorded."""

    holder: RoleHolder
    page: str
    resource: str
    tags: tuple[Tag, Tag]
    user_id: str | None = None


def list_mapped(exchange: Exchange, administrator: Administrator, mapped: Mapped) -> dict[str, Any]:
    """Return what the page shows: all roles with where each is from, page by page, and those that can be given."""
    key = exchange.query.get("after", "")
    rows = find_roles(
        exchange.session,
        administrator.realm.id,
        among(mapped.holder.held()),
        limit=PAGE + 1,
        after=read_name_key(key),
    )
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    shown = describe_roles(exchange, administrator, rows[:PAGE])
    origins = find_origins(exchange.session, mapped.holder, [one["id"] for one in shown])
    return {
        "roles": [{**one, "origin": origins[one["id"]]} for one in shown],
        "mapping_url": administrator.url(mapped.page),
        "first_url": administrator.url(mapped.page) if key else "",
        "next_url": administrator.url(mapped.page, after=write_name_key(last.name, last.id)) if last else "",
        **find_candidates(exchange, administrator, mapped.holder.own.ids()),
    }


def change_mapped(exchange: Exchange, administrator: Administrator, mapped: Mapped) -> Response:
    """Give or take the role that the button was for; raise `NotPermitted` where it gives more than the administrator has."""
    giving = "give" in exchange.form
    role = get_role(exchange, administrator, exchange.form.get("give") or exchange.form.get("take", ""))
    verify_may_give(exchange.session, administrator.authority, [role])
    change: Callable[..., None] = mapped.holder.own.add if giving else mapped.holder.own.remove
    change(exchange.session, [role.id])
    names, where = {"roles": [role.name]}, "realm" if role.client_id is None else f"clients/{role.client_id}"
    administrator.record(
        mapped.tags[0] if giving else mapped.tags[1],
        user_id=mapped.user_id,
        before=None if giving else names,
        after=names if giving else None,
        resource=f"{mapped.resource}/{where}",
    )
    return administrator.done(mapped.page, "role_given" if giving else "role_taken")
