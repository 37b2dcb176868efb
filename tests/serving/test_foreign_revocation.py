"""The worker that learns what foreign authorities say of revocation, with real servers that come, go, hang and send too much."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import ocsp
from sqlalchemy import update

from idp.app import build_services
from idp.encryption import create_master_key
from idp.models import ForeignListEntry, ForeignListSource, Realm
from idp.pki.foreign_status import Assurance
from idp.pki.rejections import CertificateRevoked, StatusUnknown
from idp.serving.foreign_revocation import ForeignRevocationWorker
from idp.serving.housekeeping import sweep
from idp.serving.metrics import Metrics
from idp.settings import Settings
from idp.web.services import Services
from tests.certificates import Authority
from tests.clock import FixedClock
from tests.foreign_anchors import World, answered_at, make_world, points_to
from tests.pki.foreign_revocation.test_answers import answer
from tests.revocation_lists import build_list
from tests.web_server import Asked, Reply, WebServer, web_server


@pytest.fixture
def clock() -> FixedClock:
    """The real present, standing still."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The foreign authority's server."""
    with web_server() as web:
        yield web


@pytest.fixture
def parts(database_url: str, tmp_path: Path, clock: FixedClock, web: WebServer) -> Iterator[Services]:
    """The parts of a provider that may fetch from the server."""
    key = tmp_path / "master.key"
    create_master_key(key)
    parts = build_services(
        Settings(database_url=database_url, master_key_file=key, fetch_allowed_hosts=[web.authority]), clock
    )
    yield parts
    parts.database.close()
    parts.ephemeral.close()


@pytest.fixture
def world(parts: Services, clock: FixedClock, web: WebServer) -> World:
    """An anchor."""
    root = Authority.create("Foreign Root")
    world = make_world(parts.database, clock, web, root, root.create_intermediate("Foreign Issuing"))
    return replace(world, means=parts.foreign_means)


def turn(worker: ForeignRevocationWorker) -> None:
    """Let the worker look once, and wait for all that follows from it."""
    worker.turn()
    while worker.busy:
        worker.wait()


@pytest.mark.every_database
def test_lists_that_are_set_are_there_before_anybody_signs_in(parts: Services, world: World) -> None:
    """They are fetched again at half of their time, and so are those that a login has taught us."""
    metrics = Metrics()
    worker = ForeignRevocationWorker(parts, metrics.count_revocation)
    urls = [world.serve("/root", build_list(world.root)), world.serve("/issuing", build_list(world.issuing, [77]))]
    world.configure(crl_urls=urls)
    turn(worker)
    assert sorted(row.issuer for row in world.lists) == ["CN=Foreign Issuing", "CN=Foreign Root"]
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(world.issuing.issue("bob", serial_number=77)), crl_urls=urls)
    alice = world.issuing.issue("alice", serial_number=78)
    assert world.look_up(*world.path(alice), crl_urls=urls) is Assurance.CHECKED
    turn(worker)
    assert len(world.web.asked) == 2

    now = world.clock.advance(hours=12)
    newer = {"number": 2, "this_update": now, "next_update": now + timedelta(days=1)}
    world.serve("/issuing", build_list(world.issuing, [77, 78], **newer))  # type: ignore[arg-type]
    turn(worker)
    assert len(world.web.asked) == 4
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(alice), crl_urls=urls)
    text = metrics.render()[0].decode()
    assert 'idp_foreign_revocation_total{kind="list",outcome="learnt"} 4.0' in text


def test_list_that_a_login_could_not_wait_for(parts: Services, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown now, and known after the next turn."""
    monkeypatch.setattr("idp.pki.foreign_revocation.asking.SMALL_LIST_OCTETS", 1000)
    point = world.serve("/list", build_list(world.issuing, range(1, 4000)))
    world.configure(crl_urls=[world.serve("/root", build_list(world.root))])
    settings = {"crl_urls": [world.web.url("/root")]}
    alice = world.issuing.issue("alice", extensions=[points_to(point)])
    with pytest.raises(StatusUnknown):
        world.look_up(*world.path(alice), **settings)
    turn(ForeignRevocationWorker(parts))
    assert world.look_up(*world.path(alice), **settings) is Assurance.CHECKED


def test_answers_in_use_are_refreshed(parts: Services, world: World) -> None:
    """A login finds the newer one without waiting."""
    settings = {"method": "ocsp_then_crl", "crl_urls": [world.serve("/root", build_list(world.root))]}
    world.configure(**settings)
    worker = ForeignRevocationWorker(parts)
    turn(worker)
    people = [
        world.issuing.issue(name, extensions=[answered_at(world.web.url(f"/{name}"))]) for name in ("alice", "bob")
    ]
    for person, name in zip(people, ("alice", "bob"), strict=True):
        world.serve(f"/{name}", answer(world, person.certificate, world.issuing))
        assert world.look_up(*world.path(person), **settings) is Assurance.CHECKED
    asked = len(world.web.asked)
    world.clock.advance(minutes=31)
    revoked = answer(world, people[0].certificate, world.issuing, status=ocsp.OCSPCertStatus.REVOKED)
    world.serve("/alice", revoked)
    turn(worker)
    assert len(world.web.asked) == asked + 2  # both, of one anchor, one after the other
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(people[0]), **settings)
    assert world.look_up(*world.path(people[1]), **settings) is Assurance.CHECKED
    assert len(world.web.asked) == asked + 2


@pytest.mark.every_database
def test_of_many_workers_one_fetches(parts: Services, world: World) -> None:
    """Whoever is quicker."""
    urls = [world.serve(f"/{number}", build_list(world.issuing, [number])) for number in range(3)]
    world.configure(crl_urls=urls)
    workers = [ForeignRevocationWorker(parts) for _ in range(3)]
    threads = [threading.Thread(target=turn, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(asked.path for asked in world.web.asked) == ["/0", "/1", "/2"]
    assert len(world.lists) == 3


def test_server_that_hangs_does_not_keep_other_anchors_waiting(
    parts: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the end of the process."""
    over, waiting = threading.Event(), threading.Event()

    def hang(_: Asked) -> Reply:
        waiting.set()
        over.wait(20)
        return Reply(b"x")

    monkeypatch.setattr("idp.serving.foreign_revocation._STOP_SECONDS", 0.1)
    world.web.replies["/hang"] = hang
    world.configure(crl_urls=[world.web.url("/hang")])
    outcomes: list[tuple[str, str]] = []
    worker = ForeignRevocationWorker(parts, lambda *outcome: outcomes.append(outcome))
    worker.turn()
    assert waiting.wait(10)
    second = make_world(parts.database, world.clock, world.web, world.root, world.issuing, name="second")
    second.configure(crl_urls=[world.serve("/list", build_list(world.issuing))])
    worker.turn()
    until(lambda: outcomes == [("list", "learnt")])
    began = time.monotonic()
    worker.start()
    worker.stop()
    assert time.monotonic() - began < 5
    over.set()
    worker.wait(10)
    assert outcomes == [("list", "learnt")]


def test_large_list_is_given_up_when_the_process_ends(parts: Services, world: World) -> None:
    """It is due at once for the next process, and its entries are swept up."""
    worker = ForeignRevocationWorker(parts)
    written = threading.Event()

    def pause() -> None:
        written.set()
        worker._stopping.wait(10)
        original()

    original, worker._pause = worker._pause, pause  # type: ignore[method-assign]
    world.configure(crl_urls=[world.serve("/list", build_list(world.issuing, range(1, 9000)))])
    worker.turn()
    assert written.wait(10)
    with parts.database.transaction() as session:  # others write while a list is being written
        session.execute(update(Realm).values(display_name="changed"))
    worker.stop()
    assert world.lists == []
    (source,) = world.rows(ForeignListSource)
    assert source.next_fetch_at == world.clock.now()
    sweep(parts)
    assert world.rows(ForeignListEntry) == []
    turn(ForeignRevocationWorker(parts))
    assert [row.entries for row in world.lists] == [8999]


def test_failure_is_counted_and_told_once(parts: Services, world: World) -> None:
    """With the address, in the log and in the row."""
    outcomes: list[tuple[str, str]] = []
    worker = ForeignRevocationWorker(parts, lambda *outcome: outcomes.append(outcome))
    world.configure(crl_urls=[world.web.url("/nowhere")])
    for _ in range(3):
        turn(worker)
    assert outcomes == [("list", "failed")]
    assert "404" in world.sources[0].last_error


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        threading.Event().wait(0.01)
