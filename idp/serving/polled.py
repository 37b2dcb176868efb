"""A value that changes now and then, looked at no more often than it is worth."""

import logging
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Polled(Generic[T]):
    """Hold what *read* returned, and ask again when `value` is wanted and *interval* seconds have passed.

    The first reading may raise; a later one that raises is logged and leaves the value as it was.
    """

    def __init__(
        self, read: Callable[[], T], interval: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._interval = interval
        self._monotonic = monotonic
        self._value = read()
        self._read_at = monotonic()

    @property
    def value(self) -> T:
        """The latest reading."""
        if self._monotonic() - self._read_at >= self._interval:
            self._read_at = self._monotonic()
            self._read_again()
        return self._value

    def _read_again(self) -> None:
        try:
            self._value = self._read()
        except Exception:
            logger.exception("a setting of the certificate listener could not be read again; the last one stays")
