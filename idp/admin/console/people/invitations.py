"""Many people at once, from a file: uploaded, looked at line by line, made and invited in batches, reported.

The job is kept for an hour for whoever has begun it. Each line is all or nothing. A batch counts once its accounts are there, so one
that was cut off is done again; two that are asked for at once are one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from starlette.responses import Response, StreamingResponse

from idp.admin.console.administrator import Administrator
from idp.admin.console.export import write_line
from idp.admin.console.page import render_console_page
from idp.admin.console.people.create import INVITE, WAYS, find_problems, make_person
from idp.admin.console.people.csv_file import Line, UnreadableFile, read_people
from idp.admin.console.people.report import find_report, keep_report
from idp.errors import InvalidInput
from idp.models import User
from idp.models.user import normalise
from idp.users.users import verify_email, verify_username
from idp.web.exchange import Exchange
from idp.web.pages import see_other

BATCH = 100
_JOB = "import"
_SHOWN = 200
_CHUNK = 400
_LOCK, _LOCKED = "console-import", timedelta(minutes=1)
_RESULTS = ("number", "username", "email", "given_name", "family_name")


def show_upload(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask for the file."""
    return render_console_page(exchange, administrator, "users_import", problem="", way=INVITE)


def submit_upload(exchange: Exchange, administrator: Administrator) -> Response:
    """Look at every line, and lead to what would happen."""
    way = exchange.form.get("way", "")
    try:
        if way not in WAYS or "way" in find_problems(administrator, {"way": way, "email": "x"}):
            raise UnreadableFile("way")
        file = read_people(exchange.content)
    except UnreadableFile as error:
        return render_console_page(exchange, administrator, "users_import", status=422, problem=error.problem, way=way)
    lines = _verify(exchange, administrator, file.lines)
    job = {
        "way": way,
        "lines": [asdict(line) for line in lines],
        "cursor": 0,
        "results": {},
        "ignored": list(file.ignored),
    }
    return see_other(administrator.url(f"users/import/{keep_report(exchange, administrator, _JOB, job)}"))


def show_job(exchange: Exchange, administrator: Administrator) -> Response:
    """Show what will be done, how far it is, or what was done."""
    token = exchange.path_params["job"]
    job = _find_job(exchange, administrator, token)
    lines, results = job["lines"], job["results"]
    bad = [line for line in lines if line["problem"]]
    failed = [{**line, "problem": results[str(line["number"])]} for line in lines if _failed(results, line)]
    return render_console_page(
        exchange,
        administrator,
        "users_import_job",
        way=job["way"],
        total=len(lines),
        good=len(lines) - len(bad),
        made=sum(1 for outcome in results.values() if outcome == "done"),
        cursor=job["cursor"],
        bad=[*bad, *failed][:_SHOWN],
        bad_count=len(bad) + len(failed),
        sample=[line for line in lines if not line["problem"]][:5],
        ignored=job["ignored"],
        action=administrator.url(f"users/import/{token}"),
        report_url=administrator.url(f"users/import/{token}/report"),
    )


def continue_job(exchange: Exchange, administrator: Administrator) -> Response:
    """Do the next batch, unless somebody is at it."""
    token = exchange.path_params["job"]
    job = _find_job(exchange, administrator, token)
    start = job["cursor"]
    lock = f"{administrator.user.id}:{token[:64]}:{start}"
    if start < len(job["lines"]) and exchange.services.ephemeral.add(_LOCK, lock, "", _LOCKED):
        made_ids: list[str] = []
        for line in job["lines"][start : start + BATCH]:
            if line["problem"]:
                continue
            made = make_person(exchange, administrator, {**line, "way": job["way"]})
            outcome = "done" if isinstance(made, User) else next(iter(made.values()))
            made_ids += [made.id] if isinstance(made, User) else []
            job["results"][str(line["number"])] = outcome
        job |= {"cursor": min(start + BATCH, len(job["lines"])), "pending": {"users": made_ids, "cursor": start}}
        keep_report(exchange, administrator, _JOB, job, token)
    return see_other(administrator.url(f"users/import/{token}"))


def send_report(exchange: Exchange, administrator: Administrator) -> Response:
    """Send what was done with each line, as a file that spreadsheets open without calculating anything."""
    job = _find_job(exchange, administrator, exchange.path_params["job"])
    headers = {
        "Content-Disposition": f'attachment; filename="invitations-{administrator.realm.name}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_write_report(job), media_type="text/csv; charset=utf-8", headers=headers)


def _find_job(exchange: Exchange, administrator: Administrator, token: str) -> dict[str, Any]:
    """Return the job as it stands: without its last batch where that did not come to its end."""
    job: dict[str, Any] = find_report(exchange, administrator, _JOB, token)
    pending = job.get("pending")
    if pending and pending["users"] and not _is_any_there(exchange, pending["users"]):
        undone = {str(line["number"]) for line in job["lines"][pending["cursor"] : job["cursor"]]}
        results = {number: outcome for number, outcome in job["results"].items() if number not in undone}
        job |= {"cursor": pending["cursor"], "results": results}
    return job


def _is_any_there(exchange: Exchange, ids: Sequence[str]) -> bool:
    """Tell whether a batch was committed: one of its people may have been deleted since, hardly all."""
    return exchange.session.scalar(select(User.id).where(User.id.in_(ids)).limit(1)) is not None


def _failed(results: dict[str, str], line: dict[str, Any]) -> bool:
    return results.get(str(line["number"]), "done") != "done"


def _write_report(job: dict[str, Any]) -> Iterator[str]:
    yield write_line(["line", *_RESULTS[1:], "result"])
    for line in job["lines"]:
        outcome = job["results"].get(str(line["number"]), line["problem"] or "not yet")
        yield write_line([*(str(line[name]) for name in _RESULTS), outcome])


def _verify(exchange: Exchange, administrator: Administrator, lines: Sequence[Line]) -> list[Line]:
    """Return the lines, each with its problem if it has one: unreadable, twice in the file, or taken."""
    taken = _find_taken(exchange, administrator, lines)
    verified, seen = [], set[str]()
    for line in lines:
        problem = line.problem or _find_flaw(line)
        names = _names(line)
        if not problem and names & seen:
            problem = "twice"
        if not problem and names & taken:
            problem = "taken"
        if not problem:
            seen |= names
        verified.append(replace(line, problem=problem))
    return verified


def _find_flaw(line: Line) -> str:
    try:
        verify_email(line.email)
        verify_username(line.username or line.email)
    except InvalidInput as error:
        return next(iter(error.fields))
    return "" if f"{line.given_name}{line.family_name}".isprintable() else "name"


def _names(line: Line) -> set[str]:
    return {normalise(line.email), normalise(line.username or line.email)}


def _find_taken(exchange: Exchange, administrator: Administrator, lines: Sequence[Line]) -> set[str]:
    """Return which of the names and addresses somebody has."""
    names = sorted({name for line in lines for name in _names(line)})
    taken: set[str] = set()
    for start in range(0, len(names), _CHUNK):
        chunk = [name.replace("\x00", "") for name in names[start : start + _CHUNK]]
        rows = exchange.session.execute(
            select(User.username, User.email)
            .where(User.realm_id == administrator.realm.id)
            .where(or_(User.username.in_(chunk), User.email.in_(chunk)))
        )
        taken |= {name for row in rows for name in row if name}
    return taken
