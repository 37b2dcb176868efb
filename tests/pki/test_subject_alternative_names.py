"""Alternative names of people."""

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from idp.models import User
from idp.pki.subject_alternative_names import (
    SMTP_UTF8_MAILBOX,
    build_mailbox_name,
    build_subject_alternative_name,
)

USER_ID = "0b8f0e6e-6b1f-4a57-9e0a-6f3f6f1f8c11"


def test_verified_address_and_uri_are_included() -> None:
    """The URI comes first, then the address."""
    names = list(build_subject_alternative_name(User(id=USER_ID, email="alice@example.org", email_verified=True)))
    assert names == [x509.UniformResourceIdentifier(f"urn:uuid:{USER_ID}"), x509.RFC822Name("alice@example.org")]


@pytest.mark.parametrize(("email", "verified"), [("alice@example.org", False), (None, True), ("no address", True)])
def test_unverified_or_unusable_address_is_left_out(email: str | None, verified: bool) -> None:
    """The URI stands alone."""
    names = list(build_subject_alternative_name(User(id=USER_ID, email=email, email_verified=verified)))
    assert names == [x509.UniformResourceIdentifier(f"urn:uuid:{USER_ID}")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Alice.B+x@Example.ORG", "Alice.B+x@example.org"),
        ("alice@büro.example", "alice@xn--bro-hoa.example"),
    ],
)
def test_domain_is_written_in_a_labels(address: str, expected: str) -> None:
    """The local part is kept as it is."""
    assert build_mailbox_name(address) == x509.RFC822Name(expected)


def test_international_local_part_is_an_smtp_utf8_mailbox() -> None:
    """RFC 9598: otherName with a UTF8String, the domain in A-labels."""
    name = build_mailbox_name("zoë@büro.example")
    assert isinstance(name, x509.OtherName)
    assert name.type_id == SMTP_UTF8_MAILBOX
    mailbox = "zoë@xn--bro-hoa.example".encode()
    assert name.value == bytes([0x0C, len(mailbox)]) + mailbox


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b.c",
        "a@",
        "a@b@c",
        "a b@c.d",
        "a\n@b.c",
        "<a@b.c>",
        "a@b..c",
        "a@-\u202e",
        "a@stra\u00dfe.de",
        "a@" + "x" * 250,
    ],
)
def test_address_that_cannot_be_said_exactly_is_left_out(address: str) -> None:
    """Also a domain that IDNA 2003 would turn into somebody else's."""
    assert build_mailbox_name(address) is None


@given(st.text(max_size=300))
def test_any_text_gives_a_name_or_none(text: str) -> None:
    """Nothing raises, and what comes out encodes."""
    name = build_mailbox_name(f"{text}@example.org")
    if name is not None:
        x509.SubjectAlternativeName([name]).public_bytes()
