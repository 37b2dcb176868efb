"""Argon2id password hashes (RFC 9106) in PHC string format; those of other systems are verified, and made anew at login."""

import base64
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from idp.errors import PasswordMismatch
from idp.users.password_hashes import verify_hash

_SALT_BYTES = 16
_HASH_BYTES = 32
_PHC = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
MAX_LENGTH = 512
"""Longer passwords are refused: hashing is paid by us, and nobody types them."""


@dataclass(frozen=True)
class Argon2Parameters:
    """Cost of one hash: memory in KiB, passes, lanes."""

    memory_kib: int
    iterations: int
    lanes: int


class PasswordHasher:
    """Hash and verify with one set of parameters; at most *concurrency* hashes at a time, and no more than there are CPUs.

    They run in threads of their own: each thread that hashes keeps the memory of a hash, and on one CPU several would only
    take one another's cache.
    """

    def __init__(self, parameters: Argon2Parameters, *, concurrency: int = 4) -> None:
        self.parameters = parameters
        self._threads = ThreadPoolExecutor(min(concurrency, _usable_cpus()), thread_name_prefix="password")
        self._nobody = self.hash(base64.b64encode(os.urandom(18)).decode())

    def hash(self, password: str) -> str:
        """Return a new PHC string for *password*."""
        return self._threads.submit(self._derive, password.encode()).result()

    def verify(self, password: str, phc: str | None) -> None:
        """Raise `PasswordMismatch` unless *phc* is the hash of *password*, by whatever system it was made.

        Without a hash (no such account, or one without a password) the same time is spent.
        """
        if len(password) > MAX_LENGTH:
            raise PasswordMismatch("the password is too long")
        self._threads.submit(verify_hash, password.encode(), phc or self._nobody).result()
        if phc is None:
            raise PasswordMismatch("there is no password")

    def needs_rehash(self, phc: str) -> bool:
        """Tell whether *phc* was made with other parameters."""
        match = _PHC.fullmatch(phc)
        wanted = self.parameters
        return match is None or tuple(map(int, match.groups())) != (wanted.memory_kib, wanted.iterations, wanted.lanes)

    def _derive(self, password: bytes) -> str:
        return self._argon2(os.urandom(_SALT_BYTES)).derive_phc_encoded(password)

    def _argon2(self, salt: bytes) -> Argon2id:
        wanted = self.parameters
        return Argon2id(
            salt=salt,
            length=_HASH_BYTES,
            iterations=wanted.iterations,
            lanes=wanted.lanes,
            memory_cost=wanted.memory_kib,
        )


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
