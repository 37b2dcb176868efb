"""The roles that members of a group have by it."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.groups.group import render_group
from idp.admin.console.roles.mappings import Mapped, change_mapped, list_mapped
from idp.events.tags import Tag
from idp.models import Group
from idp.users.role_origins import group_with_roles
from idp.web.exchange import Exchange


def show_roles(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Show the roles and where each is from."""
    mapped = list_mapped(exchange, administrator, _mapped(group))
    return render_group(exchange, administrator, group, "group_roles", **mapped)


def submit_roles(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Give or take a role; raise `NotPermitted`."""
    return change_mapped(exchange, administrator, _mapped(group))


def _mapped(group: Group) -> Mapped:
    page = f"groups/{group.id}/roles"
    tags = Tag.GROUP_ROLES_GIVEN, Tag.GROUP_ROLES_TAKEN
    return Mapped(group_with_roles(group.id), page, f"groups/{group.id}/role-mappings", tags)
