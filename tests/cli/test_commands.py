"""The commands that work on the database."""

import io
import json
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import select

from idp.clients.clients import find_client
from idp.encryption import Cipher, read_master_keys
from idp.models import Event, OutgoingMail, Realm, User
from idp.storage.database import Database
from idp.users.authority import find_authority_of_user
from idp.users.passwords import Argon2Parameters, PasswordHasher
from tests.certificates import Authority
from tests.cli.conftest import Run
from tests.cli.planted import make_realm

pytestmark = pytest.mark.usefixtures("bench")
PASSWORD = "correct horse battery"


@pytest.fixture
def realm(run: Run, bench: Path) -> str:
    """A realm made by the command."""
    return make_realm(run, "--display-name", "Staff")


def create_user(run: Run, monkeypatch: pytest.MonkeyPatch, password: str, *options: str) -> object:
    """Run `idp user create alice` with *password* on standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    return run("user", "create", "alice", "--realm", "staff", "--password-stdin", *options)


def test_created_realm_is_listed_with_its_issuer(run: Run, realm: str) -> None:
    """The issuer is what applications need."""
    result = run("realm", "list")
    assert result.out == f"{realm}  https://id.example.org/realms/{realm}  Staff\n"


def test_created_realm_leaves_an_event(realm: str, database: Database) -> None:
    """What the command line does can be found later."""
    with database.transaction() as session:
        event = session.scalars(select(Event)).one()
    assert (event.tag, event.details) == ("admin:realm:create", {"name": realm, "by": "command line"})


def test_realm_is_changed_and_shown(run: Run, realm: str, database: Database) -> None:
    """The event says what was changed."""
    assert run("realm", "set", realm, "certificate_policy=required", "certificate_lifetime=180d").code == 0

    shown = run("realm", "show", realm).out.splitlines()
    assert {"certificate_policy=required", "certificate_lifetime=180d", "display_name=Staff"} <= set(shown)
    with database.transaction() as session:
        event = session.scalars(select(Event).where(Event.tag == "admin:realm:change")).one()
    assert event.details["certificate_policy"] == "required"


@pytest.mark.parametrize("change", ["certificate_policy=reqired", "no_such=1", "certificate_policy"])
def test_wrong_change_of_a_realm_is_refused(run: Run, realm: str, change: str) -> None:
    """Wrong input is exit code 2, and nothing is changed."""
    assert run("realm", "set", realm, "password_min_length=12", change).code == 2
    assert "password_min_length=10" in run("realm", "show", realm).out


def test_realm_that_is_there_is_refused(run: Run, realm: str) -> None:
    """One line, exit code 1, and nothing half done."""
    result = run("realm", "create", realm)
    assert (result.code, result.err) == (1, "idp: there is a realm 'staff' already\n")


def test_wrong_realm_name_is_refused(run: Run) -> None:
    """Wrong input is exit code 2."""
    result = run("realm", "create", "Staff")
    assert result.code == 2
    assert result.err.startswith("idp: name: ")


@pytest.mark.usefixtures("realm")
def test_user_is_created_with_the_password_from_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """Everything that was said is in the account."""
    options = ["--email", "Alice@example.org", "--email-verified", "--given-name", "Alice", "--family-name", "Example"]
    assert create_user(run, monkeypatch, PASSWORD, *options).code == 0  # type: ignore[attr-defined]
    with database.transaction() as session:
        user = session.scalars(select(User)).one()
    assert (user.username, user.email, user.email_verified, user.name) == (
        "alice",
        "alice@example.org",
        True,
        "Alice Example",
    )
    PasswordHasher(Argon2Parameters(64, 1, 1)).verify(PASSWORD, user.password_hash)


@pytest.mark.usefixtures("realm")
def test_weak_password_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the realm's own policy."""
    result = create_user(run, monkeypatch, "short")
    assert (result.code, result.err) == (2, "idp: password: Use at least 10 characters.\n")  # type: ignore[attr-defined]


@pytest.mark.usefixtures("realm")
def test_password_is_no_argument(run: Run) -> None:
    """Arguments can be seen by everybody on the machine."""
    assert run("user", "create", "alice", "--realm", "staff", "--password", PASSWORD).code == 2


@pytest.mark.parametrize(
    "command",
    [
        ["user", "create", "alice", "--password-stdin"],
        ["client", "create", "app"],
        ["ca", "show"],
        ["keys", "rotate"],
    ],
)
def test_unknown_realm_is_a_line(run: Run, command: list[str]) -> None:
    """Every command names the realm it did not find."""
    result = run(*command, "--realm", "nowhere")
    assert (result.code, result.err) == (1, "idp: there is no realm 'nowhere'\n")


def test_confidential_client_prints_its_secret_once(run: Run, realm: str, database: Database, bench: Path) -> None:
    """The secret is stored encrypted, and is the one that was printed."""
    uri = "https://app.example.org/callback"
    result = run("client", "create", "app", "--realm", realm, "--redirect-uri", uri, "--require-certificate")
    first, second = result.out.splitlines()
    assert first == "client_id: app"
    secret = second.removeprefix("client_secret: ")
    with database.transaction() as session:
        realm_id = session.scalars(select(Realm.id)).one()
        client = find_client(session, realm_id, "app")
    assert client is not None
    assert client.secret_encrypted is not None
    cipher = Cipher(read_master_keys(bench / "master.key")[0])
    assert cipher.decrypt(client.secret_encrypted, "client.secret").decode() == secret
    assert (client.redirect_uris, client.certificate_policy) == ([uri], "required")


def test_public_client_has_no_secret(run: Run, realm: str) -> None:
    """There is nothing to print."""
    result = run("client", "create", "cli", "--realm", realm, "--public", "--redirect-uri", "http://127.0.0.1/callback")
    assert result.out == "client_id: cli\n"


def test_wrong_redirect_uri_is_refused(run: Run, realm: str) -> None:
    """Wildcards, for one."""
    result = run("client", "create", "app", "--realm", realm, "--redirect-uri", "https://*.example.org/")
    assert result.code == 2
    assert result.err.startswith("idp: redirect_uris: ")


def test_authorities_are_shown_for_people_and_as_pem(run: Run, realm: str) -> None:
    """The PEM form is what a proxy's configuration wants."""
    text = run("ca", "show", "--realm", realm).out
    assert "issuing (active): " in text
    assert "root (active): " in text
    certificates = x509.load_pem_x509_certificates(run("ca", "show", "--realm", realm, "--pem").out.encode())
    issuing, root = certificates
    issuing.verify_directly_issued_by(root)


def test_root_of_somebody_else_is_trusted_once(run: Run, realm: str, bench: Path) -> None:
    """For applications' certificates; what is no root is refused."""
    root = Authority.create("Corporate Root")
    file, key_file = root.write_pem(bench)
    trusted = run("ca", "trust", file, "--realm", realm)
    assert (trusted.code, trusted.out.partition(",")[0]) == (0, "trusted: CN=Corporate Root")
    assert root.pem in run("ca", "show", "--realm", realm, "--pem").out
    assert run("ca", "trust", file, "--realm", realm).code == 1
    assert run("ca", "trust", key_file, "--realm", realm).code == 2


def test_database_that_is_current_says_so(run: Run) -> None:
    """Upgrading again does nothing."""
    revision = run("db", "current")
    assert (revision.code, revision.err) == (0, "")
    assert run("db", "upgrade").out == f"The database is at revision {revision.out.strip()}.\n"


def test_empty_database_is_upgraded(run: Run, monkeypatch: pytest.MonkeyPatch, bench: Path) -> None:
    """From no tables to all, and commands work then."""
    monkeypatch.setenv("IDP_DATABASE_URL", f"sqlite:///{bench / 'new.sqlite3'}")
    before = run("db", "current")
    assert (before.code, before.out) == (1, "no tables\n")
    refused = run("realm", "list")
    assert (refused.code, refused.err) == (
        2,
        "idp: the tables are not those of this version: run `idp db upgrade`\n",
    )
    assert run("db", "upgrade").code == 0
    assert run("realm", "create", "staff").code == 0


def test_unreachable_database_is_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a traceback, and never the password in the URL."""
    monkeypatch.setenv("IDP_DATABASE_URL", "postgresql://idp:s3cret@127.0.0.1:1/idp")
    result = run("db", "upgrade")
    assert result.code == 1
    assert len(result.err.splitlines()) == 1
    assert "s3cret" not in result.err


def test_folder_of_the_database_that_is_missing_is_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own reason."""
    monkeypatch.setenv("IDP_DATABASE_URL", "sqlite:////nowhere/idp.sqlite3")
    result = run("db", "upgrade")
    assert (result.code, result.err) == (1, "idp: the database: unable to open database file\n")


def test_event_details_hold_no_secret(run: Run, realm: str, database: Database) -> None:
    """A client's event names the client and not its secret."""
    result = run("client", "create", "app", "--realm", realm)
    secret = result.out.splitlines()[1].removeprefix("client_secret: ")
    with database.transaction() as session:
        details = json.dumps([event.details for event in session.scalars(select(Event))])
    assert '"client_id": "app"' in details
    assert secret not in details


@pytest.mark.usefixtures("realm")
def test_people_and_clients_are_given_permissions(
    run: Run, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their realm, and in master also over another; names that are none are refused."""
    create_user(run, monkeypatch, PASSWORD)
    assert run("user", "grant", "Alice", "view-users", "manage-mail", "--realm", "staff").code == 0
    assert run("client", "create", "robot", "--realm", "staff", "--grant-type", "client_credentials").code == 0
    assert run("client", "grant", "robot", "realm-admin", "--realm", "staff").code == 0
    for wrong in ("admin", "nonsense", "nowhere:view-users", ""):
        assert run("user", "grant", "alice", wrong, "--realm", "staff").code == 1
    assert run("user", "grant", "nobody", "view-users", "--realm", "staff").code == 1
    with database.transaction() as session:
        realm = session.scalars(select(Realm)).one()
        alice, robot = session.scalars(select(User).order_by(User.username)).all()
        events = session.scalars(select(Event).where(Event.tag == "admin:user:give-roles").order_by(Event.at)).all()
        assert find_authority_of_user(session, alice.id).holds(realm.id, "view-mail")
        assert find_authority_of_user(session, robot.id).holds(realm.id, "manage-realm")
    assert robot.username == "service-account-robot"
    assert [event.details["roles"] for event in events] == [["view-users", "manage-mail"], ["realm-admin"]]


@pytest.mark.usefixtures("realm")
def test_account_is_created_with_an_invitation_and_invited_again(run: Run, database: Database) -> None:
    """No password is asked for; the mail is queued with the account, and the event says who invited."""
    options = ["--realm", "staff", "--email", "dora@example.org", "--invite", "--require-certificate"]
    assert run("user", "create", "dora", *options).code == 0
    result = run("user", "invite", "DORA", "--realm", "staff", "--lifetime", "2d")
    assert (result.code, result.out) == (0, "An invitation to dora@example.org is on its way.\n")
    with database.transaction() as session:
        user = session.scalars(select(User)).one()
        invited = session.scalars(select(Event).where(Event.tag == "admin:user:invite").order_by(Event.at)).all()
        mails = session.scalars(select(OutgoingMail)).all()
        assert (user.password_hash, user.two_factor_enabled_at) == (None, None)
    assert [(event.details["certificate_required"], event.details["minutes"]) for event in invited] == [
        (True, 10080),
        (False, 2880),
    ]
    assert {event.details["by"] for event in invited} == {"command line"}
    assert [mail.template for mail in mails] == ["invitation"] * 2


@pytest.mark.usefixtures("realm")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["create", "eve", "--invite"], 2),
        (["create", "eve", "--email", "eve@example.org", "--invite", "--lifetime", "soon"], 2),
        (["create", "eve", "--email", "eve@example.org", "--invite", "--lifetime", "31d"], 2),
        (["create", "eve", "--email", "eve@example.org", "--invite", "--password-stdin"], 2),
        (["create", "eve", "--email", "eve@example.org", "--require-certificate"], 2),
        (["invite", "nobody"], 1),
    ],
)
def test_invitation_that_cannot_be_creates_no_account(
    run: Run, database: Database, options: list[str], code: int
) -> None:
    """One line, and nothing half done."""
    result = run("user", *options, "--realm", "staff")
    assert result.code == code
    assert result.err
    with database.transaction() as session:
        assert session.scalars(select(User)).all() == []
