"""Certificates that were made to be misread: each is refused with its reason, nothing else is raised, and it takes no time."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.pki.path_validation import verify_client_certificate
from idp.pki.rejections import CertificateRejected, Reason, UntrustedIssuer
from idp.pki.trust import TrustStore, build_trust_store
from tests.certificates import (
    DAY,
    SERVER_AUTH,
    Authority,
    PrivateKey,
    _sign,
    create_long_chain,
    ec_key,
    ed25519_key,
    rsa_key,
)
from tests.der import Surgeon, common_name, extension, sequence, split, tlv
from tests.pki.hostile import CASES, Bench

# The library says what it finds odd; what is done about it is ours to decide.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsed a serial number"),
    pytest.mark.filterwarnings("ignore:Attribute's length must be"),
]
CPU_SECONDS = 0.25  # a hundred times what a good certificate takes
AUTHORITY = x509.BasicConstraints(ca=True, path_length=None)
EVERY = {"digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"}  # fmt: skip


@pytest.fixture(scope="module")
def bench() -> Bench:
    """One for all."""
    return Bench.create()


@pytest.fixture(scope="module")
def trust(bench: Bench) -> TrustStore:
    """The root, and both authorities below it."""
    return build_trust_store(
        "realm", (bench.root.certificate,), (bench.issuing.certificate, bench.rsa_issuing.certificate)
    )


def judge(der: bytes, trust: TrustStore, intermediates: Sequence[bytes] = ()) -> Reason | None:
    """Return the reason for which the certificate is refused, None if it is not; it must not take long."""
    began = time.process_time()
    try:
        verify_client_certificate(der, intermediates, trust, datetime.now(UTC))
    except CertificateRejected as rejected:
        return rejected.reason
    finally:
        assert time.process_time() - began < CPU_SECONDS
    return None


@pytest.mark.parametrize("name", CASES)
def test_certificate_is_judged_as_it_should_be(bench: Bench, trust: TrustStore, name: str) -> None:
    """Each for its own reason."""
    build, reason = CASES[name]

    assert judge(build(bench), trust) is reason


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_no_octet_can_be_changed(bench: Bench, trust: TrustStore, mask: int) -> None:
    """Every one of them, its lowest bit, its highest, and all; also of a signature that ends in a bit of zero."""
    good = next(der for der in iter(lambda: bench.good.der, None) if der[-1] % 2 == 0)
    for position in range(len(good)):
        changed = bytearray(good)
        changed[position] ^= mask
        assert judge(bytes(changed), trust) is not None, position


def test_no_part_of_a_certificate_is_one(bench: Bench, trust: TrustStore) -> None:
    """However much of its end is missing, or of its beginning."""
    good = bench.rsa_issuing.issue("alice").der
    for length in range(len(good)):
        assert judge(good[:length], trust) is Reason.MALFORMED
        assert length == 0 or judge(good[length:], trust) is Reason.MALFORMED


def test_elements_cannot_be_exchanged(bench: Bench, trust: TrustStore) -> None:
    """The signed part of one certificate with the signature of another, and the other way round."""
    one, other = (split(split_outer(bench.issuing.issue(name).der)) for name in ("alice", "bob"))

    assert judge(sequence(one[0], *other[1:]), trust) is Reason.UNTRUSTED_ISSUER
    assert judge(sequence(other[0], *one[1:]), trust) is Reason.UNTRUSTED_ISSUER


def split_outer(certificate: bytes) -> bytes:
    """Return what is inside the outermost SEQUENCE."""
    return b"".join(split(certificate[4:]))


# --- authorities that only the browser has ----------------------------------------------------------------------------


def below(parent: Authority, name: str, key: PrivateKey | None = None, *, extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
          without: tuple[type, ...] = (), usage: set[str] | None = None, constraints: tuple[x509.BasicConstraints, bool] = (AUTHORITY, True),
          begins: int = -1, ends: int = 30) -> Authority:  # fmt: skip
    """Return an authority under *parent*, however odd."""
    key, now = key or ec_key(), datetime.now(UTC).replace(microsecond=0)
    bits = {bit: bit in (usage if usage is not None else {"key_cert_sign", "crl_sign"}) for bit in EVERY}
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(parent.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins * DAY)
        .not_valid_after(now + ends * DAY)
    )
    for value, critical in (constraints, (x509.KeyUsage(**bits), True), (identifier, False), *extensions):
        if not isinstance(value, without):
            builder = builder.add_extension(value, critical=critical)
    return Authority(_sign(builder, parent.key), key, (), is_root=False)


def limits(
    permitted: Sequence[x509.GeneralName] = (), excluded: Sequence[x509.GeneralName] = ()
) -> x509.NameConstraints:
    """Return name constraints."""
    return x509.NameConstraints(permitted or None, excluded or None)


MAIL, DN = (
    x509.RFC822Name,
    lambda name: x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])),
)
ODD_AUTHORITIES = {
    "good": ({}, None),
    "permits our mail": ({"extensions": [(limits([MAIL("example.org")]), True)]}, None),
    "permits other mail": ({"extensions": [(limits([MAIL("example.com")]), True)]}, Reason.UNTRUSTED_ISSUER),
    "permits other mail, uncritically": ({"extensions": [(limits([MAIL("example.com")]), False)]}, Reason.UNTRUSTED_ISSUER),
    "excludes our mail": ({"extensions": [(limits(excluded=[MAIL("example.org")]), True)]}, Reason.UNTRUSTED_ISSUER),
    "permits names": ({"extensions": [(limits([DN("alice")]), True)]}, Reason.UNTRUSTED_ISSUER),
    "permits other names, uncritically": ({"extensions": [(limits([DN("bob")]), False)]}, Reason.WRONG_USAGE),
    "excludes our name, uncritically": ({"extensions": [(limits(excluded=[DN("alice")]), False)]}, Reason.WRONG_USAGE),
    "demands policies": ({"extensions": [(x509.PolicyConstraints(0, None), False)]}, Reason.WRONG_USAGE),
    "inhibits any policy": ({"extensions": [(x509.InhibitAnyPolicy(0), False)]}, Reason.WRONG_USAGE),
    "unknown and critical": (
        {"extensions": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]}, Reason.UNTRUSTED_ISSUER,
    ),
    "for servers alone": ({"extensions": [(x509.ExtendedKeyUsage([SERVER_AUTH]), False)]}, Reason.UNTRUSTED_ISSUER),
    "no basic constraints": ({"without": (x509.BasicConstraints,)}, Reason.UNTRUSTED_ISSUER),
    "no authority": ({"constraints": (x509.BasicConstraints(ca=False, path_length=None), True)}, Reason.UNTRUSTED_ISSUER),
    "no key usage": ({"without": (x509.KeyUsage,)}, Reason.UNTRUSTED_ISSUER),
    "signs lists alone": ({"usage": {"crl_sign"}}, Reason.UNTRUSTED_ISSUER),
    "over": ({"begins": -60, "ends": -30}, Reason.UNTRUSTED_ISSUER),
    "not begun": ({"begins": 2}, Reason.UNTRUSTED_ISSUER),
    "Ed25519": ({"key": ed25519_key()}, Reason.UNTRUSTED_ISSUER),
    "RSA-1024": ({"key": rsa_key(1024)}, Reason.UNTRUSTED_ISSUER),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_AUTHORITIES)
def test_odd_authority_issues_nothing_that_counts(bench: Bench, trust: TrustStore, name: str) -> None:
    """Although the realm's root has signed it."""
    changes, reason = ODD_AUTHORITIES[name]
    authority = below(bench.root, "Odd", **changes)

    assert judge(authority.issue("alice").der, trust, (authority.der,)) is reason


def test_address_in_the_subject_does_not_get_around_constraints(bench: Bench, trust: TrustStore) -> None:
    """The path builder looks into the alternative name alone (RFC 5280 section 4.2.1.10)."""
    authority = below(bench.root, "Odd", extensions=[(limits([MAIL("example.com")]), True)])
    subject = sequence(
        tlv(0x31, sequence(bytes.fromhex("06092a864886f70d010901"), tlv(0x16, b"alice@example.org"))),
    )
    issued = authority.issue("alice", names=[])

    assert judge(issued.der, trust, (authority.der,)) is None
    assert judge(Surgeon(authority).operate(issued, subject=subject), trust, (authority.der,)) is Reason.WRONG_USAGE


@pytest.mark.parametrize(
    "identifier", ["2.5.29.30", "2.5.29.31", "2.5.29.36", "2.5.29.54", "2.5.29.17", "1.3.6.1.4.1.11129.2.4.2"]
)
def test_authority_with_an_unreadable_part_is_left_out(bench: Bench, trust: TrustStore, identifier: str) -> None:
    """Whether or not the path builder would have looked at that part."""
    authority = below(bench.root, "Odd")
    broken = Surgeon(bench.root).extend(authority, extension(identifier, b"\xff\xff"))

    assert judge(authority.issue("alice").der, trust, (authority.der,)) is None
    assert judge(authority.issue("alice").der, trust, (broken,)) is Reason.UNTRUSTED_ISSUER


def test_odd_parts_of_an_authority(bench: Bench, trust: TrustStore) -> None:
    """Its version, its serial number, its name."""
    authority = below(bench.root, "Odd")
    for parts in (
        {"version": b"", "extensions": b""},
        {"serial": b"\x02\x01\xff"},
        {"serial": tlv(2, b"\x01" * 30)},
        {"subject": common_name(b"x" * 12_000)},
        {"subject": common_name(b"\xff")},
    ):
        odd = Surgeon(bench.root).operate(authority, **parts)
        assert judge(authority.issue("alice").der, trust, (odd,)) is Reason.UNTRUSTED_ISSUER


# --- names and keys that are not one's own ----------------------------------------------------------------------------


def test_key_under_another_name_is_another_authority(bench: Bench, trust: TrustStore) -> None:
    """Whoever has the key of an authority has that authority, under its own name alone."""
    double = Authority.create("Another Name", key=bench.issuing.key)

    assert judge(double.issue("alice").der, trust, (double.der,)) is Reason.UNTRUSTED_ISSUER


def test_two_authorities_of_one_name_are_told_apart_by_their_keys(bench: Bench) -> None:
    """Each one's certificates pass, in whatever order they stand, and a third one's do not."""
    first, second, third = (below(bench.root, "Same") for _ in range(3))
    for order in ((first, second), (second, first)):
        trust = build_trust_store("realm", (bench.root.certificate,), tuple(one.certificate for one in order))
        assert [judge(one.issue("alice").der, trust) for one in (first, second)] == [None, None]
        assert judge(third.issue("alice").der, trust) is Reason.UNTRUSTED_ISSUER


def test_same_issuer_and_serial_number_are_two_certificates(bench: Bench, trust: TrustStore) -> None:
    """Both lead to the root, and have two fingerprints, of which the record holds one."""
    one, other = (bench.issuing.issue("alice", serial_number=7) for _ in range(2))
    facts = [verify_client_certificate(issued.der, (), trust, datetime.now(UTC)).presented for issued in (one, other)]

    assert facts[0].serial_number == facts[1].serial_number
    assert facts[0].fingerprint != facts[1].fingerprint


# --- what path building could lose itself in --------------------------------------------------------------------------


def self_issued(name: str, key: PrivateKey, number: int) -> Iterator[Authority]:
    """Yield certificates of one name and key, each signed by it."""
    root = Authority.create(name, key=key)
    for _ in range(number):
        yield below(root, name, key)


def mesh(name: str, number: int) -> list[Authority]:
    """Return authorities of one name of which each has certified the next, the last one the first."""
    keys = [ec_key() for _ in range(number)]
    roots = [Authority.create(name, key=key) for key in keys]
    return [below(roots[index - 1], name, keys[index]) for index in range(number)]


@pytest.mark.parametrize("number", [2, 4, 10, 100])
def test_loops_and_meshes_end_soon(bench: Bench, trust: TrustStore, number: int) -> None:
    """Two that certify each other, rings, copies of oneself; under names of their own and under that of a trusted one."""
    ours = "Test Issuing"
    for name in ("Mesh", ours):
        ring, copies = mesh(name, number), list(self_issued(name, ec_key(), number))
        for authorities in (ring, copies):
            shown = [authority.der for authority in authorities]
            assert judge(authorities[0].issue("alice").der, trust, shown) is Reason.UNTRUSTED_ISSUER


def test_dear_signatures_are_few(trust: TrustStore) -> None:
    """Each costs a multiple of one on P-256."""
    key = rsa_key(3072)
    copies = list(self_issued("Dear", key, 10))

    assert judge(copies[0].issue("alice").der, trust, [copy.der for copy in copies]) is Reason.UNTRUSTED_ISSUER


def test_many_authorities_of_one_name_cost_little(bench: Bench) -> None:
    """Forty generations under one name, and a stranger's loop under the same."""
    generations = [below(bench.root, "Same") for _ in range(40)]
    trust = build_trust_store("realm", (bench.root.certificate,), tuple(one.certificate for one in generations))
    copies = list(self_issued("Same", ec_key(), 10))

    assert judge(generations[-1].issue("alice").der, trust) is None
    assert judge(copies[0].issue("alice").der, trust, [copy.der for copy in copies]) is Reason.UNTRUSTED_ISSUER


def test_chain_of_a_hundred_is_untrusted(bench: Bench) -> None:
    """Its root may be trusted: nobody walks that far."""
    root, leaf = create_long_chain(100)
    trust = build_trust_store("realm", (root.certificate,), ())

    with pytest.raises(UntrustedIssuer):
        verify_client_certificate(leaf.der, leaf.chain_der, trust, datetime.now(UTC))


def test_many_constraints_and_many_names_cost_little(bench: Bench, trust: TrustStore) -> None:
    """Every name is compared with every constraint; both have to fit into 16 KiB."""
    excluded = [MAIL(f"host{number}.example.com") for number in range(400)]
    authority = below(bench.root, "Odd", extensions=[(limits(excluded=excluded), True)])
    names = [MAIL(f"a@host{number}.example.net") for number in range(400)]
    leaf = authority.issue("alice", names=names).der

    assert max(len(authority.certificate.public_bytes(Encoding.DER)), len(leaf)) < 16_384
    assert judge(leaf, trust, (authority.der,)) is None
