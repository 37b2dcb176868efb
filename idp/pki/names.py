"""Distinguished names, and text that is safe in them and in front of people (RFC 5280 section 4.1.2.6)."""

import unicodedata

from cryptography import x509
from cryptography.x509.oid import NameOID

# RFC 5280 appendix A.1 allows 64 characters (ub-common-name, ub-organization-name); `cryptography` and some
# verifiers count octets, so the stricter reading holds everywhere.
MAXIMUM_OCTETS = 64

_JOINERS = "\u200c\u200d"  # meaningful inside Persian and Indic words and in emoji sequences
_REFUSED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn"}  # control, invisible, surrogate, private, unassigned
_PRINTABLE_CHARACTERS = 1024


def sanitise(text: str, maximum_octets: int = MAXIMUM_OCTETS) -> str:
    """Return *text* in NFC, on one line, without control and direction characters, cut to octets of UTF-8."""
    normal = unicodedata.normalize("NFC", " ".join(text.split()))
    kept = " ".join("".join(character for character in normal if _is_allowed(character)).split())
    return _cut(kept, maximum_octets) if _has_visible(kept) else ""


def printable(text: str) -> str:
    """Return text from a stranger's certificate with U+FFFD for what could mislead its reader."""
    short = text[:_PRINTABLE_CHARACTERS]
    if short.isprintable():
        return short
    return "".join(c if _is_allowed(c) else "\N{REPLACEMENT CHARACTER}" for c in short)


def build_name(common_name: str, organization: str) -> x509.Name:
    """Return ``O=…, CN=…`` with each value sanitised; a value with nothing left is not included."""
    values = ((NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name))
    clean = ((oid, sanitise(value)) for oid, value in values)
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in clean if value])


def _is_allowed(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _REFUSED_CATEGORIES


def _has_visible(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _cut(text: str, maximum_octets: int) -> str:
    """Cut at a character, and leave no joiner or space at the end."""
    return text.encode()[:maximum_octets].decode(errors="ignore").rstrip(f" {_JOINERS}")
