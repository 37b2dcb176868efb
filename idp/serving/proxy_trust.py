"""Combinations of settings under which a stranger could say which certificate somebody showed (RFC 9440 section 4)."""

from collections.abc import Iterator

from idp.errors import ConfigurationError
from idp.settings import Network, Settings, is_loopback_name

# Content delivery networks publish ranges of a /12 or a /29; nobody has a larger one for proxies alone.
_LARGEST_PUBLIC = {4: 10, 6: 24}
# What one operator can overlook: 256 addresses, or one link of IPv6.
_LARGEST_BELIEVED = {4: 24, 6: 64}


def verify_proxy_trust(settings: Settings) -> None:
    """Raise one `ConfigurationError` with everything that is unsafe, each with what to do."""
    problems = [*_find_public_networks(settings), *_find_open_doors(settings), *_find_contradictions(settings)]
    if problems:
        raise ConfigurationError(*problems)


def _find_public_networks(settings: Settings) -> Iterator[str]:
    """Find networks in which strangers can have an address."""
    reads_header = settings.client_certificate_source != "tls"
    for network in settings.trusted_proxies:
        longest = (_LARGEST_BELIEVED if reads_header else _LARGEST_PUBLIC)[network.version]
        if network.is_global and network.prefixlen < longest:
            yield (
                f"trusted_proxies: {network} is a whole public network, in which strangers have addresses: "
                "name the addresses that your own proxies connect from"
            )


def _find_open_doors(settings: Settings) -> Iterator[str]:
    """Find networks whose machines can all reach the certificate port, and be believed without a word of proof."""
    if settings.client_certificate_source == "tls" or settings.trusted_proxy_secret or is_loopback_name(settings.host):
        return
    for network in settings.trusted_proxies:
        if _is_wide(network):
            yield (
                f"trusted_proxies: every machine of {network} that reaches the certificate port (host is {settings.host}) could "
                "show anybody's certificate: name the proxies alone (at most a /24, or a /64 of IPv6), "
                "or set trusted_proxy_secret and have the proxy send it"
            )


def _find_contradictions(settings: Settings) -> Iterator[str]:
    """Find what is set for TLS at a port that speaks plain HTTP."""
    source = settings.client_certificate_source
    if source == "tls":
        if settings.trusted_proxy_secret:
            yield (
                "trusted_proxy_secret: no header is read while client_certificate_source is tls: "
                "name the proxy's format there, or take the secret away"
            )
        return
    for name in ("certificate_tls_certificate_file", "certificate_tls_key_file"):
        if getattr(settings, name) is not None:
            yield (
                f"{name}: the certificate port speaks plain HTTP while client_certificate_source is {source}: "
                "set that to tls, or take the file away"
            )


def _is_wide(network: Network) -> bool:
    return not network.is_loopback and network.prefixlen < _LARGEST_BELIEVED[network.version]
