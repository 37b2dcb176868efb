"""Whose request it is: the transport's peer, or what trusted proxies say of theirs."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from idp.settings import Network


def client_address(scope: Mapping[str, Any], forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the address of the nearest hop that is not a trusted proxy; empty for a Unix socket.

    X-Forwarded-For is read from the right, as each proxy appends the peer it saw, and only while the one who
    wrote an entry is trusted.
    """
    peer = scope.get("client")
    address = str(peer[0]) if peer else ""
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    while hops and is_trusted(address, trusted):
        candidate = hops.pop()
        if not _is_address(candidate):
            break
        address = candidate
    return address


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Tell whether *address* lies in one of the networks."""
    if not trusted or not _is_address(address):
        return False
    parsed = ip_address(address)
    return any(parsed in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
