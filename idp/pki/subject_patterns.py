"""Regular expressions over the subjects of strangers' certificates, by RE2: its time is linear in the text, whatever the pattern.

https://github.com/google/re2/wiki/Syntax says what can be written: neither look-around nor references back.
"""

from typing import Any

import re2

_MEMORY = 1 << 18  # octets for one compiled pattern, which bounds the work for each character


def compile_pattern(pattern: str) -> Any:
    """Return the compiled pattern; raise `ValueError` unless it is one that can be run, with exactly one group."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"pattern cannot be run as a regular expression (RE2): {_text(error)}") from error
    if compiled.groups != 1:
        raise ValueError("pattern has to have exactly one group")
    return compiled


def extract(pattern: str, text: str) -> str | None:
    """Return what the pattern's group has matched where the pattern matches all of *text*, else None."""
    match = compile_pattern(pattern).fullmatch(text)
    return None if match is None else match.group(1)


def _text(error: Exception) -> str:
    (reason,) = error.args or ("",)
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
