"""What the unavoidable parts cost by themselves: the password hash and the RS256 signature."""

import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from bench.world import PASSWORD
from idp.settings import Settings
from idp.users.passwords import Argon2Parameters, PasswordHasher


class OwnCosts:
    """Argon2id with the provider's parameters, and an RSA signature of 2048 bits, in this process."""

    def __init__(self, settings: Settings) -> None:
        parameters = Argon2Parameters(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_lanes)
        self._hasher = PasswordHasher(parameters)
        self._phc = self._hasher.hash(PASSWORD)
        self._key = rsa.generate_private_key(65537, 2048)

    def measure_argon2(self) -> float:
        """Return the CPU milliseconds of verifying one password."""
        return _measure(lambda: self._hasher.verify(PASSWORD, self._phc), 20)

    def measure_rs256(self) -> float:
        """Return the CPU milliseconds of one signature."""
        return _measure(lambda: self._key.sign(b"." * 500, padding.PKCS1v15(), SHA256()), 100)


def _measure(act: Callable[[], object], count: int) -> float:
    act()
    started = time.process_time()
    for _ in range(count):
        act()
    return (time.process_time() - started) / count * 1000
