"""What roles and groups have in common: a form for name, description and attributes, which two may have open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from idp.admin.console.people.attributes import read_attributes, write_attributes
from idp.admin.console.texts import read_texts, unify_lines
from idp.errors import Conflict, InvalidInput
from idp.models import Group, Role
from idp.web.exchange import Exchange

NAMES = ("name", "description", "attributes")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a form has come to: the values to show again with each problem's name, or what was before and is now."""

    shown: Mapping[str, str]
    before: Mapping[str, str]
    after: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, str] = field(default_factory=dict)

    def for_form(self) -> dict[str, Any]:
        """Return what the form shows."""
        return {
            "values": self.shown,
            "before": self.before,
            "problems": self.problems,
            "conflicts": self.conflicts,
        }

    @property
    def status(self) -> int:
        """The page's status: 200 where nothing stands in the way."""
        return 409 if self.conflicts else 422 if self.problems else 200


def describe_named(row: Role | Group) -> dict[str, str]:
    """Return each field as the form has it."""
    return {"name": row.name, "description": row.description, "attributes": write_attributes(row.attributes)}


def create_named(
    exchange: Exchange, create: Callable[[Mapping[str, Any]], T]
) -> tuple[T | None, dict[str, str], dict[str, str]]:
    """Return what *create* makes of the form's columns, or None, what was typed, and each problem's name."""
    typed = {name: unify_lines(exchange.form.get(name, "")) for name in NAMES}
    try:
        with exchange.session.begin_nested():
            return create(_read_columns(typed)), typed, {}
    except (InvalidInput, Conflict) as error:
        return None, typed, _name_problems(error)


def save_named(exchange: Exchange, row: Role | Group, change: Callable[[Mapping[str, Any]], None]) -> Outcome:
    """Have *change* set the columns that differ from what the form was made from, unless somebody else was faster."""
    before = describe_named(row)
    typed = read_texts(exchange.form, before)
    if typed.conflicts:
        return Outcome(shown=typed.shown, before=before, after=before, conflicts=typed.conflicts)
    try:
        with exchange.session.begin_nested():
            change(_read_columns(typed.wanted))
    except (InvalidInput, Conflict) as error:
        exchange.session.refresh(row)
        return Outcome(shown=typed.shown, before=before, after=before, problems=_name_problems(error))
    return Outcome(shown=typed.shown, before=before, after=describe_named(row))


def _read_columns(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns that the fields say; raise `InvalidInput` where the attributes cannot be read."""
    columns: dict[str, Any] = {name: text.strip() for name, text in texts.items() if name != "attributes"}
    if "attributes" in texts:
        try:
            columns["attributes"] = read_attributes(texts["attributes"])
        except ValueError as error:
            raise InvalidInput(attributes="not a line for each value") from error
    return columns


def _name_problems(error: InvalidInput | Conflict) -> dict[str, str]:
    if isinstance(error, Conflict):
        return {"name": "taken"}
    return {name: name if name in {"attributes", "parentId"} else "invalid" for name in error.fields}
