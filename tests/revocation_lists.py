"""Revocation lists of any size and with any flaw, written octet by octet and signed with an authority's own key.

::

    data = build_list(issuing, [5, 6], number=7)
    data = build_list(issuing, [5], extensions=[(x509.DeltaCRLIndicator(1), True)])
    data = build_list(issuing, entries=entry(5, encoded_extension("2.5.29.21", b"\x0a\x01\x06")))
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from idp.pki.foreign_revocation.der import encode
from idp.pki.foreign_revocation.issuers import serial_octets
from tests.certificates import Authority, Extension

HOUR = dt.timedelta(hours=1)
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
_VERSION_2 = b"\x02\x01\x01"


def build_list(
    issuer: Authority,
    serial_numbers: Iterable[int] = (),
    *,
    entries: bytes | None = None,
    number: int | None = 1,
    this_update: dt.datetime | None = None,
    next_update: dt.datetime | bool | None = True,
    extensions: Sequence[Extension] = (),
    signer: Authority | None = None,
    algorithm: bytes | None = None,
    outer_algorithm: bytes | None = None,
    version: bytes = _VERSION_2,
) -> bytes:
    """Return a list in DER, of an hour ago until in a day, that *signer* signs in the name of *issuer*."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    this_update = this_update or now - HOUR
    key = (signer or issuer).key
    own = ECDSA_SHA256 if isinstance(key, ec.EllipticCurvePrivateKey) else RSA_SHA256
    if entries is None:
        entries = b"".join(entry(serial_number) for serial_number in serial_numbers)
    numbered = [] if number is None else [(x509.CRLNumber(number), False)]
    encoded = b"".join(
        encoded_extension(e.oid.dotted_string, e.public_bytes(), critical=c) for e, c in [*numbered, *extensions]
    )
    body = (
        version
        + (algorithm or own)
        + issuer.certificate.subject.public_bytes()
        + encoded_time(this_update)
        + (encoded_time(now + 24 * HOUR if next_update is True else next_update) if next_update else b"")
        + (encode(0x30, entries) if entries else b"")
        + (encode(0xA0, encode(0x30, encoded)) if encoded else b"")
    )
    signed = encode(0x30, body)
    return encode(0x30, signed + (outer_algorithm or own) + encode(0x03, b"\0" + sign(key, signed)))


def sign(key: object, data: bytes) -> bytes:
    """Return the key's signature with SHA-256."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(data, PKCS1v15(), hashes.SHA256())


def entry(serial_number: int, *extensions: bytes) -> bytes:
    """Return an entry of a list."""
    date = encoded_time(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    rest = encode(0x30, b"".join(extensions)) if extensions else b""
    return encode(0x30, encode(0x02, serial_octets(serial_number)) + date + rest)


def encoded_extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    """Return an extension."""
    first, second, *arcs = map(int, oid.split("."))
    octets = bytes([40 * first + second]) + b"".join(_encode_arc(arc) for arc in arcs)
    return encode(0x30, encode(0x06, octets) + (b"\x01\x01\xff" if critical else b"") + encode(0x04, value))


def encoded_time(instant: dt.datetime) -> bytes:
    """Return a UTCTime, or a GeneralizedTime from 2050 on."""
    if instant.year < 2050:
        return encode(0x17, f"{instant:%y%m%d%H%M%S}Z".encode())
    return encode(0x18, f"{instant:%Y%m%d%H%M%S}Z".encode())


def _encode_arc(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))
