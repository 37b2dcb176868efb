"""A group is moved, with all that stand in it: its new place is looked for level by level."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.groups.group import get_group, group_url, path_of, render_group
from idp.admin.console.groups.tree import list_level
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import Group
from idp.users.delegation import verify_may_change_group
from idp.users.group_search import at_top, standing_in
from idp.users.group_tree import list_ancestors, list_steps
from idp.users.groups import move_group
from idp.web.exchange import Exchange


def show_move(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Show a place, and the groups in it, where the group could go."""
    return _render(exchange, administrator, group, exchange.query.get("to", ""))


def submit_move(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Move the group to the place that was shown, if the administrator has all that this one gives."""
    to = exchange.form.get("to", "")
    target = get_group(exchange, administrator, to) if to else None
    if target is not None:
        verify_may_change_group(exchange.session, administrator.authority, target)
    before = path_of(exchange, group)
    try:
        with exchange.session.begin_nested():
            move_group(exchange.session, group, target)
    except Conflict:
        problem = "taken"
    except InvalidInput as error:
        problem = "inside" if "id" in error.fields else "deep"
    else:
        after = path_of(exchange, group)
        if after == before:
            return administrator.done(f"groups/{group.id}", "unchanged")
        administrator.record(
            Tag.GROUP_CHANGED, before={"path": before}, after={"path": after}, resource=f"groups/{group.id}"
        )
        return administrator.done(f"groups/{group.id}", "group_moved")
    exchange.session.refresh(group)
    return _render(exchange, administrator, group, to, problem=problem)


def _render(exchange: Exchange, administrator: Administrator, group: Group, to: str, *, problem: str = "") -> Response:
    target = get_group(exchange, administrator, to) if to else None
    level = at_top() if target is None else standing_in(target.id)
    page = f"groups/{group.id}/move"
    return render_group(
        exchange,
        administrator,
        group,
        "group_move",
        status=422 if problem else 200,
        problem=problem,
        target=target,
        steps=_list_steps(exchange, administrator, group, target),
        path=path_of(exchange, group),
        move_url=group_url(administrator, group, "/move"),
        **list_level(exchange, administrator, page, level, typed={"to": to}),
    )


def _list_steps(
    exchange: Exchange, administrator: Administrator, group: Group, target: Group | None
) -> list[dict[str, Any]]:
    if target is None:
        return []
    known = list_ancestors(exchange.session, [target.id])
    return [
        {"name": known[step].name, "url": group_url(administrator, group, "/move", to=step)}
        for step in reversed(list_steps(known, target.id))
    ]
