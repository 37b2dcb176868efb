"""Key pairs of clients."""

from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey

_NEW_KEYS: dict[str, Any] = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "PS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
}
ALGORITHMS = tuple(_NEW_KEYS)


def new_key(algorithm: str) -> Any:
    """Return a new key pair for *algorithm*, with a kid."""
    key = _NEW_KEYS[algorithm]()
    key.ensure_kid()
    return key
