"""A strict reader of DER (ITU-T X.690 section 10) over a file that may be larger than the memory. It knows no recursion."""

from dataclasses import dataclass
from typing import IO

from idp.pki.foreign_revocation.errors import ListRefused

INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER = 0x02, 0x03, 0x04, 0x06
BOOLEAN, UTC_TIME, GENERALIZED_TIME, SEQUENCE = 0x01, 0x17, 0x18, 0x30
_LENGTH_OCTETS = 4


@dataclass(frozen=True)
class Element:
    """Where an element stands: its tag, where it begins, where its content begins and ends."""

    tag: int
    begin: int
    start: int
    stop: int


def read_header(data: bytes, position: int, end: int) -> tuple[int, int, int]:
    """Return tag, start and stop of the content of the element at *position* that has to end by *end*; raise `ListRefused`.

    Its header has to be in *data*, its content need not be. Lengths are definite and as short as they can be, tags have one octet.
    """
    try:
        tag, length = data[position], data[position + 1]
        start = position + 2
        if length >= 0x80:
            octets = length & 0x7F
            number = data[start : start + octets]
            if not 1 <= octets <= _LENGTH_OCTETS or len(number) < octets or number[0] == 0:
                raise ListRefused("malformed: a length is not in DER")
            length, start = int.from_bytes(number, "big"), start + octets
            if length < 0x80:
                raise ListRefused("malformed: a length is not in DER")
    except IndexError:
        raise ListRefused("malformed: it breaks off") from None
    if tag & 0x1F == 0x1F or start + length > end:
        raise ListRefused("malformed: an element does not fit")
    return tag, start, start + length


class Reader:
    """Reads elements of *file* one after another, from *position* up to *end*."""

    def __init__(self, file: IO[bytes], position: int, end: int) -> None:
        self._file = file
        self.position = position
        self.end = end

    def next(self) -> Element | None:
        """Return the next element, without its content, and go behind it; None at the end."""
        element = self.peek()
        if element is not None:
            self.position = element.stop
        return element

    def peek(self) -> Element | None:
        """Return the next element and stay where we are."""
        if self.position == self.end:
            return None
        self._file.seek(self.position)
        head = self._file.read(2 + _LENGTH_OCTETS)
        tag, start, stop = read_header(head, 0, self.end - self.position)
        return Element(tag, self.position, self.position + start, self.position + stop)

    def take(self, *tags: int) -> Element:
        """Return the next element, which has to have one of *tags*; raise `ListRefused`."""
        element = self.next()
        if element is None or element.tag not in tags:
            raise ListRefused("malformed: an element is missing")
        return element

    def take_if(self, *tags: int) -> Element | None:
        """Return the next element if it has one of *tags*."""
        element = self.peek()
        return self.next() if element is not None and element.tag in tags else None

    def enter(self, *tags: int) -> "Reader":
        """Return a reader of the content of the next element, which has to have one of *tags*."""
        element = self.take(*tags)
        return Reader(self._file, element.start, element.stop)

    def finish(self) -> None:
        """Raise `ListRefused` where something is left."""
        if self.position != self.end:
            raise ListRefused("malformed: there is something left at the end")

    def octets(self, element: Element, limit: int) -> bytes:
        """Return the whole element, header included; raise `ListRefused` where it has more than *limit* octets."""
        if element.stop - element.begin > limit:
            raise ListRefused("malformed: an element is too large")
        self._file.seek(element.begin)
        return self._file.read(element.stop - element.begin)


def encode(tag: int, content: bytes) -> bytes:
    """Return an element in DER."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    number = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(number))) + number + content
