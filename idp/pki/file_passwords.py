"""Passwords of PKCS#12 files: all that protects a key once its file has left (S/MIME BR section 6.1.2)."""

import base64
import math
import re
import secrets
from dataclasses import dataclass

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 128  # nobody types more, and the work grows with it: that of the estimate with its square
_ACCEPTABLE_SCORE = 3
_SCORE_BITS = (28, 40, 52, 70)  # guesses of 2^28: a moment; 2^40: an hour; 2^52: months; 2^70: out of reach

_WORD = re.compile(
    "password|passwort|secret|welcome|letmein|admin|login|master|dragon|monkey|sunshine|princess|football|"
    "baseball|iloveyou|certificate|countersign|summer|winter|spring|autumn|monday|friday|january|december|"
    "hello|test|changeme|default|computer|internet|superman|batman|shadow|michael|charlie"
)
_WORD_BITS = 8.0  # a word out of the few hundred that are tried first
_LETTERS = re.compile("[a-z]{4,}")
_LETTER_BITS = 3.0  # letters in a row are likely words; English has less than two bits a letter, names more
_PREDICTABLE_BITS = 0.5
_FORWARD = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop")
_RUNS = (*_FORWARD, *(run[::-1] for run in _FORWARD))
_LOOK_ALIKES = str.maketrans("@$!0134578", "asioleastb")


@dataclass(frozen=True)
class PasswordAssessment:
    """A score from 0 (useless) to 4 (strong), whether it is accepted, and what is wrong in words."""

    score: int
    ok: bool
    reasons: tuple[str, ...]


def generate_password() -> str:
    """Return 24 base32 characters (RFC 4648 section 6), 120 random bits, in six groups of four."""
    text = base64.b32encode(secrets.token_bytes(15)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def assess_password(text: str) -> PasswordAssessment:
    """Estimate what a guesser with good tools needs, and say what keeps *text* from being accepted."""
    bits = _estimate_bits(text[:MAXIMUM_LENGTH])
    score = sum(bits >= limit for limit in _SCORE_BITS)
    reasons = []
    if not (text.isascii() and text.isprintable()):
        reasons.append("Use only letters without accents, digits and signs: some systems cannot read others.")
    if text != text.strip():
        reasons.append("It must not begin or end with a space.")
    if len(text) > MAXIMUM_LENGTH:
        reasons.append(f"Use at most {MAXIMUM_LENGTH} characters.")
    if len(text) < MINIMUM_LENGTH:
        reasons.append(f"Use at least {MINIMUM_LENGTH} characters.")
    elif score < _ACCEPTABLE_SCORE:
        reasons.append("It is too easy to guess: use more words or characters that do not repeat.")
    return PasswordAssessment(score, not reasons, tuple(reasons))


def _estimate_bits(text: str) -> float:
    """Add up what each character is worth to somebody who knows words, keyboards and repetitions."""
    lower, alphabet_bits = text.lower(), math.log2(max(_count_alphabet(text), 2))
    words = _mark(_WORD, lower.translate(_LOOK_ALIKES))
    letters = _mark(_LETTERS, lower)
    bits = _WORD_BITS * len(_WORD.findall(lower.translate(_LOOK_ALIKES)))
    for position in set(range(len(lower))) - words:
        if not _is_surprising(lower, position):
            bits += _PREDICTABLE_BITS
        else:
            bits += min(_LETTER_BITS, alphabet_bits) if position in letters else alphabet_bits
    return bits


def _mark(pattern: re.Pattern[str], text: str) -> set[int]:
    return {position for match in pattern.finditer(text) for position in range(*match.span())}


def _is_surprising(text: str, position: int) -> bool:
    """Whether the character neither repeats, nor continues a run, nor ends three that were there before."""
    character, before = text[position], text[:position]
    if before.endswith(character) or (not character.isalnum() and character in before):
        return False
    if position and any(text[position - 1 : position + 1] in run for run in _RUNS):
        return False
    return position < 2 or text[position - 2 : position + 1] not in before


def _count_alphabet(text: str) -> int:
    classes = ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10))
    size = sum(count for belongs, count in classes if any(belongs(character) for character in text))
    return size + (20 if any(not character.isalnum() for character in text) else 0)
