"""Which store for short-lived state a process uses: Redis where a URL is set, else the database's own."""

from idp.clock import Clock
from idp.storage.database import Database, create_engine_for
from idp.storage.ephemeral import EphemeralStore
from idp.storage.sql_store import SQLStore

_POOL_SIZE = 20
_SQLITE_SUFFIX = ".ephemeral"


def open_store(database: Database, redis_url: str | None, clock: Clock) -> EphemeralStore:
    """Return the store for *redis_url*, or in SQL: a table on PostgreSQL, a file beside the one of SQLite.

    SQLite has one writer, so state that is written while a request holds its own transaction needs a file
    of its own. Raise `ConfigurationError` for a wrong URL, `StoreUnavailable` where no file can be made.
    """
    if redis_url:
        from idp.storage.redis_store import RedisStore  # quicker to start without

        return RedisStore(redis_url)
    url = database.url
    if url.get_backend_name() == "sqlite":
        url = url.set(database=f"{url.database}{_SQLITE_SUFFIX}")
    return SQLStore(create_engine_for(url, pool_size=_POOL_SIZE, autocommit=True), clock)
