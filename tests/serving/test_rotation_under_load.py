"""`idp keys rotate` and `idp keys revoke` at two running servers, while applications ask for tokens and verify them."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from idp.clients.clients import create_client
from idp.clock import SystemClock
from idp.demo.tls import TLSFiles, ensure_server_certificate
from idp.encryption import Cipher, create_master_key, read_master_keys
from idp.keys.algorithms import ALGORITHMS
from idp.models import SigningKey
from idp.provisioning import provision_realm
from idp.storage.cache import LIFETIME
from idp.storage.database import Database
from idp.users.passwords import Argon2Parameters, PasswordHasher
from idp.users.users import create_user
from tests.browser.patience import eventually
from tests.demo.running import Command, end_all, fetch, free_ports
from tests.serving.verifying_client import CALLBACK, SECRET, VerifyingClient

PASSWORD = "correct horse battery"
ROTATIONS = 3


@pytest.fixture
def environments(tmp_path: Path, database_url: str) -> Iterator[list[dict[str, str]]]:
    """Settings of two processes that are one provider."""
    files = TLSFiles(tmp_path / "tls")
    ensure_server_certificate(files, datetime.now(UTC))
    create_master_key(tmp_path / "master.key")
    ports = free_ports(6)
    common = {
        "IDP_PUBLIC_URL": f"http://localhost:{ports[0]}",
        "IDP_DATABASE_URL": database_url,
        "IDP_MASTER_KEY_FILE": str(tmp_path / "master.key"),
        "IDP_CERTIFICATE_TLS_CERTIFICATE_FILE": str(files.server),
        "IDP_CERTIFICATE_TLS_KEY_FILE": str(files.server_key),
    }
    names = ("IDP_PORT", "IDP_CERTIFICATE_PORT", "IDP_MANAGEMENT_PORT")
    yield [common | dict(zip(names, map(str, ports[half : half + 3]), strict=True)) for half in (0, 3)]
    end_all()


@pytest.fixture
def clients(environments: list[dict[str, str]], database: Database, tmp_path: Path) -> Iterator[list[VerifyingClient]]:
    """A realm with a person, and for each algorithm an application in which she is signed in; both servers run."""
    seed(database, tmp_path, environments[0]["IDP_PUBLIC_URL"])
    for environment in environments:
        serve(environment, tmp_path)
    urls = [f"http://localhost:{environment['IDP_PORT']}" for environment in environments]
    clients = [VerifyingClient(algorithm, urls) for algorithm in ALGORITHMS]
    for client in clients:
        client.sign_in("alice", PASSWORD)
    yield clients
    for client in clients:
        client.stop()
        client.http.close()


def seed(database: Database, directory: Path, public_url: str) -> None:
    cipher, clock = Cipher(read_master_keys(directory / "master.key")[0]), SystemClock()
    with database.transaction() as session:
        realm = provision_realm(session, cipher, clock, public_url=public_url, name="staff")
        realm.access_token_lifetime = 3600
        hasher = PasswordHasher(Argon2Parameters(8192, 1, 1))
        create_user(session, hasher, clock, realm_id=realm.id, username="alice", password=PASSWORD)
        for algorithm in ALGORITHMS:
            client = create_client(
                session, cipher, clock, realm_id=realm.id, client_id=f"app-{algorithm}", secret=SECRET,
                redirect_uris=[CALLBACK], pkce_required=False, scope="openid offline_access",
                grant_types=["authorization_code", "refresh_token", "client_credentials"],
            )  # fmt: skip
            client.id_token_signed_response_alg = client.access_token_signed_response_alg = algorithm


def serve(environment: dict[str, str], directory: Path) -> None:
    command = Command(["serve"], directory, environment).start()
    management = f"http://127.0.0.1:{environment['IDP_MANAGEMENT_PORT']}"

    def ready() -> bool:
        assert command.process.poll() is None, command.finish()
        try:
            return fetch(f"{management}/health/ready")[0] == 200
        except OSError:
            return False

    eventually(ready, "the server is ready")


def run(environment: dict[str, str], directory: Path, *arguments: str) -> tuple[int, str, str]:
    command = Command([*arguments, "--realm", "staff"], directory, environment).start()
    code, error = command.finish()
    return code, command.printed, error


def go_on(clients: list[VerifyingClient], rounds: int = 3) -> None:
    """Return when every client has gone through a few more rounds."""
    goals = [client.rounds + rounds for client in clients]
    eventually(lambda: all(c.rounds >= goal for c, goal in zip(clients, goals, strict=True)), "the clients go on")


def see_keys(clients: list[VerifyingClient], count: int) -> None:
    """Return when every client has had tokens signed by so many keys."""
    eventually(lambda: all(len(client.kids) >= count for client in clients), "the clients see the new key")


def published(url: str) -> set[str]:
    """Return the kids in the key set of a worker."""
    keys = json.loads(fetch(f"{url}/realms/staff/protocol/openid-connect/certs")[1])["keys"]
    return {key["kid"] for key in keys}


def kids(database: Database, status: str) -> set[str]:
    with database.transaction() as session:
        return set(session.scalars(select(SigningKey.kid).where(SigningKey.status == status)))


def ripen(database: Database, urls: list[str]) -> None:
    """Do what a minute does, once both workers publish the next keys: these clients keep a key set for less."""
    eventually(lambda: all(kids(database, "next") <= published(url) for url in urls), "the next keys are published")
    with database.transaction() as session:
        session.execute(update(SigningKey).values(ready_at=SigningKey.created_at))


@pytest.mark.every_database
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # EdDSA has another name since RFC 9864
def test_rotations_under_load_fail_no_verification_and_revocation_is_at_once(
    environments: list[dict[str, str]], clients: list[VerifyingClient], database: Database, tmp_path: Path
) -> None:
    """OpenID Connect Core section 10.1.1: at the application, at UserInfo and at introspection, before and after."""
    urls = list(clients[0].urls)
    for client in clients:
        client.start()
    go_on(clients)
    for number in range(ROTATIONS):
        if number == 1:
            code, _, error = run(environments[0], tmp_path, "keys", "rotate")
            assert (code, "may sign from" in error) == (1, True), error
        ripen(database, urls)
        upcoming = kids(database, "next")
        code, printed, error = run(environments[number % 2], tmp_path, "keys", "rotate")
        assert (code, {line.split()[1] for line in printed.splitlines()}) == (0, upcoming), error
        see_keys(clients, number + 2)
    for client in clients:
        client.stop()

    assert [failure for client in clients for failure in client.failures] == []
    for client in clients:
        assert len(client.kids) == ROTATIONS + 1
        assert client.keys.fetches <= ROTATIONS + 1

    stolen = clients[0].ask_for_own_token(0)
    assert all(clients[0].is_active(token, 1) for token in (stolen, clients[0].first_token))
    before = kids(database, "active") | kids(database, "next") | kids(database, "retired")
    code, _, error = run(environments[0], tmp_path, "keys", "revoke", "--all")
    assert code == 0, error
    done = time.monotonic()
    eventually(lambda: time.monotonic() > done + LIFETIME, "a second has passed")
    for worker, url in enumerate(urls):
        assert not before & published(url)
        assert not clients[0].is_active(stolen, worker)
        assert not clients[0].is_active(clients[0].first_token, worker)
        fresh = clients[0].ask_for_own_token(worker)
        clients[0].verify(fresh)
        assert clients[0].is_active(fresh, 1 - worker)
