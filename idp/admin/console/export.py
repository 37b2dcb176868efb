"""Events as a file, CSV (RFC 4180) or JSON lines: read and sent a batch at a time, however many there are."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType

from starlette.responses import Response, StreamingResponse

from idp.admin.console.administrator import Administrator
from idp.admin.console.event_filter import build_filter, read_fields
from idp.admin.console.policy import ConsolePage
from idp.errors import NotFound
from idp.events.search import iterate_events
from idp.events.tags import Tag
from idp.models import Event
from idp.web.exchange import Exchange

_COLUMNS = ("id", "at", "tag", "user_id", "client_id", "session_id", "address", "user_agent", "details")
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # what makes a spreadsheet calculate (OWASP, CSV Injection)


def export_events(exchange: Exchange, administrator: Administrator) -> Response:
    """Send every event that the filter lets through, newest first."""
    kind = exchange.path_params["format"]
    if kind not in _FORMATS:
        raise NotFound("there is no such format")
    media_type, write = _FORMATS[kind]
    typed = read_fields(exchange)
    wanted, realm_id = build_filter(exchange, administrator, typed), administrator.realm.id
    administrator.record(
        Tag.EVENTS_EXPORTED, format=kind, filter={name: value for name, value in typed.items() if value}
    )
    name = f"events-{administrator.realm.name}.{kind}"
    content = write(iterate_events(exchange.services.database, realm_id, wanted))
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(content, media_type=media_type, headers=headers)


def guard_cell(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write_csv(events: Iterator[Event]) -> Iterator[str]:
    yield write_line(_COLUMNS)
    for event in events:
        yield write_line(_values(event))


def _write_json(events: Iterator[Event]) -> Iterator[str]:
    for event in events:
        row = {**dict(zip(_COLUMNS, _values(event), strict=True)), "details": event.details}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _values(event: Event) -> list[str]:
    row = {name: getattr(event, name) for name in _COLUMNS}
    row |= {"at": event.at.isoformat(), "details": json.dumps(event.details, ensure_ascii=False, sort_keys=True)}
    return [row[name] or "" for name in _COLUMNS]


def write_line(values: Sequence[str]) -> str:
    """Return a line of CSV in which no cell is a formula."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([guard_cell(value) for value in values])
    return buffer.getvalue()


_Writer = Callable[[Iterator[Event]], Iterator[str]]
_FORMATS: MappingProxyType[str, tuple[str, _Writer]] = MappingProxyType(
    {"csv": ("text/csv; charset=utf-8", _write_csv), "json": ("application/x-ndjson", _write_json)}
)

PAGES = (ConsolePage(path="events/export/{format}", view="view-events", show=export_events),)
