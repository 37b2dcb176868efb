"""A person's details; a form made from an older version does not overwrite what somebody else has saved since."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.people.attributes import read_attributes, write_attributes
from idp.admin.console.people.person import person_url, render_person
from idp.admin.console.texts import read_texts, unify_lines
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import User
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.changes import change_user
from idp.users.users import UPDATE_PASSWORD
from idp.web.exchange import Exchange
from idp.web.pages import see_other

TEXTS = ("username", "email", "given_name", "family_name", "locale", "zoneinfo", "attributes")
SWITCHES = ("email_verified", "change_due", "enabled")
FIELDS = TEXTS + SWITCHES
_ON: Mapping[str, bool] = MappingProxyType({"yes": True, "no": False})
_LONGEST = 20_000  # of all attributes together; a form has 64 KiB


def show_details(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Show the form."""
    return _render(exchange, administrator, user, describe_details(user))


def save_details(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Save what the administrator has changed in the form, all or nothing."""
    current = describe_details(user)
    typed = read_texts(exchange.form, current, partial(_read, exchange))
    wanted, shown = typed.wanted, typed.shown
    if typed.conflicts:
        return _render(exchange, administrator, user, shown, status=409, conflicts=typed.conflicts, before=current)
    problems = _apply(exchange, administrator, user, wanted)
    if problems:
        return _render(exchange, administrator, user, shown, status=422, problems=problems, before=current)
    after = {name: value for name, value in describe_details(user).items() if current[name] != value}
    if not after:
        return see_other(person_url(administrator, user) + "?notice=unchanged")
    administrator.record(Tag.USER_CHANGED, user_id=user.id, before={name: current[name] for name in after}, after=after)
    return see_other(person_url(administrator, user) + "?notice=saved")


def describe_details(user: User) -> dict[str, str]:
    """Return each field as the form has it."""
    texts = {name: getattr(user, name) or "" for name in TEXTS if name != "attributes"}
    return {
        **texts,
        "attributes": write_attributes(user.attributes),
        "email_verified": _switch(user.email_verified),
        "change_due": _switch(UPDATE_PASSWORD in user.required_actions),
        "enabled": _switch(user.enabled),
    }


def _apply(exchange: Exchange, administrator: Administrator, user: User, wanted: Mapping[str, str]) -> dict[str, str]:
    """Change the account, or return each problem's name by its field."""
    if wanted.get("enabled") == "no" and user.id == administrator.user.id:
        return {"enabled": "yourself"}
    try:
        values = _read_columns(user, wanted)
    except ValueError:
        return {"attributes": "attributes"}
    session, clock = exchange.session, exchange.services.clock
    try:
        with session.begin_nested():
            change_user(session, clock, user, values)
    except InvalidInput as error:
        return dict.fromkeys(error.fields, "invalid")
    except Conflict:
        taken = [name for name in ("username", "email") if name in wanted]
        return dict.fromkeys(taken, "taken")
    if values.get("enabled") is False:
        end_sessions_of(session, clock, user.id, reason=Ending.ACCOUNT_DISABLED)
    return {}


def _read_columns(user: User, wanted: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns; raise `ValueError` where the attributes cannot be read."""
    values: dict[str, Any] = {name: value for name, value in wanted.items() if name in TEXTS}
    values |= {name: _ON[wanted[name]] for name in ("email_verified", "enabled") if name in wanted}
    if "attributes" in wanted:
        values["attributes"] = read_attributes(wanted["attributes"])
    if "change_due" in wanted:
        others = [action for action in user.required_actions if action != UPDATE_PASSWORD]
        demanded = _ON[wanted["change_due"]]
        values["required_actions"] = [*others, *([UPDATE_PASSWORD] if demanded else [])]
    return values


def _read(exchange: Exchange, name: str, seen: str) -> str:
    if name in SWITCHES:
        return _switch(name in exchange.form)
    value = unify_lines(exchange.form.get(name, seen))
    return value[:_LONGEST] if name == "attributes" else value.strip()


def _switch(on: bool) -> str:
    return "yes" if on else "no"


def _render(
    exchange: Exchange,
    administrator: Administrator,
    user: User,
    values: Mapping[str, str],
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    conflicts: Mapping[str, str] | None = None,
    before: Mapping[str, str] | None = None,
) -> Response:
    return render_person(
        exchange,
        administrator,
        user,
        "user_details",
        status=status,
        values=values,
        before=before or values,
        problems=problems or {},
        conflicts=conflicts or {},
        action=person_url(administrator, user, "/details"),
    )
