"""PKCS#12 files that administrators exchange (RFC 7292): a certificate is read out of one, and written into one."""

import math
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, load_pkcs12, serialize_key_and_certificates

from idp.errors import IdpError
from idp.pki.key_pairs import PrivateKey

_MOST_ROUNDS = 2_000_000  # Firefox takes 600,000 for each of the three parts; a file may have thousands of parts
_DEEPEST = 24
_SEQUENCE, _OCTETS, _INTEGER = 0x30, 0x04, 0x02
_CONSTRUCTED = 0x20
_ROUNDS = 50_000


class KeyStoreUnreadable(IdpError):
    """The file is no PKCS#12 file, or the password is another, or it would take too long to find out."""


def read_certificate(content: bytes, password: str, alias: str = "") -> x509.Certificate:
    """Return the certificate in the file: that of its key, or the one called *alias*, or the only one. Its key is left where it is.

    Raises `KeyStoreUnreadable`.
    """
    try:
        if sum(_iterate_costs(content)) > _MOST_ROUNDS:
            raise KeyStoreUnreadable("more rounds than are computed here")
        store = load_pkcs12(content, password.encode())
    except KeyStoreUnreadable:
        raise
    except Exception as error:  # a stranger wrote this, and the library raises several
        raise KeyStoreUnreadable(type(error).__name__) from error
    found = [known for known in (store.cert, *store.additional_certs) if known is not None]
    named = [known for known in found if alias and known.friendly_name == alias.encode()]
    chosen = named or ([store.cert] if store.cert is not None else found)
    if len(chosen) != 1 or chosen[0] is None:
        raise KeyStoreUnreadable("no certificate, or several of that name")
    return chosen[0].certificate


def build_key_store(certificate: x509.Certificate, key: PrivateKey | None, *, alias: str, password: str) -> bytes:
    """Return a file with the certificate and, where it is at hand, its key, under a *password* that is not empty."""
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_ROUNDS)
    encryption = builder.key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC).build(password.encode())
    main, others = (certificate, None) if key is not None else (None, [certificate])
    return serialize_key_and_certificates(alias.encode(), key, main, others, encryption)


def _iterate_costs(content: bytes, depth: int = 0) -> Iterator[int]:
    """Yield how many rounds each derivation of a key would take: the numbers that follow its salt (RFC 8018 appendix A, RFC 7914).

    Raises `KeyStoreUnreadable` for what is nested too deeply, `IndexError` or `ValueError` for what is no DER.
    """
    if depth > _DEEPEST:
        raise KeyStoreUnreadable("nested too deeply")
    numbers: list[int] | None = None
    for tag, value in _iterate_elements(content):
        if tag == _OCTETS:
            numbers = []
            yield from _look_into(value, depth)
        elif tag == _INTEGER and numbers is not None:
            numbers.append(int.from_bytes(value, "big"))
        elif tag & _CONSTRUCTED:
            yield from _iterate_costs(value, depth + 1)
    if numbers:
        yield math.prod(numbers[:3]) if len(numbers) > 2 else numbers[0]


def _look_into(value: bytes, depth: int) -> Iterator[int]:
    """Yield the costs within octets that are DER themselves, as the contents of the file are; a salt or what is encrypted is not."""
    try:
        inner = list(_iterate_elements(value)) if value[:1] == bytes([_SEQUENCE]) else []
    except (IndexError, ValueError):
        return
    if inner:
        yield from _iterate_costs(value, depth + 1)


def _iterate_elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(content):
        tag, length, start = content[position], content[position + 1], position + 2
        if tag & 0x1F == 0x1F or length == 0x80 or tag == _OCTETS | _CONSTRUCTED:  # BER can hide numbers from us
            raise ValueError("not DER")
        if length > 0x80:
            start += length - 0x80
            length = int.from_bytes(content[position + 2 : start], "big")
        position = start + length
        if position > len(content):
            raise ValueError("cut off")
        yield tag, content[start:position]
