"""Binding, and the errors an operator can act on."""

import socket

import pytest

from idp.errors import ConfigurationError
from idp.serving.sockets import PortTaken, bind_listener, close_all


def test_name_with_two_addresses_gets_one_port() -> None:
    """localhost is 127.0.0.1, and ::1 where the system has IPv6; a free port is the same for both."""
    sockets = bind_listener("localhost", 0)
    ports = {listener.getsockname()[1] for listener in sockets}
    close_all(sockets)

    assert len(ports) == 1
    assert 0 not in ports


def test_bound_port_is_taken_at_once() -> None:
    """Also before anything is served on it, and for this very process."""
    sockets = bind_listener("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]

    with pytest.raises(PortTaken) as caught:
        bind_listener("127.0.0.1", port)
    close_all(sockets)

    assert caught.value.problems == (f"port {port} is taken by another program",)


def test_port_of_an_ended_process_is_free() -> None:
    """Connections in TIME_WAIT do not hold up a restart."""
    sockets = bind_listener("127.0.0.1", 0)
    address = sockets[0].getsockname()
    with socket.create_connection(address) as client:
        sockets[0].setblocking(True)
        sockets[0].accept()[0].close()
        client.recv(1)
    close_all(sockets)

    close_all(bind_listener(*address))


def test_address_of_another_machine_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the address and the system's reason."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(ConfigurationError, match="port 0: Cannot assign"):
        bind_listener("203.0.113.1", 0)


def test_unknown_name_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a name that nobody knows end in a traceback."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(ConfigurationError, match="cannot listen on nowhere: Name or service not known"):
        bind_listener("nowhere", 0)


def test_listener_names_its_protocol() -> None:
    """Else asyncio leaves Nagle's algorithm on, which holds small answers back for 40 ms."""
    sockets = bind_listener("127.0.0.1", 0)
    protocols = [listener.proto for listener in sockets]
    close_all(sockets)

    assert protocols == [socket.IPPROTO_TCP]
