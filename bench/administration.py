"""`python -m bench.administration`: how long lists and searches of administrators take in a realm of a million people.

The API and the console answer in this process, one request after the other, as their handlers do in the server's; PostgreSQL is
a server of its own with its defaults. CPU is told beside time, because the machine may have others to serve as well; the cheapest
of the rounds counts.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import psycopg
from starlette.testclient import TestClient

from bench.crowd import Size, fill, plant
from bench.databases import Databases, open_postgresql
from bench.listing import Listing, list_all
from idp.app import create_app
from idp.clients.clients import create_client
from idp.encryption import create_master_key
from idp.models import MASTER
from idp.provisioning import ensure_management, provision_realm
from idp.settings import Settings, read_settings
from idp.users.management_roles import get_permission
from idp.users.role_mappings import give_roles
from idp.users.users import create_user
from idp.web.services import Services

REALM, ADMINISTRATOR, PASSWORD = "crowd", "root", "bench-password"
LIMIT = 150.0


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one round: half of the requests and 95 in 100 took no more time, and no more CPU, PostgreSQL's included."""

    p50: float
    p95: float
    cpu_p50: float
    cpu_p95: float


def main() -> None:
    """Measure what the arguments name."""
    arguments = _parse_arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        directory = arguments.data or Path(folder)
        directory.mkdir(exist_ok=True)
        directory.chmod(0o711)
        with open_postgresql(directory) as databases:
            settings = _write_settings(databases, directory)
            with _open_administrator(settings, databases, Size().shrunk(arguments.part)) as (client, listings):
                _measure_all(client, databases, listings, arguments)


def _measure_all(
    client: TestClient, databases: Databases, listings: Sequence[Listing], arguments: argparse.Namespace
) -> None:
    print("| list or search | CPU p50 ms | CPU p95 ms | p50 ms | p95 ms |")
    print("|----------------|-----------:|-----------:|-------:|-------:|")
    for listing in listings:
        if arguments.only in listing.name:
            rounds = [_measure(client, databases, listing) for _ in range(arguments.rounds)]
            print(_row(listing.name, min(rounds, key=lambda timing: timing.cpu_p95)), flush=True)


def _measure(client: TestClient, databases: Databases, listing: Listing) -> Timing:
    client.get(listing.paths[0])  # once in vain: templates and statements are compiled
    times, costs = [], []
    for path in listing.paths:
        used, started = _cpu_seconds(databases), time.perf_counter()
        response = client.get(path)
        times.append((time.perf_counter() - started) * 1000)
        costs.append((_cpu_seconds(databases) - used) * 1000)
        if response.status_code != 200:
            raise SystemExit(f"{response.status_code} instead of 200: {path} {response.text[:500]}")
    return Timing(median(times), quantiles(times, n=20)[18], median(costs), quantiles(costs, n=20)[18])


def _cpu_seconds(databases: Databases) -> float:
    return time.process_time() + databases.cpu_seconds()


def _row(name: str, best: Timing) -> str:
    cpu = f"{best.cpu_p95:.0f}" if best.cpu_p95 <= LIMIT else f"**{best.cpu_p95:.0f}**"
    return f"| {name} | {best.cpu_p50:.0f} | {cpu} | {best.p50:.0f} | {best.p95:.0f} |"


@contextmanager
def _open_administrator(
    settings: Settings, databases: Databases, size: Size
) -> Iterator[tuple[TestClient, Sequence[Listing]]]:
    app = create_app(settings)
    services: Services = app.state.services
    try:
        ids = _settle(services, settings)
        if ids:
            started = time.monotonic()
            fill(databases.database_url, ids, size)
            print(f"filled in {time.monotonic() - started:.0f} s", flush=True)
        with TestClient(app, base_url=settings.public_url) as client:
            _sign_in(client)
            with psycopg.connect(databases.database_url) as connection:
                listings = list_all(connection, REALM, size)
            yield client, listings
    finally:
        services.ephemeral.close()
        services.database.close()


def _write_settings(databases: Databases, directory: Path) -> Settings:
    key = directory / "master.key"
    create_master_key(key)
    url = "http://localhost:8080"  # nothing listens there
    return read_settings(environ={}, public_url=url, database_url=databases.database_url, master_key_file=key)


def _settle(services: Services, settings: Settings) -> dict[str, str]:
    """Make the realms and the administrator; return the rows to multiply, none where that has been done before."""
    with services.database.begin() as transaction:
        session, cipher, clock = transaction.session, services.cipher, services.clock
        if services.realms.get(MASTER) is not None:
            return {}
        master, realm = (
            provision_realm(session, cipher, clock, public_url=settings.public_url, name=name)
            for name in (MASTER, REALM)
        )
        ensure_management(session, cipher, clock, realm)
        user = create_user(
            session, services.passwords, clock, realm_id=master.id, username=ADMINISTRATOR, password=PASSWORD
        )
        give_roles(session, user.id, [get_permission(session, master, "admin")])
        api = create_client(session, cipher, clock, realm_id=master.id, client_id="bench", secret=None)
        api.direct_access_grants_enabled, api.admin_api, api.access_token_lifetime = True, True, 86_400
        return plant(transaction, cipher, clock, services.passwords, realm)


def _sign_in(client: TestClient) -> None:
    """Sign in to the API and to the console, each as it is done."""
    form = {"client_id": "bench", "grant_type": "password", "username": ADMINISTRATOR, "password": PASSWORD}
    tokens = client.post(f"/realms/{MASTER}/protocol/openid-connect/token", data={**form, "scope": "openid"}).json()
    page = client.get(f"/admin/{MASTER}/console/")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "username": ADMINISTRATOR, "password": PASSWORD}
    client.post(str(page.url), data=form)
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.administration", description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="a part of a million people, and so on (default: 1)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each list is measured (default: 3)")
    parser.add_argument("--only", default="", help="measure the lists that have this in their names")
    parser.add_argument("--data", type=Path, help="keep the data in this folder, and use what is there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
