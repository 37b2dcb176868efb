"""A client of TLS 1.3 that shows whatever bytes it is given as its certificates (RFC 8446).

It knows one cipher suite, one group and one kind of signature, and believes the server blindly.
"""

import os
import socket
import struct
from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

_ALERT, _HANDSHAKE, _DATA = 21, 22, 23
_FINISHED = 20
_EXTENSIONS = {
    10: bytes.fromhex("0002001d"),  # supported_groups: x25519
    13: bytes.fromhex("000c040308040805080608070503"),  # signature_algorithms
    43: bytes.fromhex("020304"),  # supported_versions: 1.3
}


class Ended(Exception):
    """The server has ended the connection, with or without an alert."""


def exchange(
    port: int, host: str, certificates: Sequence[bytes], key: ec.EllipticCurvePrivateKey, request: bytes
) -> bytes:
    """Return what the server answers to *request* after *certificates* were shown and *key* has signed; raise `Ended`."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(connection)
        try:
            client.greet(host)
            client.show(certificates, key)
            client.send(_DATA, request)
            return b"".join(client.receive_data())
        except ConnectionError as error:
            raise Ended("without a word") from error


class _Direction:
    """The key of one direction (section 7.3), and the number of its records (section 5.3)."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(expand(secret, "key", b"", 16))
        self._nonce = int.from_bytes(expand(secret, "iv", b"", 12))
        self._number = 0

    def next_nonce(self) -> bytes:
        self._number += 1
        return (self._nonce ^ (self._number - 1)).to_bytes(12)

    def seal(self, kind: int, content: bytes) -> bytes:
        head = struct.pack("!BHH", _DATA, 0x0303, len(content) + 17)
        return head + self._cipher.encrypt(self.next_nonce(), content + bytes((kind,)), head)

    def open(self, head: bytes, content: bytes) -> tuple[int, bytes]:
        inner = self._cipher.decrypt(self.next_nonce(), content, head).rstrip(b"\0")
        return inner[-1], inner[:-1]


class _Client:
    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._file = connection, connection.makefile("rb")
        self._transcript = b""
        self._sending: _Direction | None = None
        self._receiving: _Direction | None = None
        self._handshake_bytes = b""

    def greet(self, host: str) -> None:
        """Send ClientHello, and read up to the server's Finished (section 2)."""
        private = x25519.X25519PrivateKey.generate()
        self._write_handshake(1, _client_hello(host, private.public_key().public_bytes_raw()))
        hello = self._read_handshake()
        shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(hello[-32:]))
        early = extract(bytes(32), bytes(32))
        handshake = extract(derive(early, "derived", b""), shared)
        self._client_secret = derive(handshake, "c hs traffic", self._transcript)
        self._sending = _Direction(self._client_secret)
        self._receiving = _Direction(derive(handshake, "s hs traffic", self._transcript))
        while self._read_handshake()[0] != _FINISHED:
            pass
        master = extract(derive(handshake, "derived", b""), bytes(32))
        self._next = [_Direction(derive(master, f"{side} ap traffic", self._transcript)) for side in "cs"]
        self._receiving = self._next[1]

    def show(self, certificates: Sequence[bytes], key: ec.EllipticCurvePrivateKey) -> None:
        """Send Certificate, CertificateVerify and Finished (section 4.4)."""
        entries = b"".join(_sized(3, certificate) + b"\0\0" for certificate in certificates)
        self._write_handshake(11, b"\0" + _sized(3, entries))
        if certificates:
            covered = b" " * 64 + b"TLS 1.3, client CertificateVerify\0" + digest(self._transcript)
            signature = key.sign(covered, ec.ECDSA(hashes.SHA256()))
            self._write_handshake(15, b"\x04\x03" + _sized(2, signature))
        proof = hmac.HMAC(expand(self._client_secret, "finished", b"", 32), hashes.SHA256())
        proof.update(digest(self._transcript))
        self._write_handshake(_FINISHED, proof.finalize())
        self._sending = self._next[0]

    def send(self, kind: int, content: bytes) -> None:
        """Send *content* in as many records as it takes."""
        for start in range(0, len(content), 16_000):
            part = content[start : start + 16_000]
            plain = struct.pack("!BHH", kind, 0x0301, len(part)) + part
            self._connection.sendall(self._sending.seal(kind, part) if self._sending else plain)

    def receive_data(self) -> Iterator[bytes]:
        """Yield what the server says until it ends in good order."""
        while True:
            kind, content = self._read_record()
            if kind == _ALERT and content[1] == 0:
                return
            if kind == _DATA:
                yield content

    def _write_handshake(self, kind: int, body: bytes) -> None:
        message = bytes((kind,)) + _sized(3, body)
        self._transcript += message
        self.send(_HANDSHAKE, message)

    def _read_handshake(self) -> bytes:
        while len(self._handshake_bytes) < 4 or len(self._handshake_bytes) < self._length():
            kind, content = self._read_record()
            if kind == _HANDSHAKE:
                self._handshake_bytes += content
        message = self._handshake_bytes[: self._length()]
        self._handshake_bytes = self._handshake_bytes[len(message) :]
        self._transcript += message
        return message

    def _length(self) -> int:
        return 4 + int.from_bytes(self._handshake_bytes[1:4])

    def _read_record(self) -> tuple[int, bytes]:
        head = self._file.read(5)
        if len(head) < 5:
            raise Ended("without a word")
        content = self._file.read(int.from_bytes(head[3:]))
        kind = head[0]
        if kind == _DATA and self._receiving:
            kind, content = self._receiving.open(head, content)
        if kind == _ALERT and content[1] != 0:
            raise Ended(f"with alert {content[1]}")
        return kind, content


def _client_hello(host: str, share: bytes) -> bytes:
    name = _sized(2, b"\0" + _sized(2, host.encode()))
    extensions = {0: name, **_EXTENSIONS, 51: _sized(2, b"\x00\x1d" + _sized(2, share))}
    encoded = b"".join(struct.pack("!H", number) + _sized(2, value) for number, value in extensions.items())
    return b"\x03\x03" + os.urandom(32) + b"\0" + bytes.fromhex("00021301") + b"\x01\0" + _sized(2, encoded)


def _sized(octets: int, content: bytes) -> bytes:
    return len(content).to_bytes(octets) + content


def digest(data: bytes) -> bytes:
    """Return the SHA-256."""
    state = hashes.Hash(hashes.SHA256())
    state.update(data)
    return state.finalize()


def extract(salt: bytes, secret: bytes) -> bytes:
    """HKDF-Extract (RFC 5869 section 2.2)."""
    return HKDF.extract(hashes.SHA256(), salt, secret)


def expand(secret: bytes, label: str, context: bytes, length: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 section 7.1)."""
    info = length.to_bytes(2) + _sized(1, b"tls13 " + label.encode()) + _sized(1, context)
    return HKDFExpand(hashes.SHA256(), length, info).derive(secret)


def derive(secret: bytes, label: str, messages: bytes) -> bytes:
    """Derive-Secret (RFC 8446 section 7.1)."""
    return expand(secret, label, digest(messages), 32)
