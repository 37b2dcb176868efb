"""A role's name, description and attributes: made, shown and changed; what somebody else has saved since is not overwritten."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.people.attributes import read_attributes, write_attributes
from idp.admin.console.roles.place import Place, describe_place, render_role
from idp.admin.console.texts import read_texts, unify_lines
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import Group, Role
from idp.users.role_changes import change_role, create_role
from idp.web.exchange import Exchange

NAMES = ("name", "description", "attributes")


def show_new(exchange: Exchange, administrator: Administrator, place: Place) -> Response:
    """Show the form."""
    return _render_new(exchange, administrator, place, dict.fromkeys(NAMES, ""))


def submit_new(exchange: Exchange, administrator: Administrator, place: Place) -> Response:
    """Make a role."""
    typed = {name: unify_lines(exchange.form.get(name, "")) for name in NAMES}
    try:
        with exchange.session.begin_nested():
            role = create_role(exchange.session, administrator.realm, place.client, read_columns(typed))
    except (InvalidInput, Conflict) as error:
        return _render_new(exchange, administrator, place, typed, problems=name_problems(error))
    after = describe_texts(role)
    administrator.record(Tag.ROLE_CREATED, client_id=place.client_id, after=after, resource=f"roles-by-id/{role.id}")
    return administrator.done(f"{place.path}/{role.id}", "role_created")


def show_role(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Show the form."""
    return _render(exchange, administrator, place, role, describe_texts(role))


def save_role(exchange: Exchange, administrator: Administrator, place: Place, role: Role) -> Response:
    """Save what was changed in the form, all or nothing."""
    before = describe_texts(role)
    typed = read_texts(exchange.form, before)
    if typed.conflicts:
        return _render(exchange, administrator, place, role, typed.shown, status=409, conflicts=typed.conflicts)
    try:
        with exchange.session.begin_nested():
            change_role(exchange.session, administrator.realm, role, read_columns(typed.wanted))
    except (InvalidInput, Conflict) as error:
        exchange.session.refresh(role)
        problems = name_problems(error)
        return _render(exchange, administrator, place, role, typed.shown, status=422, problems=problems)
    after, page = describe_texts(role), f"{place.path}/{role.id}"
    if after == before:
        return administrator.done(page, "unchanged")
    administrator.record(
        Tag.ROLE_CHANGED, client_id=place.client_id, before=before, after=after, resource=f"roles-by-id/{role.id}"
    )
    return administrator.done(page, "saved")


def describe_texts(row: Role | Group) -> dict[str, str]:
    """Return each field as the form has it."""
    return {"name": row.name, "description": row.description, "attributes": write_attributes(row.attributes)}


def read_columns(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns that the fields say; raise `InvalidInput` where the attributes cannot be read."""
    columns: dict[str, Any] = {name: text.strip() for name, text in texts.items() if name != "attributes"}
    if "attributes" in texts:
        try:
            columns["attributes"] = read_attributes(texts["attributes"])
        except ValueError as error:
            raise InvalidInput(attributes="not a line for each value") from error
    return columns


def name_problems(error: InvalidInput | Conflict) -> dict[str, str]:
    """Return the name of each field's problem."""
    if isinstance(error, Conflict):
        return {"name": "taken"}
    return {name: "attributes" if name == "attributes" else "invalid" for name in error.fields}


def _render_new(
    exchange: Exchange,
    administrator: Administrator,
    place: Place,
    values: Mapping[str, str],
    *,
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


def _render(
    exchange: Exchange,
    administrator: Administrator,
    place: Place,
    role: Role,
    values: Mapping[str, str],
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    conflicts: Mapping[str, str] | None = None,
) -> Response:
    return render_role(
        exchange,
        administrator,
        place,
        role,
        "role",
        status=status,
        values=values,
        before=describe_texts(role),
        problems=problems or {},
        conflicts=conflicts or {},
    )
