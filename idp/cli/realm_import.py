"""`idp realm import`: a realm out of Keycloak's export, or out of our own."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from idp.cli.workbench import ConfigOption, Tools, build_hasher, open_tools

if TYPE_CHECKING:
    from idp.transfer.importing import Progress
    from idp.transfer.job import Job, Unit
    from idp.transfer.report import Line, Report

_MOST_LINES = 100


def import_realm(
    file: Annotated[
        Path, typer.Argument(exists=True, help="The export: a file, or the folder that `kc.sh export --dir` wrote.")
    ],
    *,
    realm: Annotated[str, typer.Option("--realm", "-r", help="The realm's name here; without it, the export's.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do it all, tell what comes of it, and undo it.")] = False,
    users_only: Annotated[bool, typer.Option("--users-only", help="People alone, into a realm that is there.")] = False,
    on_conflict: Annotated[
        str, typer.Option(metavar="skip|update|fail", help="What to do about what is there.")
    ] = "skip",
    report: Annotated[Path | None, typer.Option(help="Write a line for each object into this file.")] = None,
    config: ConfigOption = None,
) -> None:
    """Take over a realm: settings, roles, groups, applications, and people with their passwords.

    Each object is taken as a whole or not at all. A second run goes on where the first one stopped.
    """
    from idp.transfer.importing import import_export

    with ExitStack() as stack:
        tools = stack.enter_context(open_tools(config))
        told = stack.enter_context(_open_report(report))
        unit = stack.enter_context(_open_unit(tools, dry_run=dry_run))
        job = _build_job(tools, unit, told.report, on_conflict)
        with _show_progress(file) as progress:
            import_export(job, file, name=realm, users_only=users_only, progress=progress)
    told.print_summary(dry_run=dry_run)
    if job.report.failed:
        raise typer.Exit(1)


def _build_job(tools: Tools, unit: "Unit", report: "Report", on_conflict: str) -> "Job":
    from idp.transfer.job import Job, Means, OnConflict

    if on_conflict not in list(OnConflict):
        raise typer.BadParameter("--on-conflict is skip, update or fail.")
    settings = tools.settings
    means = Means(tools.cipher, tools.clock, build_hasher(settings), settings.public_url, settings.published_at)
    return Job(means, unit, report, OnConflict(on_conflict))


@contextmanager
def _open_unit(tools: Tools, *, dry_run: bool) -> Iterator["Unit"]:
    from idp.transfer.units import build_unit, rehearse

    if dry_run:
        with rehearse(tools.database) as unit:
            yield unit
    else:
        yield build_unit(tools.database)


class _Telling:
    """Writes each line into the file, and keeps for the terminal what failed and what has no counterpart."""

    def __init__(self, file: TextIO | None) -> None:
        from idp.transfer.report import Report

        self.report = Report(self._tell)
        self._file = file
        self._failures: list[str] = []
        self._left: Counter[str] = Counter()

    def _tell(self, line: "Line") -> None:
        from idp.transfer.report import Outcome

        if self._file is not None:
            self._file.write(f"{line}\n")
        if line.outcome is Outcome.FAILED and len(self._failures) < _MOST_LINES:
            self._failures.append(str(line))
        if line.outcome is Outcome.LEFT:
            text = f"{line.kind}: {line.text}" if line.kind == "user" else f"{line.kind} {line.name}: {line.text}"
            if text in self._left or len(self._left) < _MOST_LINES:
                self._left[text] += 1

    def print_summary(self, *, dry_run: bool) -> None:
        """Print the numbers to standard output, and what failed to standard error."""
        from idp.transfer.report import Outcome

        for text, number in self._left.items():
            typer.echo(f"no counterpart: {text}" + (f" ({number} times)" if number > 1 else ""))
        for (outcome, kind), number in sorted(self.report.counts.items()):
            if outcome is not Outcome.LEFT:
                typer.echo(f"{outcome}: {number} × {kind}")
        for line in self._failures:
            typer.echo(line, err=True)
        hidden = self.report.count(Outcome.FAILED) - len(self._failures)
        if hidden:
            typer.echo(f"{hidden} more failed: --report FILE has them all.", err=True)
        if dry_run:
            typer.echo("Nothing was changed: this was a rehearsal.")


@contextmanager
def _open_report(path: Path | None) -> Iterator[_Telling]:
    if path is None:
        yield _Telling(None)
        return
    with path.open("w", encoding="utf-8") as file:
        yield _Telling(file)


@contextmanager
def _show_progress(file: Path) -> Iterator["Progress"]:
    """Yield what shows how far it is: a bar on a terminal, a line for every ten thousand people elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from idp.transfer.export_files import find_export
    from idp.transfer.importing import Progress as Listener

    done = 0
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[people]} people"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading", total=find_export(file).size, people=0)

        def count(number: int) -> None:
            nonlocal done
            before, done = done, done + number
            bar.update(task, people=done)
            if not console.is_terminal and before // 10_000 != done // 10_000:
                print(f"{done} people", file=sys.stderr)

        yield Listener(on_read=lambda size: bar.advance(task, size), on_done=count)
