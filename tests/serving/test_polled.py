"""A value that is read again no more often than its interval."""

import pytest

from idp.serving.polled import Polled


class Source:
    """A clock that stands still, and a reading that can fail."""

    def __init__(self) -> None:
        self.now = 0.0
        self.value = 1
        self.readings = 0

    def read(self) -> int:
        """Return the value, or fail where it is negative."""
        self.readings += 1
        if self.value < 0:
            raise OSError("gone")
        return self.value

    def polled(self) -> Polled[int]:
        """Poll this source every 2 seconds."""
        return Polled(self.read, 2.0, monotonic=lambda: self.now)


def test_value_within_the_interval_is_not_read_again() -> None:
    """However often it is asked for."""
    source = Source()
    polled = source.polled()
    source.value, source.now = 2, 1.9

    assert [polled.value, polled.value] == [1, 1]
    assert source.readings == 1


def test_value_after_the_interval_is_read_once() -> None:
    """And then not again until the interval has passed once more."""
    source = Source()
    polled = source.polled()
    source.value, source.now = 2, 2.0

    assert [polled.value, polled.value] == [2, 2]
    assert source.readings == 2


def test_failure_keeps_the_value_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A source that is away for a while does not take the listener down."""
    source = Source()
    polled = source.polled()
    source.value, source.now = -1, 2.0

    assert [polled.value, polled.value] == [1, 1]
    assert len(caplog.records) == 1


def test_failure_at_the_start_is_raised() -> None:
    """There is nothing to go on with."""
    source = Source()
    source.value = -1

    with pytest.raises(OSError, match="gone"):
        source.polled()
