"""`idp demo` as somebody starts it, stops it, kills it, and starts it again."""

import json
import signal
import socket
import sqlite3
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.running import Command, Demo, end_all, fetch
from tests.services import require_binary


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that runs for all tests of this file which only look at it."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    command = demo.start()
    demo.printed = command.printed
    yield demo
    code, error = command.stop()
    assert (code, error) == (0, "")


@pytest.fixture(scope="module", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Also after a test that failed in the middle."""
    yield
    end_all()


def query(demo: Demo, statement: str) -> list[tuple[str, ...]]:
    """Ask the demo's database."""
    connection = sqlite3.connect(demo.data / "idp.sqlite3")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_table_names_addresses_and_credentials(demo: Demo) -> None:
    """All that is needed to begin stands on the screen."""
    for expected in (
        demo.url("app-port"),
        demo.url("app-port", "/second/"),
        demo.url("port", "/realms/demo/account/"),
        demo.url("mailbox-port"),
        demo.url("management-port", "/health/ready"),
        f"https://<label>.cert.localhost:{demo.ports['certificate-port']}",
        "alice / alice-demo-password",
        "bob / bob-demo-password",
        "admin / admin-demo-password",
        "demo-app / demo-app-secret",
        f"demo trust --data {demo.data}",
    ):
        assert expected in demo.printed
    assert demo.printed.endswith("\nready\n")


def test_every_port_answers(demo: Demo) -> None:
    """Provider, applications, mailbox, management; the applications find the provider by discovery."""
    assert fetch(demo.url("management-port", "/health/ready"))[0] == 200
    issuer = demo.url("port", "/realms/demo")
    metadata = json.loads(fetch(f"{issuer}/.well-known/openid-configuration")[1])
    assert metadata["issuer"] == issuer
    assert json.loads(fetch(demo.url("mailbox-port", "/api/messages"))[1]) is not None
    for path in ("/login", "/second/login"):
        assert "Password" in fetch(demo.url("app-port", path))[1]
    assert "idp_http_requests_total" in fetch(demo.url("management-port", "/metrics"))[1]
    with socket.create_connection(("127.0.0.1", demo.ports["mail-port"]), timeout=10) as connection:
        assert connection.recv(3) == b"220"


def test_certificate_listener_has_the_demos_certificate_and_asks_for_one(demo: Demo) -> None:
    """The root of the data folder is all that a browser needs to trust."""
    context = ssl.create_default_context(cafile=demo.data / "tls" / "root.pem")
    address = ("127.0.0.1", demo.ports["certificate-port"])
    with (
        socket.create_connection(address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="abc.cert.localhost") as connection,
    ):
        assert connection.version() == "TLSv1.3"


def test_second_demo_on_the_folder_is_refused(demo: Demo) -> None:
    """One line, exit code 2, and the first goes on."""
    other = Demo(demo.directory)
    code, error = other.command().finish()
    assert code == 2
    assert error == f"idp: another demo is running on the data folder {demo.data}\n"
    assert fetch(demo.url("management-port", "/health/ready"))[0] == 200


@pytest.mark.parametrize(
    "name", ["port", "certificate-port", "management-port", "app-port", "mail-port", "mailbox-port"]
)
def test_taken_port_is_one_line(tmp_path: Path, name: str) -> None:
    """It says which port, and the option that names another."""
    demo = Demo(tmp_path)
    with socket.create_server(("127.0.0.1", demo.ports[name])):
        code, error = demo.command().finish()
    assert code == 2
    assert error == f"idp: port {demo.ports[name]} is taken by another program: name a free one with --{name}\n"


def test_data_outlives_ctrl_c_a_kill_and_moved_ports(tmp_path: Path) -> None:
    """Accounts stay, addresses follow; `--reset` alone starts afresh, and keeps the root that browsers trust."""
    demo = Demo(tmp_path)
    stopped = demo.start()
    assert stopped.stop() == (0, "")
    assert "Traceback" not in stopped.printed
    users = query(demo, "SELECT id, password_hash FROM user_account ORDER BY id")
    assert len(users) == 3
    root = (demo.data / "tls" / "root.pem").read_bytes()

    demo.move()
    killed = demo.start()
    assert "Preparing the database" not in killed.printed
    ((uris,),) = query(demo, "SELECT redirect_uris FROM client WHERE client_id = 'demo-app'")
    assert json.loads(uris) == [demo.url("app-port", "/callback")]
    killed.stop(signal.SIGKILL)

    again = demo.start()
    assert query(demo, "SELECT id, password_hash FROM user_account ORDER BY id") == users
    assert again.stop(signal.SIGTERM) == (0, "")

    afresh = demo.start("--reset")
    assert query(demo, "SELECT id, password_hash FROM user_account ORDER BY id") != users
    assert (demo.data / "tls" / "root.pem").read_bytes() == root
    assert afresh.stop() == (0, "")


def test_master_key_of_another_database_is_one_line(tmp_path: Path) -> None:
    """Somebody deleted the key: its data cannot be read any more, and the way out is named."""
    demo = Demo(tmp_path)
    assert demo.start().stop() == (0, "")
    (demo.data / "master.key").unlink()
    code, error = demo.command().finish()
    assert code == 2
    assert "is not the master key that the database was written under: put that back, or start with --reset" in error
    assert not (demo.data / "master.key").exists()
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_demo_runs_on_postgresql_and_redis(tmp_path: Path, database_url: str, redis_url: str) -> None:
    """By setting two URLs, and nothing of it is in the folder then."""
    demo = Demo(tmp_path)
    command = demo.start(IDP_DATABASE_URL=database_url, IDP_REDIS_URL=redis_url)
    assert fetch(demo.url("management-port", "/health/ready"))[0] == 200
    assert "Password" in fetch(demo.url("app-port", "/login"))[1]
    assert command.stop() == (0, "")
    assert not (demo.data / "idp.sqlite3").exists()
    code, error = demo.command("--reset", IDP_DATABASE_URL=database_url).finish()
    assert (code, "IDP_DATABASE_URL" in error) == (2, True)


def test_trust_goes_into_a_scratch_home_and_out_again(tmp_path: Path) -> None:
    """Before the first start as well: the root is made then, and the demo uses it."""
    require_binary("certutil", package="libnss3-tools")
    home = tmp_path / "home"
    home.mkdir()
    arguments = ["demo", "trust", "--data", str(tmp_path / "data")]
    for options, said in (([], "now trusts"), ([], "already"), (["--remove"], "no longer trusts")):
        command = Command([*arguments, *options], tmp_path, {"HOME": str(home)}).start()
        code, error = command.finish()
        assert (code, error) == (0, "")
        assert said in command.printed
