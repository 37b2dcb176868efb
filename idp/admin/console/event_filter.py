"""The filter of events as the address line has it."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from idp.admin.console.administrator import Administrator
from idp.events.search import EventQuery
from idp.events.tags import Tag
from idp.users.users import find_user_by_login
from idp.web.exchange import Exchange

KINDS: Mapping[str, tuple[str, ...]] = {
    "sign-ins": (Tag.LOGIN_SUCCESS, Tag.LOGOUT),
    "failures": (Tag.LOGIN_FAILURE, Tag.LOGIN_LOCKED, Tag.CERTIFICATE_REFUSED, Tag.FLOW_STOLEN, Tag.CLIENT_REFUSED),
    "certificates": ("certificate:",),
    "accounts": ("user:two-factor:", "user:recovery-codes:", "user:recovery-code:", "user:password:", "user:email:"),
    "mail": ("mail:",),
    "applications": ("client:",),
    "administrators": ("admin:", "user:impersonation:"),
    "server": ("server:",),
}
FIELDS = ("kind", "person", "application", "address", "since", "until")
_NOBODY = "nobody"
_ID = re.compile(r"[0-9a-f-]{36}")


def read_fields(exchange: Exchange) -> dict[str, str]:
    """Return what was typed, cut to what a column can hold."""
    return {name: exchange.query.get(name, "").strip()[:255] for name in FIELDS}


def build_filter(exchange: Exchange, administrator: Administrator, typed: Mapping[str, str]) -> EventQuery:
    """Return the filter that was typed; what cannot be read does not matter. Days are UTC's, the last one included."""
    until = _read_day(typed["until"])
    return EventQuery(
        tags=KINDS.get(typed["kind"], (typed["kind"],) if typed["kind"] in set(Tag) else None),
        user_id=_find_person(exchange, administrator, typed["person"]),
        client_id=typed["application"] or None,
        address=typed["address"] or None,
        since=_read_day(typed["since"]),
        until=None if until is None else until + timedelta(days=1),
    )


def _find_person(exchange: Exchange, administrator: Administrator, typed: str) -> str | None:
    """Return the id of the account with that name or address, or the id that was typed: events outlive people."""
    if not typed:
        return None
    if _ID.fullmatch(typed):
        return typed
    user = find_user_by_login(exchange.transaction, administrator.realm.id, typed)
    return _NOBODY if user is None else user.id


def _read_day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if 1970 <= day.year < 9000 else None
    except ValueError:
        return None
