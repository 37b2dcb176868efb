"""`idp client`: every setting of an application, and the tokens with which applications register themselves."""

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.clients.initial_access_tokens import digest_of
from idp.clients.metadata.document import MEMBERS
from idp.models import Client, Event, InitialAccessToken
from idp.storage.database import Database
from tests.cli.conftest import Result, Run
from tests.cli.planted import make_realm

pytestmark = pytest.mark.usefixtures("bench", "realm")
CALLBACK = "https://app.example.org/callback"


@pytest.fixture
def realm(run: Run) -> str:
    """A realm made by the command."""
    return make_realm(run)


def create(run: Run, *options: str | Path, client_id: str = "app") -> Result:
    """Register a client with a redirect URI."""
    return run("client", "create", client_id, "--realm", "staff", "--redirect-uri", CALLBACK, *options)


def shown(run: Run, client_id: str = "app") -> dict[str, str]:
    """Return what `idp client show` prints."""
    lines = run("client", "show", client_id, "--realm", "staff").out.splitlines()
    return dict(line.split("=", 1) for line in lines)


def change(run: Run, *changes: str | Path) -> Result:
    """Change the client."""
    return run("client", "set", "app", "--realm", "staff", *changes)


def test_every_setting_is_shown_and_can_be_set_back(run: Run) -> None:
    """What `show` prints is what `set` takes: nothing is different afterwards."""
    create(run, "--name", "The App", "--set", 'response_types=["code"]', "--set", "default_max_age=60")
    before = shown(run)

    assert before.keys() == MEMBERS.keys()
    assert change(run, *[f"{name}={value}" for name, value in before.items()]).code == 0
    assert shown(run) == before
    assert (before["client_name"], before["default_max_age"], before["pkce_required"]) == ("The App", "60", "true")


def test_document_of_a_developer_is_taken(run: Run, bench: Path) -> None:
    """The same members as for registration, and an administrator's own; what is typed wins."""
    file = bench / "client.json"
    document = {
        "client_name": "The App", "client_name#de": "Die App", "subject_type": "pairwise", "first_party": True,
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example.org/jwks", "scope": "openid",
    }  # fmt: skip
    file.write_text(json.dumps(document))
    result = create(run, "--metadata", file, "--set", "scope=openid email")

    assert result.out == "client_id: app\n"  # no secret: it signs
    told = json.loads(run("client", "show", "app", "--realm", "staff", "--json").out)
    kept = {name: value for name, value in document.items() if "#" not in name}
    assert {name: told[name] for name in kept} == {**kept, "scope": "openid email"}


def test_shown_document_makes_the_same_client(run: Run, bench: Path) -> None:
    """From one realm to another."""
    create(run, "--set", "contacts=a@example.org,b@example.org", "--set", "dpop_bound_access_tokens=yes")
    printed = run("client", "show", "app", "--realm", "staff", "--json").out
    (bench / "app.json").write_text(printed)
    run("client", "create", "copy", "--realm", "staff", "--metadata", bench / "app.json")

    assert run("client", "show", "copy", "--realm", "staff", "--json").out == printed


def test_document_comes_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a pipe."""
    stdin = io.TextIOWrapper(io.BytesIO(b'{"tos_uri": "https://app.example.org/tos"}'))
    monkeypatch.setattr("sys.stdin", stdin)
    assert create(run, "--metadata", "-").code == 0
    assert shown(run)["tos_uri"] == "https://app.example.org/tos"


def test_hybrid_flow_is_an_administrators_to_give(run: Run) -> None:
    """Response types other than code are there for whom it is set."""
    create(run)
    changes = ["grant_types=authorization_code,implicit", "response_types=code,id_token code"]
    assert change(run, *changes).code == 0
    assert shown(run)["response_types"] == "code,code id_token"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (["no_such=1"], "no_such: There is no such setting"),
        (["client_name#de=App"], "client_name#de: There is no such setting"),
        (["require_auth_time=maybe"], "require_auth_time: Use true or false."),
        (["default_max_age=soon"], "default_max_age: This is not JSON."),
        (["default_max_age="], None),
        (["application_type="], "application_type: Use one of web, native."),
        (["jwks={"], "jwks: This is not JSON."),
        (['jwks={"keys": [{"kty": "EC"}]}'], "jwks: There is no public key"),
        (["redirect_uris=javascript:alert(1)"], "redirect_uris: "),
        (["response_types=id_token"], "response_types: They need the grant type implicit."),
        (["enabled=no", "redirect_uris=https://*.example.org"], "redirect_uris: "),
        (["mappers=[1]"], "mappers: "),
        (["security_profile=fapi2"], "token_endpoint_auth_method: "),
        (["tls_client_auth_subject_dn=CN=a"], "tls_client_auth_subject_dn: This is for tls_client_auth."),
    ],
)
def test_wrong_setting_is_a_line_and_changes_nothing(run: Run, changes: list[str], complaint: str | None) -> None:
    """Wrong input is exit code 2; all or none."""
    create(run)
    before = shown(run)
    result = change(run, *changes)

    assert result.code == (0 if complaint is None else 2)
    assert (complaint or "") in result.err
    assert shown(run) == before


def test_change_without_equals_sign_is_refused(run: Run) -> None:
    """It says how it is written."""
    create(run)
    result = change(run, "enabled")
    assert result.code == 2
    assert "NAME=VALUE" in result.err


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000])
def test_file_that_is_no_document_is_a_line(run: Run, bench: Path, content: bytes) -> None:
    """Never a traceback."""
    (bench / "x.json").write_bytes(content)
    result = create(run, "--metadata", bench / "x.json")
    assert result.code == 2
    assert "does not hold a JSON object" in result.err.replace("\n", " ").replace("│", "").replace("  ", " ")


def test_file_that_is_not_there_is_a_line(run: Run) -> None:
    """With its name."""
    result = create(run, "--metadata", "missing.json")
    assert (result.code, result.err) == (1, "idp: missing.json: No such file or directory\n")


def test_method_with_a_secret_gets_one(run: Run) -> None:
    """From public to confidential and back."""
    create(run, "--public")
    made = change(run, "token_endpoint_auth_method=client_secret_basic")
    secret = made.out.splitlines()[1].removeprefix("client_secret: ")
    replaced = run("client", "replace-secret", "app", "--realm", "staff").out

    assert len(secret) == 64
    assert replaced.startswith("client_secret: ")
    assert secret not in replaced
    change(run, "token_endpoint_auth_method=none")
    refused = run("client", "replace-secret", "app", "--realm", "staff")
    assert (refused.code, refused.err) == (1, "idp: client 'app' authenticates by none, without a secret\n")


def test_secret_can_be_brought_along(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """From standard input, as arguments can be seen by everybody; one that protects nothing is refused."""
    monkeypatch.setattr("sys.stdin", io.StringIO("a secret of before\n"))
    assert create(run, "--secret-stdin").out.endswith("client_secret: a secret of before\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert create(run, "--secret-stdin", client_id="other").code == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("a secret of before\n"))
    assert create(run, "--secret-stdin", "--public", client_id="other").code == 2


def test_clients_are_listed(run: Run) -> None:
    """With the realm's own."""
    create(run, "--name", "The App", "--set", "enabled=no")
    assert (
        run("client", "list", "--realm", "staff").out
        == "account-console  Account\napp  The App  (disabled)\nrealm-management  realm-management\n"
        "security-admin-console  Administration\n"
    )


def test_deleted_client_is_gone(run: Run) -> None:
    """The dashboard's and the console's own cannot be."""
    create(run)
    assert run("client", "delete", "app", "--realm", "staff").code == 0
    assert run("client", "show", "app", "--realm", "staff").code == 1
    for own in ("account-console", "security-admin-console"):
        assert run("client", "delete", own, "--realm", "staff").code == 1
        assert own in run("client", "list", "--realm", "staff").out


@pytest.mark.parametrize("command", [["show"], ["set", "enabled=no"], ["delete"], ["replace-secret"]])
def test_unknown_client_is_a_line(run: Run, command: list[str]) -> None:
    """Exit code 1."""
    name, *rest = command
    result = run("client", name, "nobody", *rest, "--realm", "staff")
    assert (result.code, result.err) == (1, "idp: there is no client 'nobody'\n")


def test_everything_leaves_an_event_without_secrets(run: Run, database: Database) -> None:
    """What was changed, and no values."""
    secrets = [create(run).out]
    change(run, "client_name=New", "enabled=no")
    secrets.append(run("client", "replace-secret", "app", "--realm", "staff").out)
    secrets.append(run("client", "token", "create", "--realm", "staff").out)
    run("client", "delete", "app", "--realm", "staff")
    with database.transaction() as session:
        events = {
            event.tag: event.details
            for event in session.scalars(select(Event).where(Event.tag != "admin:realm:create"))
        }

    assert events.keys() == {"admin:client:create", "admin:client:change", "admin:client:replace-secret",
                             "admin:client:delete", "admin:initial-access-token:create"}  # fmt: skip
    assert events["admin:client:change"]["settings"] == ["client_name", "enabled"]
    for printed in secrets:
        assert printed.split()[-1] not in str(events)


def test_initial_access_token_is_made_listed_and_deleted(run: Run, database: Database) -> None:
    """Only its digest is kept."""
    printed = dict(
        line.split(": ")
        for line in run("client", "token", "create", "--realm", "staff", "--count", "3", "--days", "7").out.splitlines()
    )
    with database.transaction() as session:
        row = session.scalars(select(InitialAccessToken)).one()
        assert (row.id, row.remaining) == (printed["id"], 3)
        assert row.digest == digest_of(printed["initial_access_token"])
        assert (row.expires_at - row.created_at).days == 7
    listed = run("client", "token", "list", "--realm", "staff").out
    assert listed.startswith(f"{printed['id']}  3 left  until ")
    assert run("client", "token", "delete", printed["id"], "--realm", "staff").code == 0
    assert run("client", "token", "list", "--realm", "staff").out == ""
    assert run("client", "token", "delete", printed["id"], "--realm", "staff").code == 1


@pytest.mark.parametrize("option", [["--count", "0"], ["--count", "-1"], ["--days", "0"], ["--days", "999999999"]])
def test_initial_access_token_without_bounds_is_refused(run: Run, option: list[str], database: Database) -> None:
    """Nobody wants a token for ever."""
    assert run("client", "token", "create", "--realm", "staff", *option).code == 2
    with database.transaction() as session:
        assert session.scalars(select(InitialAccessToken)).all() == []


def test_token_in_a_closed_realm_comes_with_a_hint(run: Run) -> None:
    """It would be of no use."""
    run("realm", "set", "staff", "client_registration=off")
    assert "client_registration=token" in run("client", "token", "create", "--realm", "staff").err


def test_token_of_another_realm_cannot_be_deleted(run: Run, database: Database) -> None:
    """Each realm has its own."""
    run("realm", "create", "other")
    run("client", "token", "create", "--realm", "staff")
    with database.transaction() as session:
        token_id = session.scalars(select(InitialAccessToken.id)).one()
    assert run("client", "token", "delete", token_id, "--realm", "other").code == 1


def test_application_of_a_device_is_native(run: Run, database: Database) -> None:
    """Its own scheme says so."""
    run("client", "create", "phone", "--realm", "staff", "--public", "--redirect-uri", "org.example.phone:/callback")
    with database.transaction() as session:
        assert session.scalars(select(Client.application_type).where(Client.client_id == "phone")).one() == "native"
