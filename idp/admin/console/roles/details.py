"""A role's name, description and attributes: made, shown and changed; what somebody else has saved since is not overwritten."""

from collections.abc import Mapping

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.named import NAMES, Outcome, create_named, describe_named, save_named
from idp.admin.console.page import render_console_page
from idp.admin.console.roles.place import Place, describe_place, render_role
from idp.events.tags import Tag
from idp.models import Role
from idp.users.role_changes import change_role, create_role
from idp.web.exchange import Exchange


def show_new(exchange: Exchange, administrator: Administrator, place: Place) -> Response:
    """Show the form."""
    return _render_new(exchange, administrator, place, dict.fromkeys(NAMES, ""))


def submit_new(exchange: Exchange, administrator: Administrator, place: Place) -> Response:
    """Make a role."""
    role, typed, problems = create_named(
        exchange, lambda columns: create_role(exchange.session, administrator.realm, place.client, columns)
    )
    if role is None:
        return _render_new(exchange, administrator, place, typed, problems)
    after, resource = describe_named(role), f"roles-by-id/{role.id}"
    administrator.record(Tag.ROLE_CREATED, client_id=place.client_id, after=after, resource=resource)
    return administrator.done(f"{place.path}/{role.id}", "role_created")


def show_role(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Show the form."""
    known = describe_named(role)
    return _render(exchange, administrator, place, role, Outcome(shown=known, before=known, after=known))


def save_role(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Save what was changed in the form, all or nothing."""
    outcome = save_named(
        exchange, role, lambda columns: change_role(exchange.session, administrator.realm, role, columns)
    )
    page = f"{place.path}/{role.id}"
    if outcome.status != 200:
        return _render(exchange, administrator, place, role, outcome)
    if outcome.after == outcome.before:
        return administrator.done(page, "unchanged")
    administrator.record(
        Tag.ROLE_CHANGED,
        client_id=place.client_id,
        before=dict(outcome.before),
        after=dict(outcome.after),
        resource=f"roles-by-id/{role.id}",
    )
    return administrator.done(page, "saved")


def _render_new(
    exchange: Exchange,
    administrator: Administrator,
    place: Place,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Response:
    return render_console_page(
        exchange,
        administrator,
        "role_new",
        status=422 if problems else 200,
        values=values,
        problems=problems or {},
        **describe_place(place),
    )


def _render(exchange: Exchange, administrator: Administrator, place: Place, role: Role, outcome: Outcome) -> Response:
    return render_role(
        exchange,
        administrator,
        place,
        role,
        "role",
        status=outcome.status,
        **outcome.for_form(),
    )
