"""A second store of authorities' keys: another program makes and holds them, and this process never sees one."""

import secrets
import subprocess
from pathlib import Path
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from idp.pki.authority_keys import AuthorityKey, KeyPurpose, SigningFailed
from tests.services import require_binary


class ExternalKeys:
    """Keys in a folder of openssl's; references are names of files there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signatures = 0

    def create(self, purpose: KeyPurpose) -> AuthorityKey:
        name = f"{purpose}.{secrets.token_hex(8)}"
        self._run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", name)
        return AuthorityKey(self._read_public(name), name.encode())

    def load(self, reference: bytes, purpose: KeyPurpose) -> ec.EllipticCurvePrivateKey:
        name = reference.decode()
        if not name.startswith(f"{purpose}.") or not (self.folder / name).is_file():
            raise SigningFailed("there is no such key")
        return ExternalKey(self, name)

    def keep(self, key: ec.EllipticCurvePrivateKey, purpose: KeyPurpose) -> bytes:
        raise SigningFailed("keys are made here and nowhere else")

    def sign(self, name: str, data: bytes) -> bytes:
        self.signatures += 1
        return self._run("dgst", "-sha256", "-sign", name, stdin=data)

    def _read_public(self, name: str) -> ec.EllipticCurvePublicKey:
        key = load_pem_public_key(self._run("pkey", "-in", name, "-pubout"))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = [require_binary("openssl", package="openssl"), *arguments]
        return subprocess.run(command, cwd=self.folder, input=stdin, capture_output=True, check=True).stdout

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        return self._read_public(name)


class ExternalKey(ec.EllipticCurvePrivateKey):
    """A handle of a key that cannot leave, as of a hardware module."""

    def __init__(self, store: ExternalKeys, name: str) -> None:
        self._store, self._name = store, name

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        assert isinstance(signature_algorithm.algorithm, SHA256)
        return self._store.sign(self._name, bytes(data))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._store.public_key(self._name)

    @property
    def curve(self) -> ec.EllipticCurve:
        return ec.SECP256R1()

    @property
    def key_size(self) -> int:
        return 256

    def private_bytes(self, *_arguments: Any) -> NoReturn:
        raise ValueError("the key cannot leave")

    def exchange(self, *_arguments: Any) -> NoReturn:
        raise ValueError("the key signs and does nothing else")

    def private_numbers(self) -> NoReturn:
        raise ValueError("the key cannot leave")

    def __copy__(self) -> "ExternalKey":
        return self

    def __deepcopy__(self, _memo: Any) -> "ExternalKey":
        return self
