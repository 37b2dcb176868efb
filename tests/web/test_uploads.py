"""Forms with a file: what browsers send, and what nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.web.parameters import MalformedRequest
from idp.web.uploads import parse_upload

FIELD = b'Content-Disposition: form-data; name="a"'
FILE = b'Content-Disposition: form-data; name="file"; filename="r.csr"\r\nContent-Type: application/octet-stream'


def build(*parts: tuple[bytes, bytes], end: bytes = b"--x--\r\n") -> bytes:
    """Return a body of parts, each with its headers and its content."""
    return b"".join(b"--x\r\n%s\r\n\r\n%s\r\n" % part for part in parts) + end


def test_fields_and_file_are_read() -> None:
    """The file octet by octet, the fields as text."""
    file = bytes(range(256)) + b"\r\n--xx\r\n-x"
    body = parse_upload(build((FIELD, "Zoë\r\n\n".encode()), (FILE, file)), b"x")
    assert dict(body.form) == {"a": "Zoë\r\n\n"}
    assert body.content == file


def test_no_file_chosen_is_an_empty_one() -> None:
    """Browsers send a part without a name and without content then."""
    headers = b'Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream'
    body = parse_upload(build((FIELD, b"1"), (headers, b"")), b"x")
    assert (dict(body.form), body.content) == ({"a": "1"}, b"")


MANY = tuple((b'Content-Disposition: form-data; name="f%d"' % number, b"") for number in range(17))


@pytest.mark.parametrize(
    ("content", "boundary"),
    [
        (build((FIELD, b"1")), b""),
        (build((FIELD, b"1")), b"y"),
        (build((FIELD, b"1")), b"x" * 300),
        (build((FIELD, b"1"), end=b""), b"x"),
        (build((FIELD, b"1"), end=b"--x"), b"x"),
        (build((FIELD, b"1"), (FIELD, b"2")), b"x"),
        (build((FILE, b"1"), (FILE, b"2")), b"x"),
        (build((FIELD, b"\xff")), b"x"),
        (build((FIELD, b"a\0b")), b"x"),
        (build((b'Content-Disposition: form-data; name="a\0"', b"")), b"x"),
        (build((b"Content-Disposition: form-data", b"1")), b"x"),
        (build((b'Content-Disposition: attachment; name="a"', b"1")), b"x"),
        (build((b"Content-Type: text/plain", b"1")), b"x"),
        (build((b"no header at all", b"1")), b"x"),
        (build(*MANY), b"x"),
        (build((FIELD + b"\r\nA: b" * 10, b"1")), b"x"),
        (build((FIELD + b"\r\nA: " + b"b" * 2000, b"1")), b"x"),
        (b"", b"x"),
        (b"a=1&b=2", b"x"),
    ],
    ids=[
        "no boundary", "another boundary", "long boundary", "no end", "half an end", "field twice", "two files", "no UTF-8",
        "NUL", "NUL in a name", "no name", "another disposition", "no disposition", "no header", "many parts", "many headers",
        "long header", "empty", "another form",
    ],
)  # fmt: skip
def test_forms_that_no_browser_sends_are_refused(content: bytes, boundary: bytes) -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse_upload(content, boundary)
    assert caught.value.status == 400


def test_multipart_within_is_a_file_like_any_other() -> None:
    """It is not taken apart."""
    inner = build((FIELD, b"inner")).replace(b"--x", b"--y")
    headers = FILE.replace(b"application/octet-stream", b"multipart/mixed; boundary=y")
    assert parse_upload(build((headers, inner)), b"x").content == inner


@given(st.binary(max_size=400), st.binary(min_size=1, max_size=8))
def test_noise_is_refused(content: bytes, boundary: bytes) -> None:
    """In one way, whatever it is."""
    with pytest.raises(MalformedRequest):
        parse_upload(content, boundary)


@given(st.data())
def test_damaged_forms_are_refused_or_read(data: st.DataObject) -> None:
    """Nothing else is raised."""
    whole = bytearray(build((FIELD, b"1"), (FILE, b"2")))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        body = parse_upload(bytes(whole), b"x")
    except MalformedRequest:
        return
    assert len(body.form) + bool(body.content) <= 2
