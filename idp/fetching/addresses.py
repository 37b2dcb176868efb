"""Which addresses are out in the Internet (RFC 6890 and the IANA special-purpose address registries)."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from idp.fetching.errors import FetchRefused

Address = IPv4Address | IPv6Address

_SPECIAL_V4 = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Everything outside 2000::/3 is special: loopback, link-local, unique local, multicast, IPv4 in its several disguises.
_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL_V6 = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: all IPv4 of a host in a network that has none


def verify_public_address(text: str) -> Address:
    """Return the address if it is a unicast one of the open Internet; raise `FetchRefused`.

    IPv4 behind the well-known NAT64 prefix is judged as that IPv4; mapped, 6to4 and Teredo addresses are refused.
    """
    try:
        address = ip_address(text)
    except ValueError:  # such as fe80::1%eth0
        raise FetchRefused(f"{text!r} is not a plain address") from None
    inner = _embedded_in_nat64(address)
    if not (_is_public_v4(inner) if isinstance(inner, IPv4Address) else _is_public_v6(inner)):
        raise FetchRefused(f"{address} is not an address of the open Internet")
    return address


def _embedded_in_nat64(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _SPECIAL_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _GLOBAL_V6 or not address.is_global:
        return False
    return not any(address in network for network in _SPECIAL_V6)
