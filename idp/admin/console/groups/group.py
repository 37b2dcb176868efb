"""Which group a page is about, where it stands, and whether the administrator may change it."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import PageHandler
from idp.admin.console.refusal import allowed, render_refusal
from idp.errors import NotFound, NotPermitted
from idp.models import Group
from idp.storage.holding import hold
from idp.users.delegation import verify_may_change_group
from idp.users.group_search import count_subgroups
from idp.users.group_tree import build_path, list_ancestors, list_steps
from idp.web.exchange import Exchange

GroupHandler = Callable[[Exchange, Administrator, Group], Response]


def for_group(handler: GroupHandler) -> PageHandler:
    """Return a page's handler for the group in the path.

    For a form nobody else changes groups or roles meanwhile, and what would give more than the administrator has is refused.
    """

    def answer(exchange: Exchange, administrator: Administrator) -> Response:
        if exchange.method == "POST":
            hold(exchange.session, administrator.realm)
        group = get_group(exchange, administrator, exchange.path_params["group"])
        try:
            return handler(exchange, administrator, group)
        except NotPermitted:
            back = group_url(administrator, group)
            return render_refusal(exchange, administrator, section="groups", title=group.name, back=back)

    return answer


def for_changeable_group(handler: GroupHandler) -> PageHandler:
    """Return such a handler for what changes the group: it lets pass who has all that it, and those in it, give."""

    def answer(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
        verify_may_change_group(exchange.session, administrator.authority, group)
        return handler(exchange, administrator, group)

    return for_group(answer)


def get_group(exchange: Exchange, administrator: Administrator, group_id: str) -> Group:
    """Return the realm's group of that id; raise `NotFound`."""
    group = exchange.session.get(Group, group_id)
    if group is None or group.realm_id != administrator.realm.id:
        raise NotFound("the realm has no such group")
    return group


def group_url(administrator: Administrator, group: Group, below: str = "", **query: str) -> str:
    """Return the address of a page about the group."""
    return administrator.url(f"groups/{group.id}{below}", **query)


def path_of(exchange: Exchange, group: Group) -> str:
    """Return the group's path, such as ``/staff/support``."""
    return build_path(list_ancestors(exchange.session, [group.id]), group.id)


def list_above(exchange: Exchange, administrator: Administrator, group: Group) -> list[tuple[str, str]]:
    """Return name and address of all that the group stands in, the top first."""
    known = list_ancestors(exchange.session, [group.id])
    above = [known[step] for step in reversed(list_steps(known, group.id)) if step != group.id]
    return [(one.name, group_url(administrator, one)) for one in above]


def describe_groups(exchange: Exchange, administrator: Administrator, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return the groups as tables show them, each with its path and how many stand in it."""
    ids = [group.id for group in groups]
    counts, known = count_subgroups(exchange.session, ids), list_ancestors(exchange.session, ids)
    return [
        {
            "id": group.id,
            "name": group.name,
            "path": build_path(known, group.id),
            "description": group.description,
            "subgroups": counts.get(group.id, 0),
            "default": group.joined_by_new,
            "url": group_url(administrator, group),
        }
        for group in groups
    ]


def render_group(
    exchange: Exchange, administrator: Administrator, group: Group, template: str, *, status: int = 200, **context: Any
) -> Response:
    """Return a page about the group; `open` tells templates that it may be changed."""
    may_change = allowed(lambda: verify_may_change_group(exchange.session, administrator.authority, group))
    manages = administrator.may("manage-users")
    about: dict[str, Any] = {
        "group": group,
        "group_url": group_url(administrator, group),
        "above": list_above(exchange, administrator, group),
        "manages": manages,
        "open": manages and may_change,
        "may_be_default": administrator.may("manage-realm") and may_change,
        "errors": {},
    }
    return render_console_page(exchange, administrator, template, status=status, **{**about, **context})
