"""A connection to the very address that was checked. No name is looked up again between the check and the use (DNS rebinding)."""

import io
import socket
import ssl
from typing import TYPE_CHECKING

from idp.fetching.deadline import Deadline
from idp.fetching.destination import Destination
from idp.fetching.errors import FetchFailed, FetchRefused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def connect(
    destination: Destination, addresses: list[str], deadline: Deadline, context: ssl.SSLContext
) -> socket.socket:
    """Return a socket to the first of *addresses* that answers, with TLS for the destination's name where it is https.

    Raises `FetchFailed`, and `FetchRefused` for an address of this very machine.
    """
    raw = _connect_to_any(addresses, destination.port, deadline)
    try:
        if not destination.named:
            _verify_other_machine(raw)
        raw.settimeout(deadline.remaining())
        if destination.scheme == "http":
            return raw
        return context.wrap_socket(raw, server_hostname=destination.host)
    except BaseException:
        raw.close()
        raise


def _connect_to_any(addresses: list[str], port: int, deadline: Deadline) -> socket.socket:
    complaint: OSError | None = None
    for position, address in enumerate(addresses):
        share = deadline.remaining() / (len(addresses) - position)
        try:
            return socket.create_connection((address, port), timeout=share)
        except OSError as error:
            complaint = error
    raise FetchFailed(f"no connection: {complaint}")


def _verify_other_machine(raw: socket.socket) -> None:
    """Our own public address leads to whatever listens here, past what a firewall would let in."""
    if raw.getsockname()[0] == raw.getpeername()[0]:
        raise FetchRefused("the address is one of this machine's own")


class BoundedSocket:
    """What `http.client` takes for a socket: it ends with the deadline, and after *max_bytes* have been read."""

    def __init__(self, connection: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._max_bytes = max_bytes

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what can be read, buffered."""
        return io.BufferedReader(_BoundedStream(self._connection, self._deadline, self._max_bytes))

    def sendall(self, data: bytes) -> None:
        """Send everything; raise `FetchFailed` at the deadline."""
        rest = memoryview(data)
        while rest:
            self._connection.settimeout(self._deadline.remaining())
            rest = rest[self._connection.send(rest) :]

    def close(self) -> None:
        """Leave the connection to whoever opened it: `http.client` closes before it has read everything."""


class _BoundedStream(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._left = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._connection.settimeout(self._deadline.remaining())
        count = self._connection.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise FetchFailed("the answer is too large")
        return count
