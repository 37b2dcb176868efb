"""Which addresses are out in the Internet (RFC 6890; ASVS 5.0 1.3.6)."""

import pytest

from idp.fetching.addresses import verify_public_address
from idp.fetching.errors import FetchRefused


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192"),
        *("192.0.2.1", "198.51.100.1", "203.0.113.9", "198.18.0.1", "198.19.255.255", "192.88.99.1"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"),
        *("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "2001::1", "2001:0:7f00:1::", "2001:10::1"),
        *("2001:db8::1", "3fff::1", "5f00::1", "4000::1", "2606:4700::1%1"),
        *("localhost", "", "1.1.1.1 ", "0x7f.1", "2130706433"),
    ],
)
def test_special_addresses_are_refused(address: str) -> None:
    """Loopback, private, link-local, shared, multicast, reserved, documentation, and IPv4 inside IPv6."""
    with pytest.raises(FetchRefused):
        verify_public_address(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450::1", "64:ff9b::1.1.1.1"])
def test_public_addresses_are_accepted(address: str) -> None:
    """Unicast addresses of the open Internet, behind NAT64 as well (RFC 6052)."""
    assert str(verify_public_address(address))
