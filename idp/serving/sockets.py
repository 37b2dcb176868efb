"""Bind listening sockets before anything else starts, so that a taken port is one clear line."""

import errno
import socket
from collections.abc import Iterable

from idp.errors import ConfigurationError

BACKLOG = 2048


class PortTaken(ConfigurationError):
    """Another process, or another listener of this one, listens on `port` already."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken by another program")
        self.port = port


def bind_listener(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets for every address of *host*; port 0 takes a free one, the same for all.

    Connections wait in the backlog until a server accepts them. Raises `PortTaken`, and `ConfigurationError` when the
    address is not this machine's or the port needs a privilege.
    """
    bound: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            actual_port = bound[0].getsockname()[1] if bound else port
            listener = _listen(family, (address, actual_port), optional=bool(bound))
            bound += [listener] if listener else []
    except BaseException:
        close_all(bound)
        raise
    return bound


def close_all(sockets: Iterable[socket.socket]) -> None:
    """Close *sockets*; those already closed stay so."""
    for listener in sockets:
        listener.close()


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise ConfigurationError(f"cannot listen on {host}: {error.strerror}") from error
    # IPv4 first: it is the one that must work where a name has both.
    distinct = dict.fromkeys((family, str(address[0])) for family, *_, address in found)
    return sorted(distinct, key=lambda item: item[0] != socket.AF_INET)


def _listen(family: socket.AddressFamily, address: tuple[str, int], *, optional: bool) -> socket.socket | None:
    try:
        return _open(family, address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(address[1]) from error
        # A name like localhost has an IPv6 address even where the system has IPv6 switched off.
        if optional and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            return None
        raise ConfigurationError(f"cannot listen on {address[0]} port {address[1]}: {error.strerror}") from error


def _open(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    # Only where the protocol is named does asyncio set TCP_NODELAY, without which an answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
