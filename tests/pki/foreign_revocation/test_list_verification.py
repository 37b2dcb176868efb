"""Which revocation lists are believed: OpenSSL is the judge of those that are, and what is wrong with the others is told."""

import datetime as dt
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.pki.foreign_revocation import der
from idp.pki.foreign_revocation.errors import ListRefused
from idp.pki.foreign_revocation.issuers import issuer_key, serial_octets
from idp.pki.foreign_revocation.list_document import read_document
from idp.pki.foreign_revocation.list_entries import iterate_serial_numbers
from idp.pki.foreign_revocation.list_verification import Scope, VerifiedList, verify_list
from tests.certificates import Authority, Extension, ec_key, rsa_key
from tests.revocation_lists import HOUR, build_list, encoded_extension, entry

WEEK = dt.timedelta(days=7)
NOW = dt.datetime.now(dt.UTC)
REASON, HOLD, REMOVED = (encoded_extension("2.5.29.21", bytes([0x0A, 1, code])) for code in (1, 6, 8))
OTHER_ISSUER = encoded_extension("2.5.29.29", b"\x30\x00", critical=True)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
HTTP_POINT = [x509.UniformResourceIdentifier("http://crl.example/1")]


def issued_for(**changes: object) -> x509.IssuingDistributionPoint:
    """Return the extension with everything absent but *changes*."""
    fields: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**fields, **changes})  # type: ignore[arg-type]


def read(data: bytes, *issuers: Authority, now: dt.datetime = NOW) -> tuple[VerifiedList, list[bytes]]:
    """Read the list as the background does."""
    found = verify_list(read_document(io.BytesIO(data)), [issuer.certificate for issuer in issuers], now, WEEK)
    return found, list(iterate_serial_numbers(found.document.file, found.document.entries))


@pytest.fixture(scope="module")
def issuing() -> Authority:
    """An authority."""
    return Authority.create("Foreign")


@pytest.mark.parametrize("key", [ec_key, rsa_key])
def test_good_list(key: Callable[[], object], tmp_path: Path) -> None:
    """OpenSSL reads and verifies the very octets that we do."""
    issuer = Authority.create("Foreign", key=key())  # type: ignore[arg-type]
    numbers = [1, 127, 128, 2**64, 2**159 - 1, 0, -1, -128, -129, -(2**64)]
    data = build_list(issuer, numbers, number=77)
    (tmp_path / "list").write_bytes(data)
    (tmp_path / "ca").write_text(issuer.pem)
    command = [
        "openssl",
        "crl",
        "-inform",
        "DER",
        "-in",
        tmp_path / "list",
        "-CAfile",
        tmp_path / "ca",
        "-noout",
        "-text",
    ]
    judged = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "verify OK" in judged.stderr
    assert judged.stdout.count("Serial Number:") == len(numbers)

    found, serial_numbers = read(data, Authority.create("Other"), issuer)
    assert serial_numbers == [serial_octets(number) for number in numbers]
    assert (found.number, found.scope, found.distribution_points) == (77, Scope.ALL, ())
    assert found.issuer_key == issuer_key(issuer.certificate)


def test_list_that_openssl_made(tmp_path: Path, issuing: Authority) -> None:
    """Version 1, as `openssl ca` writes it, with a hold and a reason."""
    certificate, key = issuing.write_pem(tmp_path)
    index = "R\t300101000000Z\t250101000000Z,certificateHold\t0A\tunknown\t/CN=a\nR\t300101000000Z\t250101000000Z\t0B\tunknown\t/CN=b\n"
    (tmp_path / "index").write_text(index)
    (tmp_path / "conf").write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={tmp_path / 'index'}\ndefault_md=sha256\n")
    command = [
        "openssl",
        "ca",
        "-gencrl",
        "-config",
        tmp_path / "conf",
        "-crlhours",
        "24",
        "-cert",
        certificate,
        "-keyfile",
        key,
    ]
    pem = (
        subprocess.run([*command, "-out", tmp_path / "pem"], capture_output=True, check=True)
        and (tmp_path / "pem").read_bytes()
    )
    crl = x509.load_pem_x509_crl(pem)
    _, serial_numbers = read(crl.public_bytes(Encoding.DER), issuing, now=dt.datetime.now(dt.UTC))
    assert serial_numbers == [b"\x0a", b"\x0b"]


@pytest.mark.parametrize("extensions", [(REASON,), (HOLD,), (REMOVED,), (REASON, encoded_extension("2.5.29.24", b"x"))])
def test_whatever_the_reason_it_is_revoked(issuing: Authority, extensions: tuple[bytes, ...]) -> None:
    """On hold is not to be used either; removeFromCRL has no place in a whole list."""
    assert read(build_list(issuing, entries=entry(5, *extensions)), issuing)[1] == [b"\x05"]


def test_empty_list_and_no_number(issuing: Authority) -> None:
    """Nothing is revoked yet; without nextUpdate, the age counts."""
    found, serial_numbers = read(build_list(issuing, number=None, next_update=None), issuing)
    assert (found.number, found.next_update, serial_numbers) == (None, None, [])
    with pytest.raises(ListRefused, match="too old"):
        read(build_list(issuing, next_update=None), issuing, now=NOW + WEEK)


@pytest.mark.parametrize(
    ("extension", "scope", "points"),
    [
        (issued_for(only_contains_user_certs=True), Scope.USER, ()),
        (issued_for(only_contains_ca_certs=True), Scope.CA, ()),
        (issued_for(full_name=HTTP_POINT), Scope.ALL, ("http://crl.example/1",)),
    ],
)
@pytest.mark.parametrize("critical", [True, False])
def test_part_of_the_certificates_is_kept_as_that(
    issuing: Authority, extension: x509.IssuingDistributionPoint, scope: Scope, points: tuple[str, ...], critical: bool
) -> None:
    """RFC 5280 section 5.2.5."""
    found, _ = read(build_list(issuing, [5], extensions=[(extension, critical)]), issuing)
    assert (found.scope, found.distribution_points) == (scope, points)


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ([(x509.DeltaCRLIndicator(1), True)], "delta"),
        ([(x509.DeltaCRLIndicator(1), False)], "delta"),
        ([(issued_for(indirect_crl=True), True)], "indirect"),
        ([(issued_for(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})), True)], "some reasons"),
        ([(issued_for(only_contains_attribute_certs=True), True)], "some reasons"),
        ([(issued_for(full_name=[x509.DNSName("crl.example")]), True)], "no address"),
        ([(UNKNOWN, True)], "not known"),
        ([(x509.CRLNumber(2), False)], "malformed"),
    ],
)
def test_what_is_not_the_whole_is_refused(issuing: Authority, extensions: list[Extension], reason: str) -> None:
    """RFC 5280 sections 5.2.4 and 5.2.5, and what is critical and not known."""
    with pytest.raises(ListRefused, match=reason):
        read(build_list(issuing, [5], extensions=extensions), issuing)


def test_unknown_extension_that_is_not_critical(issuing: Authority) -> None:
    """It may be ignored."""
    assert read(build_list(issuing, [5], extensions=[(UNKNOWN, False)]), issuing)[1] == [b"\x05"]


def test_lies_about_who_signed_it(issuing: Authority) -> None:
    """Another authority, another of the same name, an issuer that may not sign lists, a changed octet, SHA-1."""
    twin, other = Authority.create("Foreign"), Authority.create("Other")
    data = build_list(issuing, [5])
    for candidates, reason in (([other], "not known here"), ([twin], "signature"), ([], "not known here")):
        with pytest.raises(ListRefused, match=reason):
            read(data, *candidates)
    assert read(data, twin, issuing)[0].issuer == issuing.certificate
    with pytest.raises(ListRefused, match="signature"):
        read(build_list(issuing, [5], signer=twin), issuing)
    changed = data.replace(entry(5), entry(6))
    assert changed != data
    with pytest.raises(ListRefused, match="signature"):
        read(changed, issuing)
    sha1 = bytes.fromhex("300906072a8648ce3d0401")
    with pytest.raises(ListRefused, match="accepted"):
        read(build_list(issuing, [5], algorithm=sha1, outer_algorithm=sha1), issuing)
    with pytest.raises(ListRefused, match="differ"):
        read(build_list(issuing, [5], algorithm=sha1), issuing)


def test_issuer_without_crl_sign(issuing: Authority) -> None:
    """RFC 5280 section 6.3.3 (f): what only signs certificates says nothing of revocation."""
    person = issuing.issue("alice")
    imposter = Authority(person.certificate, person.key)
    with pytest.raises(ListRefused, match="cRLSign"):
        read(build_list(imposter, [5]), imposter)
    renewed = issuing.create_intermediate("alice", key=person.key)
    assert read(build_list(imposter, [5]), imposter, renewed)[0].issuer == renewed.certificate


@pytest.mark.parametrize(
    ("this_update", "next_update", "reason"),
    [
        (NOW - 2 * HOUR, NOW - HOUR, "too old"),
        (NOW + HOUR, NOW + 2 * HOUR, "future"),
        (NOW + dt.timedelta(minutes=2), NOW + dt.timedelta(minutes=1), "too old"),
    ],
)
def test_times(issuing: Authority, this_update: dt.datetime, next_update: dt.datetime, reason: str) -> None:
    """Neither over nor to come, but for a clock that is a little off."""
    with pytest.raises(ListRefused, match=reason):
        read(build_list(issuing, this_update=this_update, next_update=next_update), issuing)
    read(build_list(issuing, this_update=NOW + dt.timedelta(minutes=4)), issuing)


@pytest.mark.parametrize(
    "entries",
    [
        entry(5, OTHER_ISSUER),
        entry(5, encoded_extension("1.2.3.4", b"\x05\x00", critical=True)),
        b"\x30\x00",
        b"\x31\x03\x02\x01\x05",
        der.encode(0x30, b"\x02\x01\x05"),
        der.encode(0x30, b"\x02\x00" + entry(5)[5:]),
        der.encode(0x30, b"\x02\x02\x00\x05" + entry(5)[5:]),
        der.encode(0x30, b"\x02\x02\xff\x80" + entry(5)[5:]),
        der.encode(0x30, b"\x04\x01\x05" + entry(5)[5:]),
        der.encode(0x30, b"\x02\x81\x01\x05" + entry(5)[5:]),
        entry(2**300),
        entry(5)[:-1] + b"z",
        entry(5).replace(b"250101", b"25x101"),
        entry(5) + b"\x05\x00",
        entry(5) + b"\x30",
        entry(5, b"\x05\x00"),
        entry(5, encoded_extension("2.5.29.21", b"")[:-2]),
        der.encode(0x30, entry(5)[2:] + b"\x30\x00"),
        der.encode(0x30, entry(5)[2:] + b"\x30\x80" + REASON + b"\0\0"),
        b"\x30\x82\xff\xff" + b"\x02\x01\x05",
    ],
)
def test_entry_that_does_not_fit_refuses_the_list(issuing: Authority, entries: bytes) -> None:
    """Signed as it is: also a genuine issuer may write nonsense, and half a list is none."""
    with pytest.raises(ListRefused):
        read(build_list(issuing, entries=entry(1) + entries), issuing)


def test_many_entries_across_the_pieces_that_are_read(issuing: Authority) -> None:
    """Sizes that do not divide the piece."""
    numbers = [2 ** (8 * (number % 19)) + number for number in range(1, 20_000)]
    entries = b"".join(entry(n, REASON) if n % 3 else entry(n) for n in numbers)
    assert read(build_list(issuing, entries=entries), issuing)[1] == [serial_octets(number) for number in numbers]


LENGTHS = [
    b"\x80",
    b"\x81\x05",
    b"\x82\x00\x85",
    b"\x84\xff\xff\xff\xff",
    b"\x85\x01\x00\x00\x00\x00",
    b"\x89" + b"\xff" * 9,
    b"\xff",
]


@pytest.mark.parametrize("length", LENGTHS)
def test_lengths_that_are_no_der(issuing: Authority, length: bytes) -> None:
    """Indefinite, longer than need be, huge, more octets than anything has: at every place where a length stands outside."""
    data = build_list(issuing, [5])
    body = data[4:] if data[1] == 0x82 else data[3:]
    for broken in (
        b"\x30" + length + body,
        der.encode(0x30, b"\x30" + length + body[3:]),
        der.encode(0x30, body[:3] + b"\x02" + length + body[5:]),
    ):
        with pytest.raises(ListRefused):
            read(broken, issuing)


def test_every_truncation_and_every_flipped_octet(issuing: Authority) -> None:
    """No such list is believed, and no other error than ours comes out."""
    data = build_list(issuing, [5, 6], extensions=[(issued_for(only_contains_user_certs=True), True)])
    for size in range(len(data)):
        with pytest.raises(ListRefused):
            read(data[:size], issuing)
    for position in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            broken = bytearray(data)
            broken[position] ^= flip
            with pytest.raises(ListRefused):
                read(bytes(broken), issuing)
    with pytest.raises(ListRefused):
        read(data + b"\0", issuing)


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"\x30\x80" * 50_000, b"\x30\x03\x30\x01\x30", b"\x1f\x81" * 9, b"\0" * 100_000]
)
def test_something_else_altogether(issuing: Authority, data: bytes) -> None:
    """A page, deep nesting, no octets at all."""
    with pytest.raises(ListRefused):
        read(data, issuing)


def test_head_that_is_too_large(issuing: Authority) -> None:
    """What is held in memory is bounded, whatever stands around the entries."""
    huge = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x04\x83\x01\x86\xa0" + b"x" * 100_000)
    with pytest.raises(ListRefused, match="too large"):
        read(build_list(issuing, [5], extensions=[(huge, False)]), issuing)
