"""Whose a foreign certificate is by its names: one enabled account, or nobody."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from idp.errors import InvalidInput
from idp.models import Realm, User
from idp.pki.anchor_settings import MappingSettings, read_anchor_settings
from idp.pki.certificate_names import read_names, read_utf8
from idp.pki.identity_mapping import find_owner
from idp.pki.subject_patterns import compile_pattern, extract
from idp.storage.database import Database
from idp.storage.transaction import Transaction
from tests.certificates import Authority, Issued
from tests.clock import FixedClock
from tests.people import add_user

UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
Find = Callable[..., str | None]


def upn(text: str) -> x509.OtherName:
    raw = text.encode()
    return x509.OtherName(UPN, bytes([0x0C, len(raw)]) + raw)


def mapping(**values: Any) -> MappingSettings:
    return read_anchor_settings({"mapping": values}).mapping


def find(transaction: Transaction, realm: Realm, leaf: Issued, **values: Any) -> str | None:
    """Return whom it finds: an id, None, or `ambiguous`."""
    owner = find_owner(transaction, realm.id, mapping(**values), leaf.certificate)
    return "ambiguous" if owner.ambiguous else owner.user_id


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ([x509.RFC822Name("Alice@Example.ORG")], {"source": "san_email", "target": "email"}),
        ([x509.RFC822Name("alice@example.org")], {"source": "san_email", "target": "attribute", "attribute": "card"}),
        ([upn("ALICE")], {"source": "san_upn"}),
        ([upn("\uff21lice")], {"source": "san_upn"}),
        (
            [x509.UniformResourceIdentifier("urn:card:1")],
            {"source": "san_uri", "target": "attribute", "attribute": "card"},
        ),
        ([], {"source": "subject", "pattern": "CN=(.+)"}),
        ([], {"source": "subject", "pattern": "CN=(.+)", "target": "attribute", "attribute": "nick"}),
    ],
)
def test_names_find_accounts_as_these_have_them(
    transaction: Transaction,
    realm: Realm,
    alice: User,
    bob: User,
    root: Authority,
    names: list[Any],
    values: dict[str, Any],
) -> None:
    """Usernames and addresses in whatever case, attributes as they are."""
    alice.attributes = {"card": ["other", "alice@example.org", "urn:card:1"], "nick": ["Alice"]}
    transaction.session.flush()

    assert find(transaction, realm, root.issue("Alice", names=names), **values) == alice.id


def test_fingerprint_and_issuer_with_serial_number(
    transaction: Transaction, realm: Realm, alice: User, root: Authority
) -> None:
    """Are compared with what an administrator has written into an attribute."""
    leaf = root.issue("alice", serial_number=0x1F3A)
    fingerprint = leaf.certificate.fingerprint(hashes.SHA256()).hex()
    alice.attributes = {"serial": ["CN=Test Root#1f3a"], "print": [fingerprint]}
    transaction.session.flush()
    attribute = {"target": "attribute"}

    assert find(transaction, realm, leaf, source="fingerprint", attribute="print", **attribute) == alice.id
    assert find(transaction, realm, leaf, source="issuer_and_serial", attribute="serial", **attribute) == alice.id
    assert find(transaction, realm, leaf, source="issuer_and_serial", attribute="print", **attribute) is None


def test_bound_finds_nobody_by_name(transaction: Transaction, realm: Realm, alice: User, root: Authority) -> None:
    assert find(transaction, realm, root.issue("alice")) is None


@pytest.mark.parametrize("target", ["username", "email"])
def test_disabled_accounts_are_not_found(
    transaction: Transaction, realm: Realm, alice: User, root: Authority, target: str
) -> None:
    alice.username, alice.enabled = "alice@example.org", False
    transaction.session.flush()
    assert find(transaction, realm, root.issue("alice"), source="san_email", target=target) is None


def test_address_that_nobody_has_confirmed_finds_nobody(
    transaction: Transaction, realm: Realm, alice: User, root: Authority
) -> None:
    """Anybody can claim an address."""
    alice.email_verified = False
    transaction.session.flush()
    assert find(transaction, realm, root.issue("alice"), source="san_email", target="email") is None


def test_accounts_of_another_realm_are_not_found(
    transaction: Transaction, clock: FixedClock, realm: Realm, alice: User, root: Authority
) -> None:
    other = Realm(name="other", created_at=clock.now())
    transaction.session.add(other)
    transaction.session.flush()
    assert find(transaction, other, root.issue("alice"), source="san_email", target="email") is None


def test_several_people_are_ambiguous(
    transaction: Transaction, realm: Realm, alice: User, bob: User, root: Authority
) -> None:
    """Whether several names find them or one does; names that find nobody, or the same person, do no harm."""
    both = [x509.RFC822Name("alice@example.org"), x509.RFC822Name("bob@example.org")]
    one = [
        x509.RFC822Name("nobody@example.org"),
        x509.RFC822Name("alice@example.org"),
        x509.RFC822Name("ALICE@example.org"),
    ]
    by_mail = {"source": "san_email", "target": "email"}
    assert find(transaction, realm, root.issue("x", names=both), **by_mail) == "ambiguous"
    assert find(transaction, realm, root.issue("x", names=one), **by_mail) == alice.id

    alice.attributes = bob.attributes = {"card": ["7"]}
    transaction.session.flush()
    uri = root.issue("x", names=[x509.UniformResourceIdentifier("7")])
    assert find(transaction, realm, uri, source="san_uri", target="attribute", attribute="card") == "ambiguous"


def test_heap_of_names_is_ambiguous(transaction: Transaction, realm: Realm, alice: User, root: Authority) -> None:
    """Nobody makes us look for hundreds."""
    names = [x509.RFC822Name(f"{number}@example.org") for number in range(300)]
    leaf = root.issue("x", names=[*names, x509.RFC822Name("alice@example.org")])
    assert find(transaction, realm, leaf, source="san_email", target="email") == "ambiguous"


@pytest.mark.every_database
@pytest.mark.parametrize(
    "attributes", [{"card": ["7", 'q"\\%_']}, {}, {"cards": ["7"]}, {"card": ["77"]}, {"x": ["card", "7"]}]
)
def test_attributes_are_compared_whole(
    database: Database, clock: FixedClock, root: Authority, attributes: dict[str, list[str]]
) -> None:
    """By the database, which must not take one value, or name, for another."""
    with database.begin() as transaction:
        realm = Realm(name="demo", created_at=clock.now())
        transaction.session.add(realm)
        transaction.session.flush()
        user = add_user(transaction.session, clock, realm, "alice")
        user.attributes = attributes
        add_user(transaction.session, clock, realm, "bob").attributes = {"card": []}
        transaction.session.flush()
        for value in ("7", 'q"\\%_'):
            wanted = user.id if value in attributes.get("card", []) else None
            leaf = root.issue("x", names=[x509.UniformResourceIdentifier(value)])
            assert find(transaction, realm, leaf, source="san_uri", target="attribute", attribute="card") == wanted


@pytest.mark.every_database
def test_unseen_characters_are_no_name(database: Database, root: Authority) -> None:
    """Neither a NUL, which PostgreSQL would not take, nor what turns text around."""
    with database.begin() as transaction:
        for text in ("ali\0ce", "\u202ealice", "alice\n", "", "a" * 1025):
            leaf = Issued(root.issue("x", names=[x509.OtherName(UPN, _der(text))]).certificate, root.key)
            assert find_owner(transaction, "realm", mapping(source="san_upn"), leaf.certificate).names == ()


def _der(text: str) -> bytes:
    raw = text.encode()
    length = bytes([len(raw)]) if len(raw) < 128 else b"\x82" + len(raw).to_bytes(2, "big")
    return b"\x0c" + length + raw


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x0c",
        b"\x0c\x03al",
        b"\x0c\x02alx",
        b"\x16\x05alice",
        b"\x0c\x81\x05alice",
        b"\x0c\x01\xff",
        b"\x0c\x80a\0\0",
    ],
)
def test_text_is_read_in_the_one_way_to_write_it(value: bytes) -> None:
    """What another reader may read differently is not read."""
    assert read_utf8(value) == ""
    assert read_utf8(b"\x0c\x05alice") == "alice"


def test_other_names_of_another_kind_are_none(root: Authority) -> None:
    leaf = root.issue("x", names=[x509.OtherName(x509.ObjectIdentifier("1.2.3"), _der("alice"))])
    assert read_names(leaf.certificate, mapping(source="san_upn")) == ()


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("CN=([a-z]+),O=Cards", "CN=alice,O=Cards", "alice"),
        ("CN=([a-z]+),O=Cards", "CN=alice,O=Cards,C=DE", None),
        ("CN=([a-z]+)", "OU=x,CN=alice", None),
        ("CN=([a-z]+)", "CN=alice\n", None),
        ("(?:CN=(a))?.*", "CN=b", None),
        ("CN=([a-z]+),O=Cards", "CN=x\\,CN\\=alice,O=Cards", None),
    ],
)
def test_pattern_matches_all_of_the_subject(pattern: str, text: str, found: str | None) -> None:
    """What is before or after, or inside another part, does not slip through."""
    assert extract(pattern, text) == found


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(.*)*b", "((?:a|aa)+)b", "(" + "(?:.?){100}" * 4 + ")z", "((?:[a-z]{1,900})*)z"]
)
def test_no_pattern_hangs(pattern: str) -> None:
    """Sixteen thousand characters take the time of a page."""
    started = time.process_time()
    with suppress(ValueError):  # one that needs too much memory is refused when it is saved
        extract(pattern, "a" * 16_000)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)(b)", "(" + "(?:.?){200}" * 20 + ")", "a", "(a)(b)", "(["])
def test_pattern_that_cannot_be_run_is_refused(pattern: str) -> None:
    """Before it is saved."""
    with pytest.raises(ValueError):
        compile_pattern(pattern)
    with pytest.raises(InvalidInput):
        mapping(source="subject", pattern=pattern)


def test_long_subject_of_a_certificate(root: Authority) -> None:
    """Not cut as the pages cut it."""
    builder = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * 60) for _ in range(100)])
    assert extract("(?:OU=x+,?)*(O)?", builder.rfc4514_string()) is None
    assert extract("(.*)", builder.rfc4514_string()) == builder.rfc4514_string()
