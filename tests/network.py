"""Tests talk to this machine alone: sockets reach loopback and Unix paths, names resolve to loopback."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class NetworkForbidden(RuntimeError):
    """A test tried to leave the machine."""


@contextmanager
def loopback_only() -> Iterator[None]:
    """Refuse every connection and every look-up that leaves the machine, for the time of the context."""
    originals = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}
    getaddrinfo = socket.getaddrinfo
    for name, original in originals.items():
        setattr(socket.socket, name, _guarded(original))
    socket.getaddrinfo = _guarded_lookup(getaddrinfo)
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(socket.socket, name, original)
        socket.getaddrinfo = getaddrinfo


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _stays_here(address[0]):
            raise NetworkForbidden(f"connection to {address!r}")
        return original(self, address)

    return connect


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *arguments: Any, **keywords: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _stays_here(name):
            raise NetworkForbidden(f"look-up of {name!r}")
        return original(host, *arguments, **keywords)

    return getaddrinfo


def _stays_here(host: str) -> bool:
    if host in {"", "localhost"} or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
