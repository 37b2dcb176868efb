"""The entries of a revocation list, one after another (RFC 5280 sections 5.1.2.6 and 5.3), as fast as plain Python can.

There may be millions, so they are not made into objects: what comes out is the octets of each serial number. The reason is not
kept: a certificate on hold is not to be used either, and removeFromCRL is for delta lists alone.
"""

from collections.abc import Iterator
from typing import IO

from idp.pki.foreign_revocation.der import (
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    UTC_TIME,
    read_header,
)
from idp.pki.foreign_revocation.errors import ListRefused

MAX_SERIAL_OCTETS = 32  # RFC 5280 section 4.1.2.2 allows 20; a little more does no harm
_PIECE = 65_536
_MAX_ENTRY = 4096
_TIME_LENGTHS = {UTC_TIME: 13, GENERALIZED_TIME: 15}
_CERTIFICATE_ISSUER = b"\x55\x1d\x1d"
# reasonCode, holdInstructionCode, invalidityDate: what is revoked is revoked, whatever these say.
_UNDERSTOOD = frozenset({b"\x55\x1d\x15", b"\x55\x1d\x17", b"\x55\x1d\x18"})
_KNOWN = 256


def iterate_serial_numbers(file: IO[bytes], span: tuple[int, int]) -> Iterator[bytes]:
    """Yield the serial number of each entry between the two positions; raise `ListRefused` at the first that is not right."""
    position, end = span
    known: set[bytes] = set()
    rest = b""
    file.seek(position)
    while position < end or rest:
        piece = file.read(min(_PIECE, end - position))
        position += len(piece)
        if not piece and position < end:
            raise ListRefused("malformed: it breaks off")
        data, at = rest + piece, 0
        while at < len(data):
            stop = _find_end(data, at)
            if stop > len(data):
                if position == end:
                    raise ListRefused("malformed: an entry does not fit")
                break
            yield _read_entry(data, at, stop, known)
            at = stop
        rest = data[at:]


def _find_end(data: bytes, at: int) -> int:
    """Return where the entry ends, which is behind *data* if it is not there as a whole."""
    if len(data) - at < 4:
        return at + _MAX_ENTRY
    tag, start, stop = read_header(data, at, at + _MAX_ENTRY)
    if tag != SEQUENCE or start == stop:
        raise ListRefused("malformed: an entry is none")
    return stop


def _read_entry(data: bytes, at: int, stop: int, known: set[bytes]) -> bytes:
    _, start, _ = read_header(data, at, stop)
    tag, start, after = read_header(data, start, stop)
    serial_number = data[start:after]
    if tag != INTEGER or not 1 <= len(serial_number) <= MAX_SERIAL_OCTETS or _is_padded(serial_number):
        raise ListRefused("malformed: a serial number is none")
    tag, start, end = read_header(data, after, stop)
    if end - start != _TIME_LENGTHS.get(tag) or data[end - 1] != 0x5A or not data[start : end - 1].isdigit():
        raise ListRefused("malformed: a revocation has no date")
    if end != stop:
        extensions = data[end:stop]
        if extensions not in known:  # nearly all are the same few
            _verify_extensions(extensions)
            if len(known) < _KNOWN:
                known.add(extensions)
    return serial_number


def _is_padded(number: bytes) -> bool:
    """Whether there is an octet too many, with which the number would not be found (X.690 section 8.3.2)."""
    if len(number) == 1 or 0 < number[0] < 0xFF:
        return False
    return (number[0] == 0) == (number[1] < 0x80)


def _verify_extensions(data: bytes) -> None:
    tag, at, stop = read_header(data, 0, len(data))
    if tag != SEQUENCE or stop != len(data) or at == stop:
        raise ListRefused("malformed: an entry has something left at its end")
    while at < stop:
        tag, start, end = read_header(data, at, stop)
        if tag != SEQUENCE:
            raise ListRefused("malformed: an extension of an entry is none")
        _verify_extension(data, start, end)
        at = end


def _verify_extension(data: bytes, start: int, end: int) -> None:
    tag, begin, at = read_header(data, start, end)
    oid = data[begin:at]
    critical = data[at : at + 3] == bytes((BOOLEAN, 1, 0xFF))
    value_tag, _, value_end = read_header(data, at + 3 if critical else at, end)
    if tag != OBJECT_IDENTIFIER or value_tag != OCTET_STRING or value_end != end:
        raise ListRefused("malformed: an extension of an entry is none")
    if oid == _CERTIFICATE_ISSUER:
        raise ListRefused("it is an indirect list, as its entries name other issuers")
    if critical and oid not in _UNDERSTOOD:
        raise ListRefused("an entry has a critical extension that is not known")
