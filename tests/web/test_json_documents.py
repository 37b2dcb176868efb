"""JSON documents of strangers."""

import pytest

from idp.web.json_documents import parse_document
from idp.web.parameters import MalformedRequest


@pytest.mark.parametrize(
    ("content", "document"),
    [
        (b"{}", {}),
        (b' {"a": [1, "\xc3\xbc", null, {"b": 1.5}]}\n', {"a": [1, "ü", None, {"b": 1.5}]}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":' + b"[" * 18 + b"]" * 18 + b"}", None),
    ],
)
def test_object_is_read(content: bytes, document: object) -> None:
    """RFC 8259: UTF-8, any value within an object."""
    assert document is None or parse_document(content) == document
    assert isinstance(parse_document(content), dict)


@pytest.mark.parametrize(
    "content",
    [
        # no JSON, or no object
        b"", b"null", b"[]", b'"a"', b"1", b"{", b'{"a":1}x', b"{'a':1}", b'{"a":1,}', b"\xef\xbb\xbf{}", b'{"a":"\xff"}',
        "{}".encode("utf-16"), b'{"a":01}', b'{"a":"\n"}',
        # two parsers would read something else
        b'{"a":1,"a":2}', b'{"b":{"a":1,"\\u0061":2}}',
        # numbers that are none, or that nobody could hold
        b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":' + b"1" * 5000 + b"}",
        # what a database cannot store, in names as in values, at any depth
        b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":[{"b":"x\\u0000"}]}', b'{"a":"\\ud800"}', b'{"a":{"\\udfff":1}}',
        # deep nesting
        b'{"a":' + b"[" * 30 + b"]" * 30 + b"}", b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 60_000,
    ],
)  # fmt: skip
def test_what_is_no_plain_object_is_refused(content: bytes) -> None:
    """With the error that becomes a 400, whatever it is."""
    with pytest.raises(MalformedRequest) as refused:
        parse_document(content)

    assert refused.value.status == 400
