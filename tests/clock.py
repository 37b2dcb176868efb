"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class FixedClock:
    """Tell the same instant until `advance`; satisfies `idp.clock.Clock`."""

    def __init__(self, instant: datetime = START) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """Return the instant, aware, in UTC."""
        return self._instant

    def advance(self, by: timedelta | None = None, **duration: float) -> datetime:
        """Move forward by a timedelta or by its fields (``minutes=5``); return the new instant."""
        self._instant += by if by is not None else timedelta(**duration)
        return self._instant
