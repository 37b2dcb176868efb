"""The worker that tells clients of ended sessions, with real receivers that come, go, refuse and dawdle."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from idp.serving.logout_worker import AT_ONCE, AT_ONCE_TO_A_CLIENT, LogoutWorker, measure_waiting
from idp.serving.metrics import Metrics
from idp.sessions.endings import Ending
from idp.sessions.logout_notices import FIRST_DELAY, LEASE, PATIENCE
from idp.sessions.sessions import end_session
from idp.web.services import Services
from tests.clock import FixedClock
from tests.oidc.provider import SECRET, Provider, open_provider
from tests.oidc.receiver import Receiver, add_receiver, fetching, list_notices, set_columns
from tests.web_server import Asked, Reply, WebServer, web_server

PATIENCE_SECONDS = 20


class Bench:
    """Workers of one provider, and how their attempts ended."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.outcomes: list[str] = []
        self._changed = threading.Condition()
        self._workers: list[LogoutWorker] = []

    def start(self, services: Services | None = None) -> LogoutWorker:
        """Start another worker."""
        worker = LogoutWorker(services or fetching(self.provider, "localhost"), self._note)
        self._workers.append(worker)
        worker.start()
        return worker

    def stop(self) -> None:
        """Stop all workers."""
        for worker in self._workers:
            worker.stop()

    def wait(self, number: int) -> list[str]:
        """Wait for so many attempts, and return how they ended."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.outcomes) >= number, PATIENCE_SECONDS), self.outcomes
        return self.outcomes

    def later(self, **duration: float) -> None:
        """Let time pass, and have everybody look."""
        self.provider.clock.advance(**duration)
        for worker in self._workers:
            worker.wake()

    def _note(self, outcome: str) -> None:
        with self._changed:
            self.outcomes.append(outcome)
            self._changed.notify_all()


@pytest.fixture
def provider(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Provider]:
    """A provider."""
    with open_provider(database_url, tmp_path, clock) as provider:
        yield provider


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The machine that clients run on."""
    with web_server() as web:
        yield web


@pytest.fixture
def bench(provider: Provider) -> Iterator[Bench]:
    """No workers yet."""
    bench = Bench(provider)
    yield bench
    bench.stop()


def use_and_leave(provider: Provider, *clients: str) -> None:
    """Sign in, use the clients, and end the session."""
    provider.sign_in()
    for client in clients:
        code = provider.get_code(client_id=client)
        assert provider.exchange_code(code, auth=(client, SECRET)).status_code == 200
    with provider.transaction() as session:
        end_session(session, provider.clock, provider.session_id, reason=Ending.LOGOUT)


@pytest.mark.every_database
def test_clients_are_told_promptly(bench: Bench, provider: Provider, web: WebServer) -> None:
    """After the commit, without anything that wakes the worker; an undisturbed delivery leaves no event."""
    provider.add_client("second")
    receivers = [add_receiver(provider, web, client) for client in ("app", "second")]
    bench.start()
    use_and_leave(provider, "app", "second")
    ended = time.monotonic()

    assert bench.wait(2) == ["delivered"] * 2
    assert time.monotonic() - ended < 3  # half a second, on a machine that has time
    assert [len(receiver.told) for receiver in receivers] == [1, 1]
    assert [receiver.told[0]["sid"] for receiver in receivers] == [provider.session_id] * 2
    assert {notice.delivered_at for notice in list_notices(provider)} == {provider.clock.now()}
    assert provider.events("client:backchannel-logout:late") == []


def test_receiver_that_was_down_is_told_later(bench: Bench, provider: Provider) -> None:
    """Nothing listens; then something does, and an event says that it came late."""
    with web_server() as gone:
        address = gone.url("/app/backchannel")
    set_columns(provider, "app", backchannel_logout_uri=address)
    use_and_leave(provider, "app")
    bench.start()
    assert bench.wait(1) == ["failed"]
    (notice,) = list_notices(provider)
    assert "refused" in notice.last_error.lower()

    with web_server() as back:
        receiver = add_receiver(provider, back)
        bench.later(seconds=FIRST_DELAY.total_seconds())
        assert bench.wait(2) == ["failed", "delivered"]
    assert len(receiver.told) == 1
    (event,) = provider.events("client:backchannel-logout:late")
    assert (event.client_id, event.user_id, event.session_id) == ("app", provider.user_id, provider.session_id)
    assert event.details["attempts"] == 2


@pytest.mark.parametrize("status", [302, 400, 500])
def test_refusal_is_tried_again_for_a_day(bench: Bench, provider: Provider, web: WebServer, status: int) -> None:
    """With growing delay, then given up, with an event."""
    receiver = add_receiver(provider, web)
    receiver.reply = Reply(status=status, headers={"Location": web.url("/elsewhere")})
    use_and_leave(provider, "app")
    bench.start()
    assert bench.wait(1) == ["failed"]
    bench.later(seconds=FIRST_DELAY.total_seconds())
    assert bench.wait(2) == ["failed"] * 2
    bench.later(seconds=PATIENCE.total_seconds())
    assert bench.wait(3) == ["failed", "failed", "given_up"]

    assert receiver.wrong == []
    assert {asked.path for asked in web.asked} == {"/app/backchannel?a=b"}
    (event,) = provider.events("client:backchannel-logout:failure")
    assert (event.client_id, event.details["attempts"]) == ("app", 3)
    assert str(status) in event.details["error"]
    bench.later(days=1)
    assert len(bench.outcomes) == 3


def test_dawdling_client_keeps_nobody_waiting(bench: Bench, provider: Provider, web: WebServer) -> None:
    """As many sessions as there are threads end at a client that does not answer; another one is told at once."""
    go_on = threading.Event()

    def dawdle(_: Asked) -> Reply:
        go_on.wait(PATIENCE_SECONDS)
        return Reply()

    provider.add_client("slow")
    add_receiver(provider, web, "slow")
    web.replies["/slow/backchannel"] = dawdle
    quick = add_receiver(provider, web)
    for _ in range(AT_ONCE):
        use_and_leave(provider, "slow")
    provider.clock.advance(seconds=1)
    use_and_leave(provider, "app")
    with ExitStack() as stack:
        stack.callback(go_on.set)
        bench.start()
        assert bench.wait(1)[:1] == ["delivered"]
        assert len(quick.told) == 1
        assert len([asked for asked in web.asked if "slow" in asked.path]) <= AT_ONCE_TO_A_CLIENT
    bench.wait(3)


def test_client_that_never_answers_is_cut_off(bench: Bench, provider: Provider, web: WebServer) -> None:
    """Within the time that a fetch may take; the notice is tried again."""
    done = threading.Event()
    add_receiver(provider, web)
    web.replies["/app/backchannel"] = lambda _: (done.wait(PATIENCE_SECONDS), Reply())[1]
    use_and_leave(provider, "app")
    try:
        bench.start()
        assert bench.wait(1) == ["failed"]
    finally:
        done.set()


@pytest.mark.every_database
def test_two_workers_tell_everybody_once(bench: Bench, provider: Provider, web: WebServer) -> None:
    """Each notice is delivered by one of them."""
    receiver = add_receiver(provider, web)
    for _ in range(6):
        use_and_leave(provider, "app")
    bench.start()
    bench.start()
    assert bench.wait(6) == ["delivered"] * 6
    bench.stop()
    assert len({claims["sid"] for claims in receiver.told}) == len(receiver.told) == 6


def test_notice_of_a_killed_worker_is_delivered_by_another(bench: Bench, provider: Provider, web: WebServer) -> None:
    """Its lease runs out; until then nobody touches it."""
    receiver = add_receiver(provider, web)
    use_and_leave(provider, "app")
    killed = LogoutWorker(fetching(provider, "localhost"))
    assert killed._claim() is not None  # and there it ends
    bench.start()
    provider.clock.advance(seconds=LEASE.total_seconds() - 1)
    provider.add_client("second")
    add_receiver(provider, web, "second")
    use_and_leave(provider, "second")
    assert bench.wait(1) == ["delivered"]
    assert receiver.told == []
    bench.later(seconds=1)
    assert bench.wait(2) == ["delivered"] * 2
    assert len(receiver.told) == 1


def test_database_that_is_away_for_a_while_ends_nothing(
    bench: Bench, provider: Provider, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread outlives it."""
    import idp.serving.logout_worker as module

    receiver, claim, failures = add_receiver(provider, web), module.claim_logout_notice, iter([OSError()] * 2)
    away = threading.Event()

    def claim_or_fail(*args: object, **options: object) -> object:
        for failure in failures:
            away.set()
            raise failure
        return claim(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "claim_logout_notice", claim_or_fail)
    use_and_leave(provider, "app")
    bench.start()
    assert away.wait(PATIENCE_SECONDS)
    assert bench.wait(1) == ["delivered"]
    assert len(receiver.told) == 1


def test_surprise_is_a_failure_like_others(bench: Bench, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody thought of must not be tried for ever either."""
    import idp.serving.logout_worker as module

    def surprise(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "tell_client", surprise)
    set_columns(provider, "app", backchannel_logout_uri="https://app.example/backchannel")
    use_and_leave(provider, "app")
    provider.clock.advance(PATIENCE)
    bench.start()
    assert bench.wait(1) == ["given_up"]
    assert list_notices(provider)[0].last_error == "ZeroDivisionError"


def test_stop_finishes_what_is_under_way(bench: Bench, provider: Provider, web: WebServer) -> None:
    """And the delivery is noted."""
    asked, go_on = threading.Event(), threading.Event()

    def slowly(_: Asked) -> Reply:
        asked.set()
        go_on.wait(PATIENCE_SECONDS)
        return Reply()

    add_receiver(provider, web)
    web.replies["/app/backchannel"] = slowly
    use_and_leave(provider, "app")
    worker = bench.start()
    assert asked.wait(PATIENCE_SECONDS)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    go_on.set()
    stopping.join(PATIENCE_SECONDS)
    assert bench.outcomes == ["delivered"]
    assert list_notices(provider)[0].delivered_at is not None


def test_waiting_notices_are_measured(provider: Provider, web: WebServer) -> None:
    """For those who watch; outcomes are counted."""
    add_receiver(provider, web)
    use_and_leave(provider, "app")
    metrics = Metrics()
    measure_waiting(provider.services, metrics)
    metrics.count_logout("delivered")
    read: Callable[..., float | None] = metrics.registry.get_sample_value
    assert read("idp_backchannel_logouts_waiting") == 1
    assert read("idp_backchannel_logouts_total", {"outcome": "delivered"}) == 1


def test_receiver_is_a_judge(provider: Provider) -> None:
    """The receiver of these tests refuses what is no logout token: a test that it passes says something."""
    receiver = Receiver(provider, "app")
    id_token = (provider.sign_in(), provider.get_tokens())[1]["id_token"]
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"x=y", f"logout_token={id_token}".encode()):
        assert receiver(Asked("POST", "/", headers, body)).status == 400
    assert receiver.told == []
