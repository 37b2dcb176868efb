"""One request and its answer over a connection that is already there (RFC 9112).

The standard library's `http.client` speaks the protocol: it follows nothing, stores nothing, asks no environment for a proxy, and
takes the connection it is given, which is all that is wanted here.
"""

import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Protocol

from idp.fetching.connection import BoundedSocket
from idp.fetching.deadline import Deadline
from idp.fetching.destination import Destination
from idp.fetching.errors import FetchFailed

_MAX_HEAD = 32_768
_PIECE = 65_536
_AS_IT_IS = {"", "identity"}


class Sink(Protocol):
    """What takes a body that is too large for the memory, piece by piece."""

    def write(self, data: bytes, /) -> int:
        """Take a piece."""
        ...


@dataclass(frozen=True)
class Fetched:
    """An answer: its status, its header fields (names in lower case), its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty where the answer names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Request:
    """What is sent: the method, header fields beside those of every request, and the body."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None
    into: Sink | None = None


def exchange(
    connection: socket.socket, destination: Destination, request: Request, *, deadline: Deadline, max_bytes: int
) -> Fetched:
    """Send *request* and return the answer; raise `FetchFailed`, `OSError` or `http.client.HTTPException`.

    Where the request says `into`, the body of an answer with status 200 goes there, and that of the answer is empty.
    """
    client = HTTPConnection(destination.host, destination.port)
    client.auto_open = 0  # never by itself to the name
    client.sock = BoundedSocket(connection, deadline, _MAX_HEAD + max_bytes)
    with closing(connection), closing(client):
        client.putrequest(request.method, destination.target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**_common_headers(destination), **request.headers}.items():
            client.putheader(name, value)
        if request.body is not None:
            client.putheader("Content-Length", str(len(request.body)))
        client.endheaders(request.body)
        return _read(client.getresponse(), max_bytes, request.into)


def _common_headers(destination: Destination) -> dict[str, str]:
    return {
        "Host": destination.authority,
        "User-Agent": "Countersign",
        "Accept-Encoding": "identity",  # what is small on the way must not be large in memory
        "Connection": "close",
    }


def _read(response: HTTPResponse, max_bytes: int, into: Sink | None) -> Fetched:
    headers = {name.lower(): value for name, value in reversed(response.getheaders())}
    if headers.get("content-encoding", "").strip().lower() not in _AS_IT_IS:
        raise FetchFailed("the answer is compressed")
    if (response.length or 0) > max_bytes:
        raise FetchFailed("the answer is too large")
    if into is not None and response.status != 200:
        return Fetched(response.status, headers, b"")
    body = b"" if into is not None else response.read(max_bytes + 1)
    size = len(body) if into is None else _copy(response, max_bytes, into)
    if size > max_bytes:
        raise FetchFailed("the answer is too large")
    if response.length:
        raise FetchFailed("the answer breaks off")
    return Fetched(response.status, headers, body)


def _copy(response: HTTPResponse, max_bytes: int, into: Sink) -> int:
    size = 0
    while size <= max_bytes and (piece := response.read(_PIECE)):
        into.write(piece)
        size += len(piece)
    return size
