"""`idp keys`: list, rotate, revoke."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

import idp.cli.keys
from idp.models import Event, SigningKey
from idp.storage.database import Database
from tests.cli.conftest import Run

pytestmark = [pytest.mark.usefixtures("bench")]
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@pytest.fixture
def realm(run: Run) -> str:
    """A realm made by the command."""
    assert run("realm", "create", "staff").code == 0
    return "staff"


def kids(database: Database, status: str) -> set[str]:
    with database.transaction() as session:
        return set(session.scalars(select(SigningKey.kid).where(SigningKey.status == status)))


def events(database: Database, tag: str) -> list[dict[str, object]]:
    with database.transaction() as session:
        return [event.details for event in session.scalars(select(Event).where(Event.tag == tag))]


def listed(run: Run, realm: str) -> Iterator[list[str]]:
    result = run("keys", "list", "--realm", realm)
    assert result.code == 0, result.err
    return (line.split() for line in result.out.splitlines())


def let_next_keys_ripen(database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(SigningKey).values(ready_at=SigningKey.created_at))


@pytest.mark.every_database
def test_rotated_keys_were_next_and_the_old_ones_stay(run: Run, realm: str, database: Database) -> None:
    """Tokens that are out can be verified still."""
    old, upcoming = kids(database, "active"), kids(database, "next")
    result = run("keys", "rotate", "--realm", realm)
    assert [line.split()[0] for line in result.out.splitlines()] == ALGORITHMS
    assert {line.split()[1] for line in result.out.splitlines()} == upcoming == kids(database, "active")
    assert kids(database, "retired") == old
    assert len(kids(database, "next") - upcoming - old) == 4
    (details,) = events(database, "admin:keys:rotate")
    assert (set(details["kids"]), details["by"]) == (upcoming, "command line")


def test_second_rotation_is_refused_until_everybody_knows_the_next_keys(
    run: Run, realm: str, database: Database
) -> None:
    """One line that says when; nothing is changed, and other algorithms are free."""
    assert run("keys", "rotate", "--realm", realm, "-a", "ES256").code == 0
    before = kids(database, "active")
    result = run("keys", "rotate", "--realm", realm)
    assert (result.code, result.out, kids(database, "active")) == (1, "", before)
    assert result.err.startswith("idp: the next ES256 key may sign from ")
    result = run("keys", "rotate", "--realm", realm, "--algorithm", "RS256", "--algorithm", "EdDSA")
    assert [line.split()[0] for line in result.out.splitlines()] == ["RS256", "EdDSA"]
    assert len(events(database, "admin:keys:rotate")) == 2


def test_rotation_that_waits_is_done_when_the_next_keys_are_known(
    run: Run, realm: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not longer than it has to."""
    run("keys", "rotate", "--realm", realm)
    upcoming, waited = kids(database, "next"), list[float]()

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        let_next_keys_ripen(database)

    monkeypatch.setattr(idp.cli.keys.time, "sleep", sleep)
    assert run("keys", "rotate", "--realm", realm, "--wait").code == 0
    assert kids(database, "active") == upcoming
    (seconds,) = waited
    assert 60 < seconds <= 70


def test_rotation_publishes_what_is_missing(run: Run, realm: str, database: Database) -> None:
    """A realm of an earlier version has no next keys: they are published by the first attempt and used by a later one."""
    with database.transaction() as session:
        session.query(SigningKey).filter_by(status="next").delete()
    assert run("keys", "rotate", "--realm", realm).code == 1
    upcoming = kids(database, "next")
    assert len(upcoming) == 4
    let_next_keys_ripen(database)
    assert run("keys", "rotate", "--realm", realm).code == 0
    assert kids(database, "active") == upcoming


def test_unknown_algorithm_is_refused(run: Run, realm: str, database: Database) -> None:
    """Wrong input is exit code 2, and lists what there is."""
    for wrong in ("HS256", "none", "es256", ""):
        result = run("keys", "rotate", "--realm", realm, "--algorithm", wrong)
        assert (result.code, result.err) == (2, "idp: algorithm: Use one of RS256, PS256, ES256, EdDSA.\n")
    assert kids(database, "retired") == set()


def test_list_says_since_when_and_until_when(run: Run, realm: str, database: Database) -> None:
    """Active until the realm's interval is over, retired until nothing it signed is left; nothing secret is shown."""
    run("keys", "rotate", "--realm", realm, "-a", "ES256")
    run("keys", "revoke", "--realm", realm, "--", *kids(database, "retired"))
    run("keys", "rotate", "--realm", realm, "-a", "EdDSA")
    lines = list(listed(run, realm))
    assert [line[1:3] for line in lines] == [
        ["RS256", "active"], ["RS256", "next"], ["PS256", "active"], ["PS256", "next"],
        ["ES256", "active"], ["ES256", "next"], ["ES256", "revoked"],
        ["EdDSA", "active"], ["EdDSA", "next"], ["EdDSA", "retired"],
    ]  # fmt: skip
    today = datetime.now(UTC)
    for _, _, status, since, until in lines:
        assert timedelta(0) <= today - datetime.fromisoformat(since) < timedelta(minutes=5)
        days = {"active": 90, "next": 90, "retired": 60, "revoked": 60}[status]
        left = datetime.fromisoformat(until) - today
        assert timedelta(days=days, minutes=-5) < left <= timedelta(days=days)
    run("realm", "set", realm, "key_rotation_interval=0s")
    assert {line[4] for line in listed(run, realm) if line[2] in {"active", "next"}} == {"-"}


def test_revoked_key_is_replaced_by_the_next(run: Run, realm: str, database: Database) -> None:
    """Whatever its age; the event names both."""
    run("keys", "rotate", "--realm", realm)
    compromised = next(line[0] for line in listed(run, realm) if line[1:3] == ["ES256", "active"])
    upcoming = next(line[0] for line in listed(run, realm) if line[1:3] == ["ES256", "next"])
    result = run("keys", "revoke", "--realm", realm, "--", compromised)
    assert result.out == f"Revoked: 1.\nES256  {upcoming}\n"
    assert kids(database, "revoked") == {compromised}
    assert upcoming in kids(database, "active")
    (details,) = events(database, "admin:keys:revoke")
    assert (details["kids"], details["active"]) == ([compromised], [upcoming])


def test_all_keys_are_revoked_when_asked_for(run: Run, realm: str, database: Database) -> None:
    """And not by forgetting to name one."""
    before = kids(database, "active") | kids(database, "next")
    assert run("keys", "revoke", "--realm", realm).code == 2
    assert run("keys", "revoke", "--realm", realm, "--all", "a-kid").code == 2
    assert kids(database, "revoked") == set()
    assert run("keys", "revoke", "--realm", realm, "--all").out.startswith("Revoked: 8.\n")
    assert kids(database, "revoked") == before
    assert len(kids(database, "active")) == len(kids(database, "next")) == 4


def test_unknown_kid_is_a_line(run: Run, realm: str, database: Database) -> None:
    """Another realm's too; nothing is revoked then."""
    run("realm", "create", "other")
    foreign = next(listed(run, "other"))[0]
    own = next(listed(run, realm))[0]
    result = run("keys", "revoke", "--realm", realm, "--", own, foreign)
    assert (result.code, result.err) == (1, f"idp: the realm has no key '{foreign}'\n")
    assert kids(database, "revoked") == set()


def test_kid_that_begins_with_a_hyphen_comes_after_two(run: Run, realm: str) -> None:
    """One in 64 does: base64url has it among its characters."""
    assert run("keys", "revoke", "--realm", realm, "-8oAbc_-").code == 2
    assert run("keys", "revoke", "--realm", realm, "--", "-8oAbc_-").err == "idp: the realm has no key '-8oAbc_-'\n"


def test_master_key_is_rotated_and_the_former_one_can_go(run: Run, bench: Path) -> None:
    """`idp check` says when; without the former key everything still works."""
    assert run("realm", "create", "staff").code == 0
    file = bench / "master.key"
    former = file.read_text()

    rotated = run("keys", "rotate-master-key", "--wait", "0")

    assert (rotated.code, rotated.err) == (0, "")
    assert file.read_text().splitlines()[1] == former.strip()
    assert "former master keys (1) are needed for nothing" in run("check").out
    file.write_text(file.read_text().splitlines()[0])
    assert run("realm", "create", "more").code == 0
    assert "former" not in run("check").out


def test_former_master_key_that_is_needed_is_told(run: Run, bench: Path) -> None:
    """A new key was put first by hand, as on several machines; and one that is taken away too early is missed."""
    assert run("realm", "create", "staff").code == 0
    file = bench / "master.key"
    former = file.read_text()
    file.write_text(f"{base64.b64encode(bytes(range(32))).decode()}\n{former}")
    told = run("check").out
    assert "former master keys are needed for" in told
    assert "signing_key.private_key_encrypted" in told

    assert run("db", "re-encrypt").out.startswith("Re-encrypted: ")
    assert "can go from the file" in run("check").out
    file.write_text(former)
    lost = run("db", "re-encrypt")
    assert lost.code == 2
    assert "not the master key" in lost.err
