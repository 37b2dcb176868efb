"""The tables, for the terminal and for docs/performance.md."""

from collections.abc import Sequence
from pathlib import Path

from bench import authority, rounds
from bench.results import BEYOND, BUDGETS, Cost, Results, budget_ratio

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
_BEGIN, _END = "<!-- begin: written by `python -m bench --write` -->", "<!-- end -->"
_ORDER = (
    rounds.DISCOVERY,
    rounds.JWKS,
    rounds.CLIENT_CREDENTIALS,
    rounds.USERINFO,
    rounds.INTROSPECTION,
    rounds.AUTHORIZATION,
    rounds.CODE_EXCHANGE,
    rounds.REFRESH,
    rounds.PASSWORD_LOGIN,
    rounds.CERTIFICATE_STEP,
    rounds.CERTIFICATE_LOGIN,
)
_PARTS = (rounds.ARGON2, rounds.HANDSHAKE, rounds.RS256)


def render(all_results: Sequence[Results], floor_megabytes: tuple[float, float]) -> str:
    """Return the tables of all configurations."""
    parts = [_render_ratios(all_results)]
    parts += [_render_costs(results) for results in all_results]
    return "\n\n".join((*parts, _render_authority(all_results), _render_memory(all_results, floor_megabytes))) + "\n"


def write(text: str) -> None:
    """Put the tables into the document, in the place of the last ones."""
    before, _, rest = DOCUMENT.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    DOCUMENT.write_text(f"{before}{_BEGIN}\n\n{text}\n{_END}{after}")


def _render_ratios(all_results: Sequence[Results]) -> str:
    rows = [("operation", "budget", *(results.name for results in all_results))]
    for name in BUDGETS:
        measured = (_judge(results, name) for results in all_results)
        rows.append((_label(name), f"{budget_ratio(name):.1f}", *measured))
    return "CPU of server and databases, as a multiple of the floor\n\n" + _table(rows)


def _judge(results: Results, name: str) -> str:
    ratio = results.beyond(name)
    return f"{ratio:.2f}" if ratio <= budget_ratio(name) else f"**{ratio:.2f}**"


def _render_authority(all_results: Sequence[Results]) -> str:
    header = ["operation", "budget ms"]
    for results in all_results:
        header += [f"{results.name} ms", "floors"]
    rows = [tuple(header), *(_authority_row(name, all_results) for name in authority.OPERATIONS)]
    return "Certificates: CPU of server and databases per operation\n\n" + _table(rows)


def _authority_row(name: str, all_results: Sequence[Results]) -> tuple[str, ...]:
    budget = authority.BUDGETS.get(name)
    cells = [name, f"{budget:g}" if budget else ""]
    for results in all_results:
        total = results.authority[name].total
        within = budget is None or total <= budget
        cells += [f"{total:.2f}" if within else f"**{total:.2f}**", f"{total / results.floor:.1f}"]
    return tuple(cells)


def _label(name: str) -> str:
    return f"{name}, beyond {BEYOND[name].removesuffix(' alone')}" if name in BEYOND else name


def _render_costs(results: Results) -> str:
    header = ("operation", "floors", "server ms", "databases ms", "p50 ms", "p95 ms")
    names = (rounds.FLOOR, *_ORDER, *_PARTS)
    rows = [header, *(_cost_row(results.costs[name]) for name in names)]
    return f"{results.name}: CPU per operation, and latency with eight at a time\n\n" + _table(rows)


def _cost_row(cost: Cost) -> tuple[str, ...]:
    times = (f"{cost.p50:.1f}", f"{cost.p95:.1f}") if cost.p50 else ("", "")
    return (cost.name, f"{cost.ratio:.2f}", f"{cost.server:.3f}", f"{cost.databases:.3f}", *times)


def _render_memory(all_results: Sequence[Results], floor_megabytes: tuple[float, float]) -> str:
    rows = [("process", "ready after", "resident idle", "resident after the load")]
    rows += [
        (one.name, f"{one.ready_seconds:.1f} s", f"{one.idle_megabytes:.0f} MB", f"{one.loaded_megabytes:.0f} MB")
        for one in all_results
    ]
    idle, loaded = floor_megabytes
    rows.append(("the floor", "", f"{idle:.0f} MB", f"{loaded:.0f} MB"))
    return "Start and memory\n\n" + _table(rows)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    header, *lines = (_line(row, widths) for row in rows)
    ruler = "|".join(("", *("-" * (width + 1) + (":" if i else "-") for i, width in enumerate(widths)), ""))
    return "\n".join((header, ruler, *lines))


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "| " + " | ".join((first, *others)) + " |"
