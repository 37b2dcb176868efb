"""`python -m bench`: measure, print the tables, and with ``--write`` put them into docs/performance.md."""

import argparse
import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from bench import report
from bench.authority import AuthorityBench
from bench.costs import OwnCosts
from bench.databases import Databases, open_postgresql_and_redis, open_sqlite
from bench.logins import build_credentials
from bench.measuring import Target
from bench.processes import LOAD_CORE, pin
from bench.results import Results, summarise
from bench.rounds import Bench, Scale
from bench.servers import Server, run_floor, run_provider, write_settings
from bench.world import create_world

_WARM_UP = 0.2
CONFIGURATIONS: dict[str, Callable[[Path], AbstractContextManager[Databases]]] = {
    "sqlite": open_sqlite,
    "postgresql": open_postgresql_and_redis,
}


def main() -> None:
    """Measure what the arguments name."""
    arguments = _parse_arguments()
    pin(LOAD_CORE)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        directory = Path(folder)
        directory.chmod(0o711)
        with run_floor(directory) as floor:
            names = [arguments.only] if arguments.only else list(CONFIGURATIONS)
            results = [_measure(name, directory / name, floor, arguments.rounds) for name in names]
            memory = (floor.idle_megabytes, floor.tree.resident_megabytes())
    text = report.render(results, memory)
    print(text)
    if arguments.write:
        report.write(text)


def _measure(name: str, directory: Path, floor: Server, rounds: int) -> Results:
    directory.mkdir(mode=0o711)
    with CONFIGURATIONS[name](directory) as databases:
        settings = write_settings(databases, directory)
        world = create_world(settings)
        credentials = tuple(
            build_credentials(holder, directory / "tls" / "root.pem") for holder in world.certificate_holders
        )
        with run_provider(settings, directory) as server:
            bench = Bench(
                floor=Target(floor),
                provider=Target(server, databases),
                certificate_port=settings.certificate_port,
                world=world,
                credentials=credentials,
                costs=OwnCosts(settings),
            )
            asyncio.run(bench.run_round(Scale().shrunk(_WARM_UP)))
            samples = [asyncio.run(bench.run_round(Scale())) for _ in range(rounds)]
            costs = {operation: summarise(operation, samples) for operation in samples[0]}
            loaded = server.tree.resident_megabytes()
            authority = asyncio.run(AuthorityBench(settings, bench.provider).run())
            return Results(databases.name, costs, server.ready_seconds, server.idle_megabytes, loaded, authority)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=CONFIGURATIONS, help="measure one configuration alone")
    parser.add_argument("--rounds", type=int, default=3, help="how often each operation is measured (default: 3)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
