"""Certificates that somebody has made to be misread, each with the reason for which it is refused; None where nothing is wrong with it.

All of them are signed by an authority of the realm, unless they say otherwise: what a stranger's authority signs fails before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.pki.rejections import Reason
from tests import der
from tests.certificates import CLIENT_AUTH, DAY, Authority, Issued, ec_key, ed25519_key, rsa_key
from tests.der import Surgeon, common_name, extension, oid, sequence, tlv, validity

MALFORMED, USAGE, WEAK, STRANGER = Reason.MALFORMED, Reason.WRONG_USAGE, Reason.WEAK_KEY, Reason.UNTRUSTED_ISSUER
FOR_CLIENTS = extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.2")))
_RSA = sequence(oid("1.2.840.113549.1.1.1"), b"\x05\x00")
_PREFIXES = {  # of DigestInfo (RFC 8017 section 9.2)
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
}


@dataclass(frozen=True)
class Bench:
    """Two issuing authorities of one root, and the key that certificates are for unless their key is what is odd about them."""

    root: Authority
    issuing: Authority
    rsa_issuing: Authority
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls) -> "Bench":
        """Make new ones."""
        root = Authority.create()
        return cls(
            root, root.create_intermediate(), root.create_intermediate("Test RSA Issuing", key=rsa_key()), ec_key()
        )

    @property
    def good(self) -> Issued:
        """A certificate with which nothing is wrong."""
        return self.issuing.issue("alice", key=self.key)

    def operate(self, **changes: Any) -> bytes:
        """Return a certificate with parts replaced."""
        return Surgeon(self.issuing).operate(self.good, **changes)

    def operate_rsa(self, **changes: Any) -> bytes:
        """Return one of the authority with an RSA key."""
        return Surgeon(self.rsa_issuing).operate(self.rsa_issuing.issue("alice", key=self.key), **changes)

    def extend(self, *extensions: bytes) -> bytes:
        """Return a certificate with more extensions."""
        return Surgeon(self.issuing).extend(self.good, *extensions)

    def extended_only(self, *extensions: bytes) -> bytes:
        """Return a certificate for clients with these extensions and no other."""
        return self.operate(extensions=tlv(0xA3, sequence(FOR_CLIENTS, *extensions)))

    def keyed(self, algorithm: bytes, bits: bytes) -> bytes:
        """Return a certificate for a key that is written by hand."""
        return self.operate(key=sequence(algorithm, tlv(3, b"\x00" + bits)))


Build = Callable[[Bench], bytes]
Cases = dict[str, tuple[Build, Reason | None]]

VERSIONS_AND_SERIALS: Cases = {
    "version 1": (lambda b: b.operate(version=b"", extensions=b""), USAGE),
    "version 1 with extensions": (lambda b: b.operate(version=b""), USAGE),
    "version 1 spelt out": (lambda b: b.operate(version=tlv(0xA0, b"\x02\x01\x00"), extensions=b""), MALFORMED),
    "version 2": (lambda b: b.operate(version=tlv(0xA0, b"\x02\x01\x01")), MALFORMED),
    "version 4": (lambda b: b.operate(version=tlv(0xA0, b"\x02\x01\x03")), MALFORMED),
    "version 0": (lambda b: b.operate(version=tlv(0xA0, b"\x02\x01\xff")), MALFORMED),
    "version 3 without extensions": (lambda b: b.operate(extensions=b""), USAGE),
    "serial number -1": (lambda b: b.operate(serial=b"\x02\x01\xff"), MALFORMED),
    "serial number 0": (lambda b: b.operate(serial=b"\x02\x01\x00"), MALFORMED),
    "serial number of 20 octets": (lambda b: b.operate(serial=tlv(2, b"\x7f" * 20)), None),
    "serial number of 21 octets": (lambda b: b.operate(serial=tlv(2, b"\x7f" * 21)), MALFORMED),
    "serial number of 30 octets": (lambda b: b.operate(serial=tlv(2, b"\x01" * 30)), MALFORMED),
    "serial number of 3000 octets": (lambda b: b.operate(serial=tlv(2, b"\x01" * 3000)), MALFORMED),
    "serial number of none": (lambda b: b.operate(serial=b"\x02\x00"), MALFORMED),
    "serial number with zeros in front": (lambda b: b.operate(serial=b"\x02\x02\x00\x01"), MALFORMED),
}

_FOREVER = b"99991231235959Z"
DATES: Cases = {
    "from 1950 to 9999": (lambda b: b.operate(validity=validity(b"500101000000Z", _FOREVER)), None),
    "from the year 1": (lambda b: b.operate(validity=validity(b"00010101000000Z", _FOREVER)), None),
    "from the year 0": (lambda b: b.operate(validity=validity(b"00000101000000Z", _FOREVER)), MALFORMED),
    "over in 1951": (lambda b: b.operate(validity=validity(b"500101000000Z", b"510101000000Z")), Reason.EXPIRED),
    "from 2051": (lambda b: b.operate(validity=validity(b"20510101000000Z", _FOREVER)), Reason.NOT_YET_VALID),
    "ends before it begins": (lambda b: b.operate(validity=validity(b"260101000000Z", b"250101000000Z")), Reason.EXPIRED),
    **{
        f"dates {begin.decode()} to {end.decode()}": (lambda b, begin=begin, end=end: b.operate(validity=validity(begin, end)), reason)
        for begin, end, reason in (
            (b"20260101000000Z", _FOREVER, USAGE),  # GeneralizedTime is for the years from 2050
            (b"260101000000Z", b"20400101000000Z", USAGE),
            (b"20260101000000.5Z", _FOREVER, MALFORMED),
            (b"20260101000000+0100", _FOREVER, MALFORMED),
            (b"2601010000Z", _FOREVER, MALFORMED),
            (b"261301000000Z", _FOREVER, MALFORMED),
            (b"260230000000Z", _FOREVER, MALFORMED),
            (b"260101240000Z", _FOREVER, MALFORMED),
            (b"260101000060Z", _FOREVER, MALFORMED),
            (b"260101000000z", _FOREVER, MALFORMED),
            (b"260101000000Z", b"99991231235960Z", MALFORMED),
            (b"", b"", MALFORMED),
        )
    },
}  # fmt: skip

_TWICE = extension("1.2.3.4", b"\x05\x00")
EXTENSIONS: Cases = {
    "usage twice": (lambda b: b.extend(FOR_CLIENTS), MALFORMED),
    "unknown extension twice": (lambda b: b.extend(_TWICE, _TWICE), MALFORMED),
    "no extensions in the list": (lambda b: b.operate(extensions=tlv(0xA3, sequence())), USAGE),
    "unknown and critical": (lambda b: b.extend(extension("1.2.3.4", b"\x05\x00", critical=True)), USAGE),
    "poisoned": (lambda b: b.extend(extension("1.3.6.1.4.1.11129.2.4.3", b"\x05\x00", critical=True)), USAGE),
    "FALSE written out": (lambda b: b.extend(sequence(oid("1.2.3.4"), b"\x01\x01\x00", tlv(4, b"\x05\x00"))), MALFORMED),
    "TRUE as in BER": (lambda b: b.extend(sequence(oid("1.2.3.4"), b"\x01\x01\x01", tlv(4, b"\x05\x00"))), MALFORMED),
    "garbage in one that nobody knows": (lambda b: b.extend(extension("1.2.3.5", b"\xff\xff")), None),
    "garbage for name constraints": (lambda b: b.extend(extension("2.5.29.30", b"\xff\xff")), MALFORMED),
    "garbage for addresses of lists": (lambda b: b.extend(extension("2.5.29.31", b"\xff\xff")), MALFORMED),
    "name constraints": (
        lambda b: b.extend(extension("2.5.29.30", sequence(tlv(0xA0, sequence(tlv(0x82, b"a")))), critical=True)), USAGE,
    ),
    "policy constraints": (lambda b: b.extend(extension("2.5.29.36", sequence(b"\x80\x01\x00"), critical=True)), USAGE),
    "no usage listed": (lambda b: b.operate(extensions=tlv(0xA3, sequence(extension("2.5.29.37", sequence())))), MALFORMED),
    "any usage": (
        lambda b: b.operate(extensions=tlv(0xA3, sequence(extension("2.5.29.37", sequence(oid("2.5.29.37.0")))))), USAGE,
    ),
    "key usage of no bits": (lambda b: b.extended_only(extension("2.5.29.15", b"\x03\x01\x00", critical=True)), USAGE),
    "key usage non-repudiation": (lambda b: b.extended_only(extension("2.5.29.15", b"\x03\x02\x06\x40", critical=True)), USAGE),
    "key usage encryption": (lambda b: b.extended_only(extension("2.5.29.15", b"\x03\x02\x05\x20", critical=True)), USAGE),
    "key usage signing and issuing": (lambda b: b.extended_only(extension("2.5.29.15", b"\x03\x02\x02\x84", critical=True)), USAGE),
    "an authority": (lambda b: b.extended_only(extension("2.5.29.19", sequence(b"\x01\x01\xff"), critical=True)), USAGE),
    "an authority, uncritically": (lambda b: b.extended_only(extension("2.5.29.19", sequence(b"\x01\x01\xff"))), USAGE),
    "path length without being one": (lambda b: b.extended_only(extension("2.5.29.19", sequence(b"\x02\x01\x00"))), MALFORMED),
    "another authority's key identifier": (
        lambda b: b.extended_only(extension("2.5.29.35", sequence(tlv(0x80, b"\x01" * 20)))), None,
    ),
    "alternative name of garbage": (lambda b: b.extended_only(extension("2.5.29.17", b"\xff")), MALFORMED),
    "address of three octets": (lambda b: b.extended_only(extension("2.5.29.17", sequence(tlv(0x87, b"\x01\x02\x03")))), MALFORMED),
    "host name that is no text": (lambda b: b.extended_only(extension("2.5.29.17", sequence(tlv(0x82, b"\xff")))), MALFORMED),
    "X.400 address": (lambda b: b.extended_only(extension("2.5.29.17", sequence(tlv(0xA3, b"")))), MALFORMED),
}  # fmt: skip

_RIGHT_TO_LEFT = "\u202egro.elpmaxe@nimda\u202c".encode()
NAMES: Cases = {
    **{
        f"name {name}": (lambda b, value=value, tag=tag: b.operate(subject=common_name(value, tag)), reason)
        for name, value, tag, reason in (
            ("with NUL", b"alice\x00.evil.example", 0x0C, None),
            ("from right to left", _RIGHT_TO_LEFT, 0x0C, None),
            ("in look-alike letters", "аlісе".encode(), 0x0C, None),
            ("of markup", b"<script>alert(1)</script>{{ 7*7 }}", 0x0C, None),
            ("of lines", b"alice\r\nBcc: mallory@example.org\r\n\r\n", 0x0C, None),
            ("of an escape sequence", b"\x1b[2J\x1b[31malice", 0x14, None),
            ("of nothing", b"", 0x0C, None),
            ("of 65 characters", b"x" * 65, 0x0C, None),
            ("of 12 kB", b"x" * 12_000, 0x0C, None),
            ("of 12 kB from right to left", "\u202e".encode() * 4000, 0x0C, None),
            ("of 16 kB", b"x" * 16_384, 0x0C, MALFORMED),
            ("in two octets each", "älice".encode("utf-16-be"), 0x1E, None),
            ("in four octets each", "älice".encode("utf-32-be"), 0x1C, None),
            ("of octets", b"\xde\xad", 0x04, None),
            ("of half a character", b"a\x00b", 0x1E, MALFORMED),
            ("of a lone surrogate", b"\xd8\x00\x00b", 0x1E, MALFORMED),
            ("beyond Unicode", b"\xff\xff\xff\xff", 0x1C, MALFORMED),
            ("that is no UTF-8", b"\xff\xfe", 0x0C, MALFORMED),
            ("of a number", b"\x01", 0x02, MALFORMED),
            ("of a list", b"\x05\x00", 0x30, MALFORMED),
            ("with @ in letters that have none", b"a@b", 0x13, MALFORMED),
        )
    },
    "nobody": (lambda b: b.operate(subject=sequence()), None),
    "500 names": (lambda b: b.operate(subject=sequence(*[tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0C, b"a")))] * 500)), None),
    "a name without a part": (lambda b: b.operate(subject=sequence(tlv(0x31, b""))), MALFORMED),
    "a name of an endless kind": (
        lambda b: b.operate(subject=sequence(tlv(0x31, sequence(tlv(6, b"\x2a" + b"\xff" * 200 + b"\x01"), tlv(0x0C, b"a"))))),
        MALFORMED,
    ),
}  # fmt: skip

_ECDSA_NULL = sequence(oid("1.2.840.10045.4.3.2"), b"\x05\x00")
_RSA_WITHOUT_NULL = sequence(oid("1.2.840.113549.1.1.11"))
SIGNATURES: Cases = {
    "RSA with SHA-1": (lambda b: b.operate_rsa(algorithm=der.RSA_SHA1, sign=_sign_old(b, "sha1", hashes.SHA1())), STRANGER),
    "RSA with MD5": (lambda b: b.operate_rsa(algorithm=der.RSA_MD5, sign=_sign_old(b, "md5", hashes.MD5())), STRANGER),
    "ECDSA with SHA-1": (
        lambda b: b.operate(algorithm=sequence(oid("1.2.840.10045.4.1")), sign=der.sign_with(b.issuing, hashes.SHA1())), STRANGER,
    ),
    "ECDSA with SHA-512": (
        lambda b: b.operate(algorithm=sequence(oid("1.2.840.10045.4.3.4")), sign=der.sign_with(b.issuing, hashes.SHA512())), None,
    ),
    "RSA-PSS": (lambda b: _sign_pss(b, 32), None),
    "RSA-PSS without salt": (lambda b: _sign_pss(b, 0), USAGE),
    "an unknown algorithm": (lambda b: b.operate(algorithm=sequence(oid("1.2.3.4"))), STRANGER),
    "two algorithms": (lambda b: b.operate(outer=der.RSA_SHA256), STRANGER),
    "parameters outside alone": (lambda b: b.operate(outer=_ECDSA_NULL), MALFORMED),
    "parameters where there are none": (lambda b: b.operate(algorithm=_ECDSA_NULL), MALFORMED),
    "no parameters outside": (lambda b: b.operate_rsa(outer=_RSA_WITHOUT_NULL), STRANGER),
    "no parameters where there are some": (lambda b: b.operate_rsa(algorithm=_RSA_WITHOUT_NULL), USAGE),
    "ECDSA of zeros": (lambda b: b.operate(sign=lambda _: sequence(b"\x02\x01\x00", b"\x02\x01\x00")), STRANGER),
    "ECDSA with more behind": (lambda b: b.operate(sign=lambda data: Surgeon(b.issuing).sign(data) + b"\x00"), STRANGER),
    "a signature with a bit unused": (lambda b: _leave_bit_unused(b), MALFORMED),  # noqa: PLW0108 (it stands below)
    "the twin of an ECDSA signature": (lambda b: b.operate(sign=lambda data: _twin(Surgeon(b.issuing).sign(data))), None),
    "no signature": (lambda b: b.operate(sign=lambda _: b""), STRANGER),
    "more in what is signed": (lambda b: b.operate(more=b"\x05\x00"), MALFORMED),
    "more behind the certificate": (lambda b: b.good.der + b"\x00", MALFORMED),
    "two certificates": (lambda b: b.good.der * 2, MALFORMED),
    "PEM": (lambda b: b.good.pem.encode(), MALFORMED),
    "indefinite length": (lambda b: b"\x30\x80" + der.inside(b.good.der) + b"\x00\x00", MALFORMED),
    "length in too many octets": (lambda b: _lengthen(b.good.der), MALFORMED),
}  # fmt: skip

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_EC, _P256 = oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")
_MODULUS = rsa_key().private_numbers().public_numbers.n
KEYS: Cases = {
    **{
        f"key {name}": (lambda b, make=make: b.issuing.issue("alice", key=make()).der, WEAK)
        for name, make in (
            ("RSA-1024", lambda: rsa_key(1024)),
            ("RSA with exponent 3", lambda: rsa.generate_private_key(3, 2048)),
            ("secp256k1", lambda: ec_key(ec.SECP256K1())),
            ("P-224", lambda: ec_key(ec.SECP224R1())),
            ("brainpool", lambda: ec_key(ec.BrainpoolP256R1())),
            ("Ed25519", ed25519_key),
            ("Ed448", ed448.Ed448PrivateKey.generate),
            ("DSA", lambda: dsa.generate_private_key(1024)),
            ("X25519", x25519.X25519PrivateKey.generate),
        )
    },
    **{
        f"RSA key with {name}": (lambda b, n=n, e=e: b.keyed(_RSA, sequence(_integer(n), _integer(e))), WEAK)
        for name, n, e in (
            ("exponent 1", _MODULUS, 1),
            ("exponent 0", _MODULUS, 0),
            ("an even exponent", _MODULUS, 65538),
            ("an exponent as long as the modulus", _MODULUS, _MODULUS - 2),
            ("an even modulus", _MODULUS + 1, 65537),
            ("32768 bits", (1 << 32767) + 1, 65537),
        )
    },
    "RSA key with a negative modulus": (lambda b: b.keyed(_RSA, sequence(tlv(2, b"\xff" * 256), _integer(65537))), WEAK),
    "point beside the curve": (lambda b: b.keyed(sequence(_EC, _P256), b"\x04" + b"\x01" * 64), WEAK),
    "point at infinity": (lambda b: b.keyed(sequence(_EC, _P256), b"\x00"), WEAK),
    "no point": (lambda b: b.keyed(sequence(_EC, _P256), b""), WEAK),
    "curve of one's own": (lambda b: b.keyed(_curve_with_generator(_point(b)), _point(b)), WEAK),
    "no curve": (lambda b: b.keyed(sequence(_EC, b"\x05\x00"), _point(b)), WEAK),
    "curve that nobody knows": (lambda b: b.keyed(sequence(_EC, oid("1.2.3.4")), _point(b)), WEAK),
    "key that nobody knows": (lambda b: b.keyed(sequence(oid("1.2.3.4")), b"x"), WEAK),
}  # fmt: skip

CASES: Cases = {**VERSIONS_AND_SERIALS, **DATES, **EXTENSIONS, **NAMES, **SIGNATURES, **KEYS}


def each(bench: Bench) -> Iterator[tuple[str, bytes, Reason | None]]:
    """Yield the name, the certificate in DER and the expected reason of each case."""
    for name, (build, reason) in CASES.items():
        yield name, build(bench), reason


def _integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1))


def _lengthen(certificate: bytes) -> bytes:
    content = der.inside(certificate)
    return b"\x30\x84" + len(content).to_bytes(4) + content


def _sign_old(bench: Bench, digest: str, algorithm: hashes.HashAlgorithm) -> der.Signer:
    """Return PKCS #1 signatures with a digest that the library signs with no more."""
    key = bench.rsa_issuing.key
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()

    def sign(data: bytes) -> bytes:
        state = hashes.Hash(algorithm)
        state.update(data)
        info = _PREFIXES[digest] + state.finalize()
        padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info
        return pow(int.from_bytes(padded), numbers.d, numbers.public_numbers.n).to_bytes(256)

    return sign


def _leave_bit_unused(bench: Bench) -> bytes:
    """Return a certificate whose signature ends in a bit of zero, which is said not to belong to it."""
    good = next(good for good in iter(lambda: bench.good, None) if good.der[-1] % 2 == 0)
    start = -len(good.certificate.signature) - 1
    return good.der[:start] + b"\x01" + good.der[start + 1 :]


def _twin(signature: bytes) -> bytes:
    """Return (r, n - s) for (r, s): anybody can make it, and it verifies as well."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, _P256_ORDER - s)


def _sign_pss(bench: Bench, salt: int) -> bytes:
    issuer, now = bench.rsa_issuing, bench.root.certificate.not_valid_before_utc
    assert isinstance(issuer.key, rsa.RSAPrivateKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alice")]))
        .issuer_name(issuer.certificate.subject)
        .public_key(bench.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + 20 * DAY)
        .add_extension(x509.ExtendedKeyUsage([CLIENT_AUTH]), critical=False)
    )
    chosen = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    return builder.sign(issuer.key, hashes.SHA256(), rsa_padding=chosen).public_bytes(Encoding.DER)


def _point(bench: Bench) -> bytes:
    key = bench.issuing.key.public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _curve_with_generator(generator: bytes) -> bytes:
    """Return P-256 with another generator, written out: whoever chooses it knows the private key of any public one."""
    prime = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
    b = bytes.fromhex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b")
    field = sequence(oid("1.2.840.10045.1.1"), _integer(prime))
    curve = sequence(tlv(4, (prime - 3).to_bytes(32)), tlv(4, b))
    return sequence(
        _EC, sequence(b"\x02\x01\x01", field, curve, tlv(4, generator), _integer(_P256_ORDER), b"\x02\x01\x01")
    )
