"""`idp anchor`: from a file to people who sign in, and what is said where something does not fit."""

import json
from pathlib import Path

import pytest

from idp.clock import SystemClock
from idp.models import Event, User
from idp.storage.database import Database
from tests.certificates import Authority
from tests.cli.conftest import Run
from tests.pki.corporate import pem

REALM = ("--realm", "staff")


@pytest.fixture
def realm(run: Run, bench: Path, database_url: str) -> str:
    """A realm with alice in it."""
    assert run("realm", "create", "staff").code == 0
    now = SystemClock().now()
    with Database(database_url).transaction() as session:
        from idp.models import Realm

        row = session.query(Realm).filter_by(name="staff").one()
        for name in ("alice", "alice@example.org"):
            session.add(User(realm_id=row.id, username=name, created_at=now, updated_at=now))
    return "staff"


@pytest.fixture
def cards(bench: Path) -> Authority:
    """An authority, its chain in ``chain.pem`` and a card in ``card.pem``."""
    root = Authority.create("Cards Root")
    issuing = root.create_intermediate("Cards")
    (bench / "chain.pem").write_bytes(pem(root.certificate, issuing.certificate))
    (bench / "card.pem").write_bytes(pem(issuing.issue("alice").certificate))
    return issuing


def test_an_anchor_is_added_shown_changed_and_removed(
    run: Run, realm: str, cards: Authority, database_url: str
) -> None:
    """With an event for each of these."""
    added = run("anchor", "add", "Cards", "chain.pem", *REALM, "--set", "mapping.source=san_email")
    assert (added.code, added.out.split(",")[0]) == (0, "trusted: CN=Cards Root")
    assert run("anchor", "add", "Cards", "chain.pem", *REALM).code == 1
    assert run("anchor", "list", *REALM).out.startswith("Cards  CN=Cards Root  until ")

    shown = run("anchor", "show", "Cards", *REALM).out
    assert "  below    CN=Cards\n" in shown
    assert "mapping.source=san_email\n" in shown
    assert run("anchor", "show", "Cards", *REALM, "--pem").out.count("BEGIN CERTIFICATE") == 2

    assert run("anchor", "set", "Cards", "first_use=yes", "policies=1.2.3,1.2.4", *REALM).code == 0
    assert run("anchor", "set", "Cards", *REALM, "--chain", "chain.pem").code == 0
    assert "policies=1.2.3,1.2.4\n" in run("anchor", "show", "Cards", *REALM).out
    assert run("anchor", "disable", "Cards", *REALM).out == "Trust anchor Cards is disabled.\n"
    assert "(disabled)" in run("anchor", "list", *REALM).out
    assert run("anchor", "enable", "Cards", *REALM).code == 0
    assert run("anchor", "remove", "Cards", *REALM).code == 0
    assert run("anchor", "show", "Cards", *REALM).code == 1

    with Database(database_url).transaction() as session:
        tags = [event.tag for event in session.query(Event).order_by(Event.at) if event.tag.startswith("admin:anchor")]
    assert tags == ["admin:anchor:add", *["admin:anchor:change"] * 4, "admin:anchor:remove"]


@pytest.mark.parametrize(
    "typed", ["mapping.shoe=1", "first_use=perhaps", "mapping.source=subject", "policies", "policies=x"]
)
def test_settings_that_do_not_fit_are_refused(run: Run, realm: str, cards: Authority, typed: str) -> None:
    """And nothing is added."""
    assert run("anchor", "add", "Cards", "chain.pem", *REALM, "--set", typed).code == 2
    assert run("anchor", "list", *REALM).out == ""


def test_certificate_is_tried_before_anything_is_saved(run: Run, realm: str, cards: Authority, bench: Path) -> None:
    """On a chain and settings in files."""
    settings = bench / "settings.json"
    settings.write_text(json.dumps({"mapping": {"source": "san_email"}, "revocation": {"method": "none"}}))
    tried = run("anchor", "try", "card.pem", *REALM, "--chain", "chain.pem", "--settings", settings)

    assert tried.code == 0
    assert tried.out.splitlines() == [
        "certificate: CN=alice, issued by CN=Cards",
        "ok    path: CN=alice < CN=Cards < CN=Cards Root (the new anchor)",
        "ok    time",
        "ok    usage",
        "ok    key",
        "ok    policies",
        "ok    revocation: not_demanded",
        "ok    account: found by the mapping",
        "name: alice@example.org",
        "account: alice@example.org",
        "verdict: accepted",
    ]
    assert run("anchor", "list", *REALM).out == ""
    settings.write_text("[]")
    assert run("anchor", "try", "card.pem", *REALM, "--chain", "chain.pem", "--settings", settings).code == 2


def test_certificate_is_tried_on_an_anchor_and_other_settings(run: Run, realm: str, cards: Authority) -> None:
    """Each step says what would be wrong, also behind the first."""
    assert run("anchor", "try", "card.pem", *REALM).out.endswith("verdict: untrusted_issuer\n")
    run("anchor", "add", "Cards", "chain.pem", *REALM)
    run("anchor", "disable", "Cards", *REALM)
    assert run("anchor", "try", "card.pem", *REALM).code == 1

    changes = ("--set", "policies=1.2.3", "--set", "mapping.source=san_upn")
    tried = run("anchor", "try", "card.pem", *REALM, "--anchor", "Cards", *changes)

    assert tried.code == 1
    failed = [line.split()[1].rstrip(":") for line in tried.out.splitlines() if line.startswith("FAIL")]
    assert failed == ["policies", "revocation", "account"]
    assert tried.out.endswith("account: -\nverdict: wrong_policy\n")
    assert "policies=\n" in run("anchor", "show", "Cards", *REALM).out


def test_file_without_a_certificate_is_refused(run: Run, realm: str, cards: Authority, bench: Path) -> None:
    (bench / "junk.pem").write_text("junk")
    run("anchor", "add", "Cards", "chain.pem", *REALM)
    assert run("anchor", "try", "junk.pem", *REALM).code == 2
    assert run("anchor", "add", "Junk", "junk.pem", *REALM).code == 2
