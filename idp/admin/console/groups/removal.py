"""A group is deleted with all that stand in it: after its name was typed."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.groups.group import path_of, render_group
from idp.admin.console.named import describe_named
from idp.events.tags import Tag
from idp.models import Group
from idp.users.group_search import count_below
from idp.users.groups import delete_group
from idp.web.exchange import Exchange


def show_delete(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Ask, and say how much goes."""
    return _render(exchange, administrator, group)


def submit_delete(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Delete the group, if its name was typed."""
    if exchange.form.get("confirmation", "") != group.name:
        return _render(exchange, administrator, group, status=422)
    before = {**describe_named(group), "path": path_of(exchange, group), "subgroups": _count(exchange, group)[0]}
    administrator.record(Tag.GROUP_DELETED, before=before, resource=f"groups/{group.id}")
    page = f"groups/{group.parent_id}" if group.parent_id else "groups"
    delete_group(exchange.session, group)
    return administrator.done(page, "group_deleted")


def _count(exchange: Exchange, group: Group) -> tuple[int, int]:
    return count_below(exchange.session, group.id)


def _render(exchange: Exchange, administrator: Administrator, group: Group, *, status: int = 200) -> Response:
    below, members = _count(exchange, group)
    errors = {"confirmation": "mismatch"} if status == 422 else {}
    return render_group(
        exchange, administrator, group, "group_delete", status=status, below=below, members=members, errors=errors
    )
