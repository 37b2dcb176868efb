"""Certificates taken apart and put together again with parts that no library would write, and signed all the same (X.690)."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.certificates import Authority, Issued

ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
RSA_SHA1 = bytes.fromhex("300d06092a864886f70d0101050500")
RSA_MD5 = bytes.fromhex("300d06092a864886f70d0101040500")
NAMES = ("version", "serial", "algorithm", "issuer", "validity", "subject", "key", "extensions")

Signer = Callable[[bytes], bytes]


def tlv(tag: int, content: bytes) -> bytes:
    """Return one element."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE."""
    return tlv(0x30, b"".join(parts))


def oid(text: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, text.split("."))
    return tlv(0x06, b"".join(_base128(number) for number in (first * 40 + second, *rest)))


def _base128(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.insert(0, 0x80 | number & 0x7F)
    return bytes(groups)


def split(content: bytes) -> list[bytes]:
    """Return the elements that follow one another in *content*."""
    parts = []
    while content:
        start, size = 2, content[1]
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(content[2:start])
        parts.append(content[: start + size])
        content = content[start + size :]
    return parts


def inside(element: bytes) -> bytes:
    """Return the content of an element."""
    return element[2 + (element[1] & 0x7F if element[1] & 0x80 else 0) :]


def extension(identifier: str, value: bytes, *, critical: bool = False) -> bytes:
    """Return an extension."""
    return sequence(oid(identifier), b"\x01\x01\xff" if critical else b"", tlv(0x04, value))


def common_name(value: bytes, tag: int = 0x0C) -> bytes:
    """Return a name of one attribute with these very bytes in it."""
    return sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(tag, value))))


def validity(not_before: bytes, not_after: bytes) -> bytes:
    """Return a Validity; texts of 13 characters are UTCTime, all others GeneralizedTime."""
    return sequence(*(tlv(0x17 if len(text) == 13 else 0x18, text) for text in (not_before, not_after)))


@dataclass(frozen=True)
class Surgeon:
    """Changes what *authority* has issued, and signs it again with its key."""

    authority: Authority

    def operate(
        self,
        issued: Issued,
        *,
        outer: bytes | None = None,
        sign: Signer | None = None,
        more: bytes = b"",
        **parts: bytes,
    ) -> bytes:
        """Return *issued* in DER with *parts* (of NAMES) replaced; b"" leaves one out, `more` follows after the last.

        *outer* is the algorithm beside the signature, which is otherwise that inside.
        """
        old = dict(zip(NAMES, split(inside(split(inside(issued.der))[0])), strict=True))
        tbs = sequence(*({**old, **parts}[name] for name in NAMES), more)
        algorithm = outer if outer is not None else parts.get("algorithm", old["algorithm"])
        return sequence(tbs, algorithm, tlv(0x03, b"\x00" + (sign or self.sign)(tbs)))

    def sign(self, data: bytes) -> bytes:
        """Sign as the authority does."""
        return sign_with(self.authority, hashes.SHA256())(data)

    def extend(self, issued: Issued, *extensions: bytes) -> bytes:
        """Return *issued* in DER with *extensions* behind its own."""
        old = dict(zip(NAMES, split(inside(split(inside(issued.der))[0])), strict=True))["extensions"]
        return self.operate(issued, extensions=tlv(0xA3, sequence(inside(inside(old)), *extensions)))


def sign_with(authority: Authority, digest: hashes.HashAlgorithm) -> Signer:
    """Return a signer with the key of *authority* and this digest."""

    def sign(data: bytes) -> bytes:
        key = authority.key
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, padding.PKCS1v15(), digest)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.sign(data, ec.ECDSA(digest))

    return sign
