"""One limit for the whole of a fetch. A socket's own timeout begins anew with each octet that a slow host lets drip."""

import time

from idp.fetching.errors import FetchFailed


class Deadline:
    """An instant some seconds from now (monotonic clock)."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, more than 0; raise `FetchFailed` when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise FetchFailed("it takes too long")
        return left
