"""A new issuing authority beside the old one, and a root whose key is elsewhere."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import CertificateAuthority, Realm, User
from idp.pki.authorities import create_authorities, find_chain, get_issuing_authority, list_issuing_authorities
from idp.pki.issuance import issue_pkcs12
from idp.pki.path_validation import verify_client_certificate
from idp.pki.roll_over import OfflineKey, export_root_key, find_by_fingerprint, roll_over, take_offline
from idp.pki.trust import load_trust_store
from tests.clock import FixedClock
from tests.pki.conftest import enrolment_request
from tests.services import require_binary

PASSPHRASE = "far away in a safe"


def test_both_authorities_are_good_and_the_new_one_issues(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, authority: CertificateAuthority
) -> None:
    request = enrolment_request()
    old = issue_pkcs12(session, cipher, clock, realm=realm, user=alice, request=request).certificate_row

    created = roll_over(session, cipher, clock, realm=realm)

    new = issue_pkcs12(session, cipher, clock, realm=realm, user=alice, request=request).certificate_row
    assert (authority.status, created.status) == ("retired", "active")
    assert (old.authority_id, new.authority_id) == (authority.id, created.id)
    assert created.subject != authority.subject
    trust = load_trust_store(session, realm.id)
    for row in (old, new):
        assert verify_client_certificate(row.certificate, [], trust, clock.now())


def test_rolling_over_twice_leaves_one_that_issues(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> None:
    roll_over(session, cipher, clock, realm=realm)
    clock.advance(seconds=1)
    last = roll_over(session, cipher, clock, realm=realm)

    statuses = [row.status for row in list_issuing_authorities(session, realm.id)]
    assert sorted(statuses) == ["active", "retired", "retired"]
    assert get_issuing_authority(session, realm.id, clock.now()).id == last.id


def test_root_taken_offline_signs_again_with_its_file(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> None:
    """The database forgets the key, and does not get it back by the roll-over."""
    root, pem = export_root_key(session, cipher, realm=realm, passphrase=PASSPHRASE)
    take_offline(session, cipher, clock, root, OfflineKey(pem, PASSPHRASE))
    session.flush()
    with pytest.raises(Conflict):
        roll_over(session, cipher, clock, realm=realm)
    with pytest.raises(Conflict):
        export_root_key(session, cipher, realm=realm, passphrase=PASSPHRASE)

    created = roll_over(session, cipher, clock, realm=realm, root_key=OfflineKey(pem, PASSPHRASE))

    session.expire_all()
    assert find_chain(session, realm.id)[-1].private_key_encrypted is None
    issuer = x509.load_der_x509_certificate(root.certificate)
    x509.load_der_x509_certificate(created.certificate).verify_directly_issued_by(issuer)


def test_key_that_is_not_the_roots_is_refused(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> None:
    root, pem = export_root_key(session, cipher, realm=realm, passphrase=PASSPHRASE)
    other = Realm(name="other", created_at=clock.now())
    session.add(other)
    session.flush()
    create_authorities(session, cipher, clock, realm=other)
    _, foreign = export_root_key(session, cipher, realm=other, passphrase=PASSPHRASE)

    for bad in (OfflineKey(foreign, PASSPHRASE), OfflineKey(pem, "another passphrase"), OfflineKey(b"", PASSPHRASE)):
        with pytest.raises(InvalidInput):
            roll_over(session, cipher, clock, realm=realm, root_key=bad)
        with pytest.raises(InvalidInput):
            take_offline(session, cipher, clock, root, bad)
    assert root.private_key_encrypted is not None


def test_exported_key_is_read_by_openssl_with_its_passphrase_alone(
    session: Session, cipher: Cipher, realm: Realm, authority: CertificateAuthority, tmp_path: Path
) -> None:
    """PKCS#8 under a passphrase (RFC 5958 section 3)."""
    root, pem = export_root_key(session, cipher, realm=realm, passphrase=PASSPHRASE)
    (tmp_path / "root.pem").write_bytes(pem)

    def read(passphrase: str) -> subprocess.CompletedProcess[bytes]:
        command = [
            require_binary("openssl", package="openssl"),
            "pkey",
            "-in",
            "root.pem",
            "-passin",
            f"pass:{passphrase}",
            "-pubout",
        ]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)

    public = x509.load_der_x509_certificate(root.certificate).public_key()
    assert read(PASSPHRASE).stdout == public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert read("another passphrase").returncode != 0


def test_short_passphrase_is_refused(
    session: Session, cipher: Cipher, realm: Realm, authority: CertificateAuthority
) -> None:
    with pytest.raises(InvalidInput) as caught:
        export_root_key(session, cipher, realm=realm, passphrase="short")
    assert set(caught.value.fields) == {"passphrase"}


def test_realm_without_authorities_has_nothing_to_roll_over(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm
) -> None:
    with pytest.raises(NotFound):
        roll_over(session, cipher, clock, realm=realm)


def test_authority_is_found_by_how_its_fingerprint_begins(authority: CertificateAuthority) -> None:
    assert find_by_fingerprint([authority], authority.fingerprint[:8].upper()) is authority
    for beginning in ("0" * 64, "x"):
        with pytest.raises(NotFound):
            find_by_fingerprint([authority], beginning)
    with pytest.raises(NotFound):
        find_by_fingerprint([authority, authority], "")
