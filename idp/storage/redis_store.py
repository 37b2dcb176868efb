"""The store for short-lived state in Redis (6.2 or newer): one command, or one script, an operation.

Commands go to a pooled connection directly: the client object around it doubles the CPU a command costs.
Nothing is sent twice. Where an answer was lost, a `take` or an `add` may have happened; saying that it failed
is safe, doing it again would not be.
"""

import hashlib
from datetime import timedelta
from typing import Any

from redis.backoff import NoBackoff
from redis.connection import BlockingConnectionPool
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

from idp.errors import ConfigurationError
from idp.storage.ephemeral import StoreUnavailable, storable_key

_PREFIX = "idp"
_TIMEOUT_SECONDS = 2
_CONNECTIONS = 64
_INCREMENT = """
local counter = redis.call('INCR', KEYS[1])
if counter == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return counter
"""
_INCREMENT_DIGEST = hashlib.sha1(_INCREMENT.encode(), usedforsecurity=False).hexdigest()


class RedisStore:
    """Keep values and counters in the Redis at *url* (redis://, rediss:// or unix://), as ``idp:kind:key``."""

    def __init__(self, url: str) -> None:
        try:
            self._pool: Any = BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=_TIMEOUT_SECONDS,
                socket_timeout=_TIMEOUT_SECONDS,
                socket_connect_timeout=_TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
                protocol=2,
            )
        except ValueError as error:
            raise ConfigurationError("the Redis URL must be redis://…, rediss://… or unix://…") from error

    def put(self, kind: str, key: str, value: str, lifetime: timedelta) -> None:
        """Store *value*, replacing what was there."""
        self._execute("SET", _name(kind, key), value, "PX", _milliseconds(lifetime))

    def add(self, kind: str, key: str, value: str, lifetime: timedelta) -> bool:
        """Store *value* unless there is a live one; return whether it was stored."""
        return self._execute("SET", _name(kind, key), value, "PX", _milliseconds(lifetime), "NX") is not None

    def get(self, kind: str, key: str) -> str | None:
        """Return the live value, or None."""
        value: str | None = self._execute("GET", _name(kind, key))
        return value

    def take(self, kind: str, key: str) -> str | None:
        """Remove and return the live value, or None: one caller gets it."""
        value: str | None = self._execute("GETDEL", _name(kind, key))
        return value

    def increment(self, kind: str, key: str, lifetime: timedelta) -> int:
        """Add one to a counter and return it; the lifetime runs from its first increment."""
        arguments = (1, _name(kind, key), _milliseconds(lifetime))
        try:
            return int(self._execute("EVALSHA", _INCREMENT_DIGEST, *arguments))
        except NoScriptError:
            return int(self._execute("EVAL", _INCREMENT, *arguments))

    def count(self, kind: str, key: str) -> int:
        """Return the live counter, 0 where there is none."""
        return int(self._execute("GET", _name(kind, key)) or 0)

    def delete(self, kind: str, key: str) -> None:
        """Forget the value or counter, if there is one."""
        self._execute("DEL", _name(kind, key))

    def purge(self) -> int:
        """Return 0: Redis removes by itself what has expired."""
        return 0

    def ping(self) -> None:
        """Raise `StoreUnavailable` when Redis cannot be reached."""
        self._execute("PING")

    def close(self) -> None:
        """Close all pooled connections."""
        self._pool.disconnect()

    def _execute(self, *command: str | int) -> Any:
        try:
            connection = self._pool.get_connection()
        except RedisError as error:
            raise self._unavailable(error) from error
        try:
            connection.send_command(*command)
            return connection.read_response()
        except NoScriptError:
            raise
        except RedisError as error:
            connection.disconnect()
            raise self._unavailable(error) from error
        except BaseException:
            connection.disconnect()  # its answer may still be on the way
            raise
        finally:
            self._pool.release(connection)

    def _unavailable(self, error: RedisError) -> StoreUnavailable:
        settings = self._pool.connection_kwargs
        address = settings.get("path") or f"{settings.get('host')}:{settings.get('port', 6379)}"
        return StoreUnavailable(f"Redis at {address} does not answer: {error}")


def _name(kind: str, key: str) -> str:
    return f"{_PREFIX}:{kind}:{storable_key(key)}"


def _milliseconds(lifetime: timedelta) -> int:
    return max(1, round(lifetime.total_seconds() * 1000))
