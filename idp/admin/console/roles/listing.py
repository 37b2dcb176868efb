"""The roles of the realm, or of an application: searched, page by page."""

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE, read_name_key, write_name_key
from idp.admin.console.roles.choosing import describe_roles
from idp.admin.console.roles.place import Place, describe_place
from idp.models import Role
from idp.users.newcomers import PREFIX
from idp.users.role_search import find_roles, in_container, matching
from idp.web.exchange import Exchange


def show_roles(exchange: Exchange, administrator: Administrator, place: Place) -> Response:
    """Show a page of roles by name; a search finds a part of name or description."""
    search, key = exchange.query.get("search", "").strip()[:255], exchange.query.get("after", "")
    within = in_container(administrator.realm.id, place.client_row_id)
    conditions = [within, *([matching(search)] if search else [])]
    rows = find_roles(exchange.session, administrator.realm.id, *conditions, limit=PAGE + 1, after=read_name_key(key))
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return render_console_page(
        exchange,
        administrator,
        "roles",
        roles=describe_roles(exchange, administrator, rows[:PAGE]),
        search=search,
        default_url=_find_default(exchange, administrator, place),
        fixed=place.client is not None and place.client.manages_realm_id is not None,
        first_url=place.url(search=search) if key else "",
        next_url=place.url(search=search, after=write_name_key(last.name, last.id)) if last else "",
        **describe_place(place),
    )


def _find_default(exchange: Exchange, administrator: Administrator, place: Place) -> str:
    """Return the address of what new people get, which is what one role of the realm is composed of."""
    realm = administrator.realm
    if place.client is not None:
        return ""
    named = Role.name == f"{PREFIX}{realm.name}"
    found = find_roles(exchange.session, realm.id, in_container(realm.id, None), named)
    return place.url(f"/{found[0][0].id}/parts") if found else ""
