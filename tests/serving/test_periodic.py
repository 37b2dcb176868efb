"""Background work goes on turn by turn, whatever one turn does."""

import threading

from structlog.testing import capture_logs

from idp.serving.periodic import Periodic


def test_work_is_done_again_and_again_until_stopped() -> None:
    """And not once more after that."""
    turns, third = [], threading.Event()

    def work() -> None:
        turns.append(1)
        if len(turns) == 3:
            third.set()

    periodic = Periodic("test", work, 0.001)
    periodic.start()
    assert third.wait(10)
    periodic.stop()
    done = len(turns)
    assert not periodic._thread.is_alive()
    assert len(turns) == done


def test_failure_is_told_once_and_so_is_the_end_of_it() -> None:
    """A database that is away for an hour does not fill the log."""
    answers = [OSError("away"), OSError("away"), OSError("away"), None, None]
    finished = threading.Event()

    def work() -> None:
        answer = answers.pop(0) if answers else finished.set()
        if answer:
            raise answer

    with capture_logs() as lines:
        periodic = Periodic("test", work, 0.001)
        periodic.start()
        assert finished.wait(10)
        periodic.stop()
    assert [line["event"] for line in lines] == ["background work fails", "background work goes on"]


def test_stopping_what_was_never_started_is_fine() -> None:
    """As when a port was taken."""
    Periodic("test", lambda: None, 1).stop()
