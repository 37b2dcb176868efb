"""The endpoints at which clients may show a certificate, by the addresses where they are asked for one (RFC 8705 section 5)."""

from collections.abc import Mapping

_ALIASED = (
    "token_endpoint",
    "userinfo_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "pushed_authorization_request_endpoint",
)


def build_endpoint_aliases(endpoints: Mapping[str, str], issuer: str, mutual_tls_issuer: str) -> dict[str, str]:
    """Return those of *endpoints* that begin with *issuer*, with *mutual_tls_issuer* in its place."""
    return {name: mutual_tls_issuer + endpoints[name].removeprefix(issuer) for name in _ALIASED if name in endpoints}
