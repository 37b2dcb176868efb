"""Attributes of an account as text that people can edit: a line ``name=value`` for each value.

A backslash before a line break's ``n``, an ``=`` of a name or another backslash tells what is meant.
"""

import re
from collections.abc import Mapping

_PAIR = re.compile(r"((?:[^\\=]|\\.)+)=(.*)")
_ESCAPED = re.compile(r"\\(.)")


def write_attributes(attributes: Mapping[str, list[str]]) -> str:
    """Return the text."""
    pairs = [(name, value) for name in sorted(attributes) for value in attributes[name]]
    return "\n".join(f"{_escape(name).replace('=', chr(92) + '=')}={_escape(value)}" for name, value in pairs)


def read_attributes(text: str) -> dict[str, list[str]]:
    """Return the attributes that *text* tells; raise `ValueError` where a line is none."""
    attributes: dict[str, list[str]] = {}
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line.strip():
            continue
        match = _PAIR.fullmatch(line)
        if match is None:
            raise ValueError(line[:80])
        attributes.setdefault(_unescape(match[1]), []).append(_unescape(match[2]))
    return attributes


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: {"n": "\n", "r": "\r"}.get(match[1], match[1]), text)
