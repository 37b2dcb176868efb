"""A form with one file in it (RFC 7578), for the few pages that take one; it is held in memory, and never written to disk."""

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from idp.web.bodies import MAX_BODY_BYTES, Body, BodyReader, read_form, read_octets
from idp.web.parameters import MalformedRequest, Parameters

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MULTIPART = b"multipart/form-data"
_MAXIMUM_PARTS = 16  # twice what the longest of these forms has
_MAXIMUM_HEADERS = 4  # browsers send two
_MAXIMUM_HEADER_OCTETS = 1024


def reader_of_uploads(largest: int) -> BodyReader:
    """Return a reader of forms with a file, of at most *largest* octets together; it raises `MalformedRequest`."""

    async def read(request: Request) -> Body:
        media_type, options = parse_options_header(request.headers.get("content-type", ""))
        if request.method != "POST" or media_type != _MULTIPART:
            return await read_form(request)
        return parse_upload(await read_octets(request, largest=largest), options.get(b"boundary", b""))

    return read


async def read_upload(request: Request) -> Body:
    """Return the form of a POST, of either type, with what its file holds as `content`; raise `MalformedRequest`."""
    return await reader_of_uploads(MAX_BODY_BYTES)(request)


def parse_upload(content: bytes, boundary: bytes) -> Body:
    """Return what *content* holds between its boundaries: fields in UTF-8 and at most one file, none of them twice.

    Raises `MalformedRequest`, also where the last boundary is missing.
    """
    if not boundary:
        raise MalformedRequest("the form names no boundary")
    form = _Form()
    try:
        MultipartParser(
            boundary, form.callbacks(), max_header_count=_MAXIMUM_HEADERS, max_header_size=_MAXIMUM_HEADER_OCTETS
        ).write(content)
    except FormParserError as error:
        raise MalformedRequest("the form cannot be taken apart") from error
    if not form.ended:
        raise MalformedRequest("the form does not end")
    return Body(Parameters(form.fields), content=form.file or b"")


class _Form:
    """Gathers what the parser tells."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.file: bytes | None = None
        self.ended = False
        self._parts = 0
        self._name, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._disposition = b""

    def callbacks(self) -> "MultipartCallbacks":
        """Return what is called by the parser for what it meets."""
        return {
            "on_part_begin": self._begin_part,
            "on_header_begin": self._begin_header,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > _MAXIMUM_PARTS:
            raise MalformedRequest("the form has too many parts")
        self._disposition, self._data = b"", bytearray()

    def _begin_header(self) -> None:
        self._name, self._value = bytearray(), bytearray()

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = bytes(self._value)

    def _end_part(self) -> None:
        kind, options = parse_options_header(self._disposition.decode("latin-1"))
        if kind != b"form-data" or not options.get(b"name"):
            raise MalformedRequest("a part of the form has no name")
        if b"filename" in options:
            self._keep_file()
        else:
            self._keep_field(options[b"name"])

    def _keep_file(self) -> None:
        if self.file is not None:
            raise MalformedRequest("the form has more than one file")
        self.file = bytes(self._data)

    def _keep_field(self, name: bytes) -> None:
        try:
            pair = name.decode(), self._data.decode()
        except UnicodeDecodeError as error:
            raise MalformedRequest("a field is not UTF-8") from error
        if "\x00" in "".join(pair):
            raise MalformedRequest("a field holds a NUL")  # PostgreSQL cannot store it
        if any(pair[0] == known for known, _ in self.fields):
            raise MalformedRequest("a field comes twice")
        self.fields.append(pair)

    def _end(self) -> None:
        self.ended = True
