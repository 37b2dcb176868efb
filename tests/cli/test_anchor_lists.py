"""`idp anchor crl` and `idp anchor status`, as somebody types them."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from sqlalchemy import select

from idp.cli.anchor_lists import add_commands
from idp.cli.failures import describe_failure
from idp.models import Event
from idp.storage.database import Database
from tests.certificates import Authority
from tests.clock import FixedClock
from tests.foreign_anchors import World, make_world
from tests.revocation_lists import build_list
from tests.web_server import WebServer


@pytest.fixture
def world(bench: Path, database: Database) -> World:
    """An anchor in the database of the commands' settings."""
    assert bench.is_dir()
    root = Authority.create("Foreign Root")
    web = WebServer(1, "http")
    return make_world(database, FixedClock(datetime.now(UTC)), web, root, root.create_intermediate("Foreign Issuing"))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    """Run a command of `idp anchor`."""
    app = typer.Typer()
    add_commands(app)
    monkeypatch.setattr(sys, "argv", ["idp anchor", *map(str, arguments)])
    app(standalone_mode=False)


def test_list_from_a_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Taken in once, with an event each time; then it is in the overview."""
    file = tmp_path / "list.crl"
    file.write_bytes(build_list(world.issuing, [77, 78], number=5))
    for text in (
        "taken in: list of CN=Foreign Issuing, number 5\n",
        "was here already: list of CN=Foreign Issuing, number 5\n",
    ):
        run(monkeypatch, "crl", file, "--anchor", "foreign", "--realm", "demo")
        assert capsys.readouterr().out == text
    with world.database.transaction() as session:
        events = session.scalars(select(Event).where(Event.tag == "certificate:revocation-list:upload")).all()
        assert [event.details["new"] for event in events] == [True, False]
    run(monkeypatch, "status", "--realm", "demo")
    out = capsys.readouterr().out
    assert "foreign (enabled): CN=Foreign Root" in out
    assert "crl, refused where nothing can be learnt" in out
    assert "CN=Foreign Issuing: number 5, 2 entries, of " in out
    assert "(in time), uploaded" in out


def test_overview_of_what_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Addresses with what went wrong, answers with their numbers, lists that are too old."""
    url = "http://crl.example/"
    world.configure(crl_urls=[url], method="crl_then_ocsp", ocsp_url="http://ocsp.example/", fail_open=True)
    world.clock.advance(days=-9)
    settings = {"crl_urls": [url], "method": "crl_then_ocsp", "ocsp_url": "http://ocsp.example/", "fail_open": True}
    world.look_up(*world.path(world.issuing.issue("alice")), **settings)
    run(monkeypatch, "status", "--realm", "demo")
    out = capsys.readouterr().out
    assert "crl_then_ocsp, counts where nothing can be learnt" in out
    assert f"{url}, set by hand, never fetched; failed 1 times: " in out
    assert "answers         2 without an answer yet" in out
    assert "http://ocsp.example/: " in out


def test_mistakes_are_told_in_a_line(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such anchor, no list."""
    file = tmp_path / "list.crl"
    file.write_bytes(build_list(Authority.create("Other"), [77]))
    for anchor, text in (
        ("other", "there is no trust anchor other"),
        ("foreign", "its issuer is not known here: CN=Other"),
    ):
        with pytest.raises(Exception, match="no") as caught:
            run(monkeypatch, "crl", file, "--anchor", anchor, "--realm", "demo")
        failure = describe_failure(caught.value)
        assert failure is not None
        assert failure.lines == (text,)
    assert world.lists == []
