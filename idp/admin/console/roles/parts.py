"""What a role is composed of: for the default roles, what new people get."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.paging import PAGE, read_name_key, write_name_key
from idp.admin.console.roles.choosing import describe_roles, find_candidates
from idp.admin.console.roles.place import Place, get_role, render_role
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import Role
from idp.users.delegation import compose_role, decompose_role
from idp.users.role_mappings import parts_of_role
from idp.users.role_search import among, find_roles
from idp.web.exchange import Exchange


def show_parts(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Show a page of the parts, and roles that could be added."""
    parts, key = parts_of_role(role.id).ids(), exchange.query.get("after", "")
    rows = find_roles(exchange.session, administrator.realm.id, among(parts), limit=PAGE + 1, after=read_name_key(key))
    last, page = (rows[PAGE - 1][0] if len(rows) > PAGE else None), f"/{role.id}/parts"
    return render_role(
        exchange,
        administrator,
        place,
        role,
        "role_parts",
        parts=describe_roles(exchange, administrator, rows[:PAGE]),
        first_url=place.url(page) if key else "",
        next_url=place.url(page, after=write_name_key(last.name, last.id)) if last else "",
        **find_candidates(exchange, administrator, parts, other=role.id),
    )


def submit_parts(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Add or remove the part that the button was for."""
    session, authority, realm = exchange.session, administrator.authority, administrator.realm
    adding, page = "add" in exchange.form, f"{place.path}/{role.id}/parts"
    part = get_role(exchange, administrator, exchange.form.get("add") or exchange.form.get("remove", ""))
    try:
        (compose_role if adding else decompose_role)(session, authority, realm, role, [part])
    except InvalidInput:
        return administrator.done(page, "role_in_itself")
    event, change = Tag.ROLE_PARTS_ADDED if adding else Tag.ROLE_PARTS_REMOVED, {"composites": [part.name]}
    administrator.record(
        event,
        client_id=place.client_id,
        before=None if adding else change,
        after=change if adding else None,
        resource=f"roles-by-id/{role.id}/composites",
    )
    return administrator.done(page, "part_added" if adding else "part_removed")
