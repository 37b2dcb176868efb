"""`idp serve` as an operator runs it: listeners, mail, health, and a clean end."""

import json
import signal
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.clock import SystemClock
from idp.demo.mailbox import Mailbox, build_mailbox
from idp.demo.tls import TLSFiles, ensure_server_certificate
from idp.encryption import Cipher, create_master_key, read_master_keys
from idp.mail.outbox import enqueue
from idp.models import Event
from idp.provisioning import provision_realm
from idp.storage.database import Database
from tests.browser.patience import eventually
from tests.demo.running import Command, end_all, fetch, free_ports


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Also after a test that failed in the middle."""
    yield
    end_all()


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A mailbox without its SMTP server."""
    mailbox = build_mailbox(tmp_path)
    yield mailbox
    mailbox.stop()


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    """Settings of a small deployment."""
    port, certificate_port, management_port, smtp_port = map(str, free_ports(4))
    create_master_key(tmp_path / "master.key")
    files = TLSFiles(tmp_path / "tls")
    ensure_server_certificate(files, datetime.now(UTC))
    values = {
        "PUBLIC_URL": f"http://localhost:{port}",
        "PORT": port,
        "CERTIFICATE_PORT": certificate_port,
        "MANAGEMENT_PORT": management_port,
        "DATABASE_URL": database_url,
        "MASTER_KEY_FILE": str(tmp_path / "master.key"),
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "CERTIFICATE_TLS_CERTIFICATE_FILE": str(files.server),
        "CERTIFICATE_TLS_KEY_FILE": str(files.server_key),
    }
    return {f"IDP_{name}": value for name, value in values.items()}


def serve(environment: dict[str, str], directory: Path) -> Command:
    """Start `idp serve`, and return once it is ready."""
    command = Command(["serve"], directory, environment).start()
    management = f"http://127.0.0.1:{environment['IDP_MANAGEMENT_PORT']}"

    def ready() -> bool:
        assert command.process.poll() is None, command.finish()
        try:
            return fetch(f"{management}/health/ready")[0] == 200
        except OSError:
            return False

    eventually(ready, "the provider is ready")
    return command


@pytest.mark.every_database
def test_serve_answers_sends_mail_and_stops(
    environment: dict[str, str], database: Database, mailbox: Mailbox, tmp_path: Path
) -> None:
    """A mail that was promised while the mail server was away goes out once it is back, and leaves an event."""
    cipher, clock = Cipher(read_master_keys(tmp_path / "master.key")[0]), SystemClock()
    public = environment["IDP_PUBLIC_URL"]
    with database.transaction() as session:
        realm = provision_realm(session, cipher, clock, public_url=public, name="staff")
        enqueue(
            session, cipher, clock, realm_id=realm.id, user_id=None, template="test", recipient="alice@example.org",
            subject="Hello", text="Hello", html="",
        )  # fmt: skip
    mailbox.start_smtp("127.0.0.1", int(environment["IDP_SMTP_URL"].rpartition(":")[2]))
    command = serve(environment, tmp_path)
    assert json.loads(fetch(f"{public}/realms/staff/.well-known/openid-configuration")[1])["issuer"].startswith(public)

    def sent() -> bool:
        with database.transaction() as session:
            return session.scalar(select(Event.id).where(Event.tag == "mail:message:send")) is not None

    eventually(sent, "the mail has been sent")
    assert command.stop(signal.SIGTERM)[0] == 0


def test_log_lines_are_json_and_name_no_secret(environment: dict[str, str], tmp_path: Path) -> None:
    """At the debug level with a line for each request, without its query."""
    command = serve(environment | {"IDP_LOG_LEVEL": "debug"}, tmp_path)
    with pytest.raises(OSError, match="404"):
        fetch(f"{environment['IDP_PUBLIC_URL']}/realms/nowhere/account/?code=s3cret")
    code, error = command.stop()
    lines = [json.loads(line) for line in error.splitlines()]
    assert code == 0
    assert "ready" in [line["event"] for line in lines]
    (request,) = [line for line in lines if line["event"] == "request" and "nowhere" in line["path"]]
    assert (request["status"], request["path"]) == (404, "/realms/nowhere/account/")
    assert "s3cret" not in error


def test_taken_port_is_one_line(environment: dict[str, str], tmp_path: Path, mailbox: Mailbox) -> None:
    """And nothing has started."""
    mailbox.start_smtp("127.0.0.1", int(environment["IDP_MANAGEMENT_PORT"]))
    code, error = Command(["serve"], tmp_path, environment).start().finish()
    assert code == 2
    assert error == f"idp: port {environment['IDP_MANAGEMENT_PORT']} is taken by another program\n"
    with smtplib.SMTP("127.0.0.1", int(environment["IDP_MANAGEMENT_PORT"]), timeout=10) as connection:
        assert connection.noop()[0] == 250
