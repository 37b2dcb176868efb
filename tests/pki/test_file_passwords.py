"""Passwords of files."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.pki.file_passwords import assess_password, generate_password


def test_generated_passwords_differ_and_are_accepted() -> None:
    """120 bits in six groups of four base32 characters."""
    passwords = {generate_password() for _ in range(200)}
    assert len(passwords) == 200
    assert all(re.fullmatch("[a-z2-7]{4}(-[a-z2-7]{4}){5}", password) for password in passwords)
    assert all(assess_password(password).score >= 3 for password in passwords)


@pytest.mark.parametrize("text", ["correct horse battery staple", "Tr7!kQ9#mZ2$", "mein-hund-frisst-gern-blaue-Wolken"])
def test_good_password_is_accepted(text: str) -> None:
    """Long phrases and mixed characters pass without complaint."""
    assert assess_password(text).ok
    assert assess_password(text).reasons == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aaaaaaaaaaaaaaaaaaaa",
        "123456789012",
        "abcdefghijklmnop",
        "qwertyuiopasdfgh",
        "Password123456!",
        "P@ssw0rd2026!!",
        "abcabcabcabcabcabc",
        "Tr7!kQ9#mZ2",
        "pässwörd-mit-viel-Länge-9!",
        "tab\tinside-Tr7!kQ9#mZ2$",
        " Tr7!kQ9#mZ2$xx ",
        "k7fq-2mza-x3nd-w5rt\u200b",
        "k7fq-2mza-x3nd-w5rt\0",
        "\0",
        "\x7f" * 20,
        "k7fq-2mza\r\nx3nd-w5rt",
        "k7fq-2mza-x3nd-w5rt ",
        "\u00a0k7fq-2mza-x3nd-w5rt",
        "🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑",
        "ｋ７ｆｑ－２ｍｚａ－ｘ３ｎｄ",
        "k7fq-2mza-\ud800-x3nd-w5rt",
        "k7fq-2mza-x3nd-w5rt-" * 7,
        "k7fq-2mza-x3nd-w5rt-" * 100_000,
    ],
)
def test_bad_password_is_refused_with_a_reason(text: str) -> None:
    """Each refusal says why."""
    assessment = assess_password(text)
    assert not assessment.ok
    assert assessment.reasons


@pytest.mark.parametrize(("weaker", "stronger"), [("aaaaaaaaaaaa", "jgutorpswxbm"), ("jgutorpswxbm", "jG7t!rPsW4bm")])
def test_score_rises_with_strength(weaker: str, stronger: str) -> None:
    """The meter moves the right way."""
    assert assess_password(weaker).score < assess_password(stronger).score


def test_longest_password_is_accepted() -> None:
    """And one more character is not."""
    longest = ("k7fq-2mza-x3nd-w5rt-" * 7)[:128]
    assert assess_password(longest).ok
    assert assess_password(longest + "x").reasons == ("Use at most 128 characters.",)


@given(st.text(max_size=300))
def test_any_text_gets_a_score(text: str) -> None:
    """From 0 to 4, and accepted only without a reason against it."""
    assessment = assess_password(text)
    assert 0 <= assessment.score <= 4
    assert assessment.ok == (not assessment.reasons)
    assert not assessment.ok or (text.isascii() and text.isprintable() and len(text) >= 12)
