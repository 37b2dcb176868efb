"""Secrets at rest: AES-256-GCM under the master key (NIST SP 800-38D).

The file of the master key may hold several, one a line: the first encrypts, and each decrypts what it has encrypted.

A ciphertext is ``version (1) | key id (4) | nonce (12) | ciphertext and tag``. The context string (which
table and column it belongs to) is authenticated with it, so a value cannot be moved to another place.
"""

import base64
import binascii
import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.errors import ConfigurationError, Conflict, IdpError

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_HEADER_BYTES = len(_VERSION) + _KEY_ID_BYTES


class DecryptionFailed(IdpError):
    """A stored secret was written under another master key, or was tampered with."""


@dataclass(frozen=True)
class _Ring:
    """The keys at one time: what ciphertexts begin with at present, and each key by what its ciphertexts begin with."""

    header: bytes
    keys: Mapping[bytes, AESGCM]


class Cipher:
    """Encrypt secrets under a master key of 32 bytes; decrypt also what *former* ones have encrypted.

    With *source*, the file is read again when a secret turns up that was encrypted under an unknown key.
    """

    def __init__(self, master_key: bytes, *former: bytes, source: Path | None = None) -> None:
        self._ring = _build_ring((master_key, *former))
        self._source = source

    @classmethod
    def from_file(cls, path: Path) -> "Cipher":
        """Return the cipher of the keys in *path*; raise `ConfigurationError`."""
        return cls(*read_master_keys(path), source=path)

    @property
    def header(self) -> bytes:
        """What everything begins with that is encrypted at present."""
        return self._ring.header

    def refresh(self) -> None:
        """Take the keys that the file holds now; raise `ConfigurationError`, and keep the ones there are, where it cannot be read."""
        if self._source is not None:
            self._ring = _build_ring(read_master_keys(self._source))

    def encrypt(self, plaintext: bytes, context: str) -> bytes:
        """Return *plaintext* encrypted, bound to *context*."""
        ring, nonce = self._ring, os.urandom(_NONCE_BYTES)
        sealed = ring.keys[ring.header].encrypt(nonce, plaintext, ring.header + context.encode())
        return ring.header + nonce + sealed

    def decrypt(self, ciphertext: bytes, context: str) -> bytes:
        """Return what was encrypted with the same *context*; raise `DecryptionFailed`."""
        header, rest = ciphertext[:_HEADER_BYTES], ciphertext[_HEADER_BYTES:]
        key = self._find(header)
        if key is None:
            raise DecryptionFailed(f"{context} was encrypted under another master key")
        nonce, body = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return key.decrypt(nonce, body, header + context.encode())
        except (InvalidTag, ValueError) as error:  # the latter for a nonce that was cut off
            raise DecryptionFailed(f"{context} does not decrypt") from error

    def _find(self, header: bytes) -> AESGCM | None:
        if header not in self._ring.keys and len(header) == _HEADER_BYTES:
            with contextlib.suppress(ConfigurationError):
                self.refresh()
        return self._ring.keys.get(header)


def _build_ring(keys: Sequence[bytes]) -> _Ring:
    if any(len(key) != _KEY_BYTES for key in keys):
        raise ConfigurationError("the master key must have 32 bytes")
    headers = [_VERSION + hashlib.sha256(b"key id" + key).digest()[:_KEY_ID_BYTES] for key in keys]
    return _Ring(headers[0], {header: AESGCM(key) for header, key in zip(headers, keys, strict=True)})


def read_master_keys(path: Path) -> tuple[bytes, ...]:
    """Read the keys in *path*, each the base64 of 32 bytes on a line, the present one first; raise `ConfigurationError`."""
    try:
        keys = tuple(
            base64.b64decode(line.strip(), validate=True) for line in path.read_text().split("\n") if line.strip()
        )
    except OSError as error:
        raise ConfigurationError(f"the master key file {path} cannot be read: {error.strerror}") from error
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(f"the master key file {path} does not hold base64") from error
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise ConfigurationError(f"the master key file {path} must hold the base64 of 32 bytes, on each of its lines")
    return keys


def create_master_key(path: Path) -> None:
    """Write a new random master key to *path*, readable by its owner alone, unless there is one.

    Whoever finds the file finds it complete, also when several processes begin at the same time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _draft(path, _encode_new_key()) as draft, contextlib.suppress(FileExistsError):
        os.link(draft, path)


def add_master_key(path: Path) -> None:
    """Put a new random master key before those in *path*, so that it encrypts from then on, and they still decrypt.

    The file keeps its owner and its mode, and is complete at every moment. Raises `ConfigurationError` where it holds no keys, and
    `Conflict` where somebody else is doing the same.
    """
    path = path.resolve()  # where it is a link, what it leads to is replaced
    with _hold(path):
        keys, status = read_master_keys(path), path.stat()
        content = _encode_new_key() + b"".join(base64.b64encode(key) + b"\n" for key in keys)
        with _draft(path, content) as draft:
            os.chmod(draft, stat.S_IMODE(status.st_mode))
            if hasattr(os, "chown"):
                os.chown(draft, status.st_uid, status.st_gid)
            os.replace(draft, path)


def _encode_new_key() -> bytes:
    return base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n"


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[str]:
    """Yield the name of a file beside *path* with *content*, on disk, for its owner alone; it is removed afterwards."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


@contextmanager
def _hold(path: Path) -> Iterator[None]:
    lock = path.with_name(f".{path.name}.lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise Conflict(f"somebody else changes the master key; if not, remove {lock}") from error
    try:
        yield
    finally:
        os.unlink(lock)
