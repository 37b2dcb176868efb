"""What has happened in the realm: filtered, page by page, each event in detail."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.event_filter import KINDS, build_filter, read_fields
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE, read_key, write_key
from idp.admin.console.policy import ConsolePage
from idp.errors import NotFound
from idp.events.search import find_events, get_event
from idp.models import Event, User
from idp.web.browser import guess_browser
from idp.web.exchange import Exchange


def show_events(exchange: Exchange, administrator: Administrator) -> Response:
    """Show a page of events; on the first one a script looks for newer ones if it is asked to."""
    typed = read_fields(exchange)
    older, newer = (read_key(exchange.query.get(name, "")) for name in ("before", "after"))
    found = list(
        find_events(
            exchange.session,
            administrator.realm.id,
            build_filter(exchange, administrator, typed),
            older_than=older,
            newer_than=newer,
            limit=PAGE + 1,
        )
    )
    more, events = len(found) > PAGE, found[-PAGE:] if newer else found[:PAGE]
    has_newer = more if newer else older is not None
    has_older = bool(newer) or more
    return render_console_page(
        exchange,
        administrator,
        "events",
        events=describe_events(exchange, administrator, events),
        typed=typed,
        filtered=any(typed.values()),
        kinds=list(KINDS),
        newer_url=administrator.url("events", **typed, after=_key(events[0])) if events and has_newer else "",
        older_url=administrator.url("events", **typed, before=_key(events[-1])) if events and has_older else "",
        first_url=administrator.url("events", **typed) if older or newer else "",
        csv_url=administrator.url("events/export/csv", **typed),
        json_url=administrator.url("events/export/json", **typed),
    )


def show_event(exchange: Exchange, administrator: Administrator) -> Response:
    """Show everything that is known of one event."""
    event = get_event(exchange.session, administrator.realm.id, exchange.path_params["event"])
    if event is None:
        raise NotFound("the realm has no such event")
    (described,) = describe_events(exchange, administrator, [event])
    details = {name: value for name, value in event.details.items() if name not in {"before", "after"}}
    return render_console_page(
        exchange,
        administrator,
        "event",
        event=described,
        changes=_describe_changes(event.details),
        details={name: _show(value) for name, value in details.items()},
        user_agent=event.user_agent,
        session_id=event.session_id,
        user_id=event.user_id,
        person_url=administrator.url("events", person=event.user_id or ""),
    )


def describe_events(exchange: Exchange, administrator: Administrator, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return the events as the pages show them, with the names of their people."""
    ids = {event.user_id for event in events if event.user_id}
    rows = exchange.session.execute(select(User.id, User.username).where(User.id.in_(ids)))
    people = {row.id: row.username for row in rows}
    return [
        {
            "id": event.id,
            "url": administrator.url(f"events/{event.id}"),
            "tag": event.tag,
            "at": event.at,
            "person": people.get(event.user_id or "", event.details.get("username") or event.user_id or ""),
            "by": _name_actor(event.details.get("by")),
            "client": event.client_id or "",
            "address": event.address,
            "browser": guess_browser(event.user_agent) if event.user_agent else None,
            "reason": event.details.get("reason") or "",
        }
        for event in events
    ]


def _name_actor(by: Any) -> str:
    """Return who did it, where that was somebody else than the person whom it is about."""
    return str(by.get("username", "")) if isinstance(by, dict) else str(by or "")


def _describe_changes(details: dict[str, Any]) -> list[tuple[str, str, str]]:
    before, after = details.get("before") or {}, details.get("after") or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    return [(name, _show(before.get(name)), _show(after.get(name))) for name in {**before, **after}]


def _show(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)


def _key(event: Event) -> str:
    return write_key(event.at, event.id)


PAGES = (
    ConsolePage(path="events", view="view-events", show=show_events),
    ConsolePage(path="events/{event}", view="view-events", show=show_event),
)
