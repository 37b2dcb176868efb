"""What commands need to ask foreign authorities about revocation: transactions of their own, and the guarded fetcher."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.clock import Clock
    from idp.pki.foreign_revocation.sources import Means
    from idp.settings import Settings


@contextmanager
def open_means(settings: "Settings", clock: "Clock") -> Iterator["Means"]:
    """Yield the means; their connection is closed afterwards."""
    from idp.fetching.fetcher import Fetcher
    from idp.pki.foreign_revocation.sources import Means
    from idp.storage.database import Database
    from idp.web.status_sources import FetchedSources

    database = Database(settings.database_url, pool_size=1)  # a list is written in many transactions
    try:
        yield Means(database, clock, FetchedSources(Fetcher(settings)))
    finally:
        database.close()
