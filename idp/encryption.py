"""Secrets at rest: AES-256-GCM under the master key (NIST SP 800-38D).

A ciphertext is ``version (1) | key id (4) | nonce (12) | ciphertext and tag``. The context string (which
table and column it belongs to) is authenticated with it, so a value cannot be moved to another place.
"""

import base64
import binascii
import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.errors import ConfigurationError, IdpError

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class DecryptionFailed(IdpError):
    """A stored secret was written under another master key, or was tampered with."""


class Cipher:
    """Encrypt and decrypt secrets under one master key of 32 bytes."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != _KEY_BYTES:
            raise ConfigurationError("the master key must have 32 bytes")
        self._aead = AESGCM(master_key)
        self._header = _VERSION + hashlib.sha256(b"key id" + master_key).digest()[:4]

    def encrypt(self, plaintext: bytes, context: str) -> bytes:
        """Return *plaintext* encrypted, bound to *context*."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._header + nonce + self._aead.encrypt(nonce, plaintext, self._header + context.encode())

    def decrypt(self, ciphertext: bytes, context: str) -> bytes:
        """Return what was encrypted with the same *context*; raise `DecryptionFailed`."""
        start = len(self._header)
        if ciphertext[:start] != self._header:
            raise DecryptionFailed(f"{context} was encrypted under another master key")
        nonce, body = ciphertext[start : start + _NONCE_BYTES], ciphertext[start + _NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, body, self._header + context.encode())
        except (InvalidTag, ValueError) as error:  # the latter for a nonce that was cut off
            raise DecryptionFailed(f"{context} does not decrypt") from error


def read_master_key(path: Path) -> bytes:
    """Read the base64 text of 32 bytes in *path*; raise `ConfigurationError`."""
    try:
        key = base64.b64decode(path.read_text().strip(), validate=True)
    except OSError as error:
        raise ConfigurationError(f"the master key file {path} cannot be read: {error.strerror}") from error
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(f"the master key file {path} does not hold base64") from error
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(f"the master key file {path} must hold the base64 of 32 bytes")
    return key


def create_master_key(path: Path) -> None:
    """Write a new random master key to *path*, readable by its owner alone, unless there is one.

    Whoever finds the file finds it complete, also when several processes begin at the same time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
