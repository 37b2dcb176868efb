"""A revocation list taken apart (RFC 5280 section 5.1): everything but its entries as a value, and where the entries are.

What is left without the entries is a small list of its own, which `cryptography` reads. So nothing here has to understand names,
algorithms and extensions, and the memory it takes does not depend on the list.
"""

import hashlib
import os
from dataclasses import dataclass
from typing import IO

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from idp.pki.foreign_revocation import der
from idp.pki.foreign_revocation.errors import ListRefused

_PIECE = 65_536
_MAX_SMALL = 65_536  # what stands around the entries: names, times, extensions, the signature
_EXTENSIONS = 0xA0


@dataclass(frozen=True)
class ListDocument:
    """A list that was read and not believed yet.

    `head` is the list without its entries, `signed` where what its signature covers begins and ends, `entries` where the entries
    themselves do. `digest` is the SHA-256 of the whole.
    """

    file: IO[bytes]
    head: x509.CertificateRevocationList
    extensions: x509.Extensions
    signed: tuple[int, int]
    entries: tuple[int, int]
    digest: str

    def hash_signed(self, algorithm: hashes.HashAlgorithm) -> bytes:
        """Return the digest of what is signed."""
        digest = hashes.Hash(algorithm)
        _feed(self.file, self.signed, digest)
        return digest.finalize()


def read_document(file: IO[bytes]) -> ListDocument:
    """Return the list in DER in *file*, which stays open; raise `ListRefused`. The entries themselves are not looked at yet."""
    size = file.seek(0, os.SEEK_END)
    outer = der.Reader(file, 0, size)
    body = outer.enter(der.SEQUENCE)
    outer.finish()
    signed = body.take(der.SEQUENCE)
    algorithm = body.octets(body.take(der.SEQUENCE), _MAX_SMALL)
    bits = body.take(der.BIT_STRING)
    signature = body.octets(bits, _MAX_SMALL)
    if bits.start == bits.stop or signature[bits.start - bits.begin]:
        raise ListRefused("malformed: its signature is not of whole octets")
    body.finish()
    before, entries, after = _split(der.Reader(file, signed.start, signed.stop), algorithm)
    shell = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, before + after) + algorithm + signature)
    head, extensions = _parse(shell)
    digest = hashlib.sha256()
    _feed(file, (0, size), digest)
    return ListDocument(file, head, extensions, (signed.begin, signed.stop), entries, digest.hexdigest())


def _split(reader: der.Reader, algorithm: bytes) -> tuple[bytes, tuple[int, int], bytes]:
    """Return what stands before the entries, where these are, and what stands behind them."""
    begin = reader.position
    reader.take_if(der.INTEGER)
    if reader.octets(reader.take(der.SEQUENCE), _MAX_SMALL) != algorithm:
        raise ListRefused("malformed: its two algorithms differ")
    reader.take(der.SEQUENCE)
    reader.take(der.UTC_TIME, der.GENERALIZED_TIME)
    reader.take_if(der.UTC_TIME, der.GENERALIZED_TIME)
    before = reader.octets(der.Element(0, begin, begin, reader.position), _MAX_SMALL)
    entries = reader.take_if(der.SEQUENCE)
    behind = reader.take_if(_EXTENSIONS)
    reader.finish()
    after = reader.octets(behind, _MAX_SMALL) if behind else b""
    return before, (entries.start, entries.stop) if entries else (0, 0), after


def _parse(shell: bytes) -> tuple[x509.CertificateRevocationList, x509.Extensions]:
    try:
        head = x509.load_der_x509_crl(shell)
        # The parser is lazy, and a stranger wrote this.
        _ = head.issuer, head.last_update_utc, head.next_update_utc, head.signature
        return head, head.extensions
    except Exception as error:
        raise ListRefused(f"malformed: {type(error).__name__}: {error}"[:200]) from error


def _feed(file: IO[bytes], span: tuple[int, int], digest: "hashes.Hash | hashlib._Hash") -> None:
    begin, end = span
    file.seek(begin)
    while begin < end:
        piece = file.read(min(_PIECE, end - begin))
        if not piece:
            raise ListRefused("malformed: it breaks off")
        digest.update(piece)
        begin += len(piece)
