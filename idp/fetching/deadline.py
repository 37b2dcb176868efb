"""One limit for the whole of a fetch. A socket's own timeout begins anew with each octet that a slow host lets drip."""

import math
import time

from idp.fetching.errors import FetchFailed


class Deadline:
    """An instant some seconds from now (monotonic clock), and the *longest_wait* for the next octet until then."""

    def __init__(self, seconds: float, longest_wait: float = math.inf) -> None:
        self._until = time.monotonic() + seconds
        self._longest_wait = longest_wait

    def remaining(self) -> float:
        """Return for how many seconds more may be waited, more than 0; raise `FetchFailed` when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise FetchFailed("it takes too long")
        return min(left, self._longest_wait)
