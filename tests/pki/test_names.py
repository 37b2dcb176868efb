"""Names with everything that people put into them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.pki.names import MAXIMUM_OCTETS, build_name, printable, sanitise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Alice Example", "Alice Example"),
        ("  Alice \t\r\n Example ", "Alice Example"),
        ("Zoe\u0308 Müller", "Zo\u00eb Müller"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("\u202egro.live\u202c", "gro.live"),
        ("مریم می\u200cخواهد", "مریم می\u200cخواهد"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("\u200b\u200d\ufeff", ""),
        ("\ud800", ""),
        ("   ", ""),
        ('O=x, CN=y+z;<\\">#', 'O=x, CN=y+z;<\\">#'),
    ],
)
def test_text_from_people_is_made_fit_for_a_name(text: str, expected: str) -> None:
    """Controls, direction marks and surrogates go; letters of every script and joiners stay."""
    assert sanitise(text) == expected


@pytest.mark.parametrize("text", ["x" * 500, "é" * 500, "👩\u200d💻" * 100, "ש" * 500])
def test_long_text_is_cut_at_a_character(text: str) -> None:
    """No half character and no dangling joiner remains."""
    result = sanitise(text)
    assert MAXIMUM_OCTETS - 11 < len(result.encode()) <= MAXIMUM_OCTETS
    assert not result.endswith("\u200d")


@given(st.text(max_size=600))
def test_any_text_is_safe_and_stable(text: str) -> None:
    """Whatever comes in, what goes out fits, is safe to show, and is not changed a second time."""
    result = sanitise(text)
    assert len(result.encode()) <= MAXIMUM_OCTETS
    assert not {unicodedata.category(c) for c in result if c not in "\u200c\u200d"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert sanitise(result) == result


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_becomes_a_name_that_reads_back(common_name: str, organization: str) -> None:
    """The name encodes, and its attributes are the sanitised texts."""
    name = build_name(common_name, organization)
    expected = [text for text in (sanitise(organization), sanitise(common_name)) if text]
    assert [attribute.value for attribute in name] == expected
    assert len(name.public_bytes()) < 200


def test_a_strangers_name_cannot_play_tricks() -> None:
    """Controls and direction marks become visible, and length is bounded."""
    assert printable("CN=a\x1b\u202eb") == "CN=a\ufffd\ufffdb"
    assert len(printable("x" * 5000)) == 1024
