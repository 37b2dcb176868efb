"""Parts of a realm from a file: looked at by doing it all and undoing it, then done, and reported object by object.

The file is kept encrypted for an hour, for whoever sent it, and is taken once.
"""

import base64
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response, StreamingResponse

from idp.admin.console.administrator import Administrator
from idp.admin.console.export import write_line
from idp.admin.console.files import release_database
from idp.admin.console.page import render_console_page
from idp.admin.console.people.report import find_report, keep_report
from idp.admin.console.policy import ConsolePage
from idp.admin.importing import LARGEST, Wanted, count, iterate_changes, read_document, take_in, verify_may_import
from idp.errors import InvalidInput, NotPermitted
from idp.events.search import get_event
from idp.events.tags import Tag
from idp.transfer.job import OnConflict
from idp.transfer.report import Line, Outcome
from idp.transfer.units import rehearse
from idp.users.authority import find_authority_of_anybody
from idp.users.management_roles import REALM_ADMIN
from idp.web.exchange import Exchange
from idp.web.pages import see_other

PAGE = "transfer"
_JOB, _FILE = "transfer", "console-transfer"
_LIFETIME = timedelta(hours=1)
_FORM = 64 * 1024
_SHOWN = 200
_ORDER = (Outcome.FAILED, Outcome.LEFT, Outcome.CHANGED, Outcome.TAKEN, Outcome.SKIPPED)
_WAYS = {"skip": OnConflict.SKIP, "overwrite": OnConflict.UPDATE}


def show_transfer(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask for the file, and offer what can be taken out."""
    return _render(exchange, administrator)


def submit_file(exchange: Exchange, administrator: Administrator) -> Response:
    """Do it all and undo it, keep the file and what came of it, and lead to that."""
    way = exchange.form.get("way", "")
    try:
        wanted = _read(administrator, exchange.content, way)
        release_database(exchange)
        with rehearse(exchange.services.database) as unit:
            lines = take_in(exchange.services, unit, administrator.realm, wanted)
    except InvalidInput as error:
        return _render(exchange, administrator, status=422, problem=" ".join(error.fields.values()), way=way)
    except NotPermitted:
        return _render(exchange, administrator, status=403, beyond=True, way=way)
    job = {"way": way, "event": "", "lines": [_pack(line) for line in _sort(lines)]}
    token = keep_report(exchange, administrator, _JOB, job)
    cipher = exchange.services.cipher
    sealed = base64.b64encode(cipher.encrypt(zlib.compress(exchange.content), _key(administrator, token))).decode()
    exchange.services.ephemeral.put(_FILE, _key(administrator, token), sealed, _LIFETIME)
    return see_other(administrator.url(f"{PAGE}/{token}"))


def show_job(exchange: Exchange, administrator: Administrator) -> Response:
    """Show what would come of it, or what came of it: problems first."""
    token = exchange.path_params["job"]
    job = find_report(exchange, administrator, _JOB, token)
    is_kept = exchange.services.ephemeral.get(_FILE, _key(administrator, token)) is not None
    is_done = bool(job["event"]) and get_event(exchange.session, administrator.realm.id, job["event"]) is not None
    return render_console_page(
        exchange,
        administrator,
        "transfer_job",
        way=job["way"],
        state="done" if is_done else "ready" if is_kept else "over",
        counts={outcome.name.lower(): _count(job["lines"], outcome) for outcome in Outcome},
        lines=job["lines"][:_SHOWN],
        total=len(job["lines"]),
        action=administrator.url(f"{PAGE}/{token}"),
        report_url=administrator.url(f"{PAGE}/{token}/report"),
    )


def confirm(exchange: Exchange, administrator: Administrator) -> Response:
    """Take the file in, once; whoever sent the form a second time sees what came of the first."""
    token = exchange.path_params["job"]
    job = find_report(exchange, administrator, _JOB, token)
    sealed = exchange.services.ephemeral.take(_FILE, _key(administrator, token))
    if sealed is None:
        return see_other(administrator.url(f"{PAGE}/{token}"))
    content = zlib.decompress(exchange.services.cipher.decrypt(base64.b64decode(sealed), _key(administrator, token)))
    try:
        wanted = _read(administrator, content, job["way"])
    except NotPermitted:  # what may be done has become less
        return render_console_page(exchange, administrator, "forbidden", status=403, role=REALM_ADMIN)
    lines = _take(exchange, administrator, wanted)
    job |= {"event": _record(administrator, lines), "lines": [_pack(line) for line in _sort(lines)]}
    keep_report(exchange, administrator, _JOB, job, token)
    return see_other(administrator.url(f"{PAGE}/{token}"))


def send_report(exchange: Exchange, administrator: Administrator) -> Response:
    """Send every line, as a file that spreadsheets open without calculating anything."""
    job = find_report(exchange, administrator, _JOB, exchange.path_params["job"])
    headers = {
        "Content-Disposition": f'attachment; filename="import-{administrator.realm.name}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_write(job["lines"]), media_type="text/csv; charset=utf-8", headers=headers)


def _read(administrator: Administrator, content: bytes, way: str) -> Wanted:
    """Return what the file holds; raise `InvalidInput` or `NotPermitted`."""
    if way not in _WAYS:
        raise InvalidInput(way="Choose what is to become of what is there already.")
    if len(content) > LARGEST:
        raise InvalidInput(file="The file is too large.")
    wanted = Wanted(*read_document(content), _WAYS[way])
    verify_may_import(administrator.authority, administrator.realm, wanted)
    return wanted


def _take(exchange: Exchange, administrator: Administrator, wanted: Wanted) -> list[Line]:
    @contextmanager
    def unit() -> Iterator[Session]:
        yield exchange.session
        exchange.session.flush()

    return take_in(exchange.services, unit, administrator.realm, wanted)


def _record(administrator: Administrator, lines: Sequence[Line]) -> str:
    """Note the import, and each object that was made or changed; return the import's event."""
    for change in iterate_changes(lines):
        administrator.record(change.tag, user_id=change.user_id, client_id=change.client_id, resource=change.resource)
    return administrator.record(Tag.REALM_IMPORTED, **count(lines))


def _sort(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: _ORDER.index(line.outcome))


def _pack(line: Line) -> list[str]:
    return [line.outcome.name.lower(), line.kind, line.name, line.text]


def _count(lines: Sequence[Sequence[str]], outcome: Outcome) -> int:
    return sum(line[0] == outcome.name.lower() for line in lines)


def _write(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    yield write_line(["result", "kind", "name", "text"])
    for line in lines:
        yield write_line(line)


def _key(administrator: Administrator, token: str) -> str:
    return f"{administrator.realm.id}:{administrator.user.id}:{token[:64]}"


def _render(exchange: Exchange, administrator: Administrator, *, status: int = 200, **context: Any) -> Response:
    realm = administrator.realm
    return render_console_page(
        exchange,
        administrator,
        "transfer",
        status=status,
        may_import=administrator.authority.covers(find_authority_of_anybody(realm)),
        largest=LARGEST // 2**20,
        **{"problem": "", "beyond": False, "way": "skip", **context},
    )


_ROLE = "manage-realm"
PAGES = (
    ConsolePage(path=PAGE, view=_ROLE, manage=_ROLE, show=show_transfer, submit=submit_file, largest=LARGEST + _FORM),
    ConsolePage(path=f"{PAGE}/{{job}}", view=_ROLE, manage=_ROLE, show=show_job, submit=confirm, recent=True),
    ConsolePage(path=f"{PAGE}/{{job}}/report", view=_ROLE, show=send_report),
)
