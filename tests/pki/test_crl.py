"""Revocation lists, read by others."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.models import Certificate, CertificateAuthority, Realm, RevocationList, User
from idp.pki.authorities import create_authorities, list_roots
from idp.pki.crl import publish_if_due
from idp.pki.issuance import issue_pkcs12
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.pki.roll_over import roll_over
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.pki.conftest import enrolment_request
from tests.pki.publishing import publish_due_lists
from tests.services import require_binary


class Publisher:
    """One realm whose lists are made when they are due."""

    def __init__(self, session: Session, cipher: Cipher, clock: FixedClock, authority: CertificateAuthority) -> None:
        self.session, self.cipher, self.clock, self.authority = session, cipher, clock, authority
        self.realm = session.get_one(Realm, authority.realm_id)

    def issue(self, user: User) -> Certificate:
        issued = issue_pkcs12(
            self.session, self.cipher, self.clock, realm=self.realm, user=user, request=enrolment_request()
        )
        return issued.certificate_row

    def revoke(self, certificate: Certificate, reason: RevocationReason = RevocationReason.KEY_COMPROMISE) -> None:
        revoke_certificate(self.session, self.clock, certificate, reason)

    def publish(self) -> int:
        return publish_due_lists(self.session, self.cipher, self.clock)

    def read(self) -> x509.CertificateRevocationList:
        row = self.session.get_one(RevocationList, self.authority.id, populate_existing=True)
        return x509.load_der_x509_crl(row.data)

    @property
    def number(self) -> int:
        return self.read().extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


@pytest.fixture
def publisher(session: Session, cipher: Cipher, clock: FixedClock, authority: CertificateAuthority) -> Publisher:
    return Publisher(session, cipher, clock, authority)


def test_new_authority_has_an_empty_list(publisher: Publisher, issuer: x509.Certificate) -> None:
    """RFC 5280 section 5.1.2: issuer, times; section 5.2: key identifier and number."""
    crl = publisher.read()
    assert list(crl) == []
    assert crl.issuer == issuer.subject
    assert crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert crl.next_update_utc is not None
    assert crl.next_update_utc - crl.last_update_utc == timedelta(days=7)
    identifier = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert identifier == issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert (publisher.number, publisher.publish()) == (1, 0)


def test_revocations_are_listed_with_their_reasons(publisher: Publisher, alice: User, bob: User) -> None:
    """RFC 5280 section 5.3.1: unspecified is absent."""
    good, lost, gone = publisher.issue(alice), publisher.issue(alice), publisher.issue(bob)
    publisher.clock.advance(minutes=1)
    publisher.revoke(lost)
    publisher.revoke(gone, RevocationReason.UNSPECIFIED)

    assert publisher.publish() == 1

    crl, at = publisher.read(), publisher.clock.now().replace(microsecond=0)
    entries = {entry.serial_number: entry for entry in crl}
    assert set(entries) == {int(lost.serial_number, 16), int(gone.serial_number, 16)}
    assert int(good.serial_number, 16) not in entries
    assert all(entry.revocation_date_utc == at for entry in entries.values())
    listed = entries[int(lost.serial_number, 16)].extensions.get_extension_for_class(x509.CRLReason).value
    assert listed.reason is x509.ReasonFlags.key_compromise
    assert len(entries[int(gone.serial_number, 16)].extensions) == 0


def test_list_is_made_again_when_half_of_its_time_is_over(publisher: Publisher) -> None:
    publisher.clock.advance(days=3)
    assert publisher.publish() == 0
    publisher.clock.advance(hours=13)
    assert publisher.publish() == 1
    assert publisher.number == 2


def test_revocation_in_the_second_of_a_list_is_not_lost(publisher: Publisher, alice: User) -> None:
    certificate = publisher.issue(alice)
    publisher.clock.advance(minutes=1)
    publisher.revoke(publisher.issue(alice))
    publisher.publish()
    publisher.revoke(certificate)  # the clock stands still
    publisher.publish()
    assert len(list(publisher.read())) == 2
    publisher.clock.advance(seconds=2)
    publisher.publish()
    publisher.clock.advance(seconds=2)
    assert publisher.publish() == 0


def test_expired_certificate_leaves_after_one_more_list(publisher: Publisher, alice: User) -> None:
    """RFC 5280 section 3.3: it appears on at least one list after its end."""
    publisher.realm.certificate_lifetime = 86400
    publisher.revoke(publisher.issue(alice))
    publisher.clock.advance(days=4)
    publisher.publish()
    assert len(list(publisher.read())) == 1
    publisher.clock.advance(days=8)
    publisher.publish()
    assert list(publisher.read()) == []


def test_retired_authority_goes_on_publishing(publisher: Publisher, alice: User) -> None:
    certificate = publisher.issue(alice)
    roll_over(publisher.session, publisher.cipher, publisher.clock, realm=publisher.realm)
    publisher.clock.advance(minutes=1)
    publisher.revoke(certificate)
    assert publisher.publish() == 1
    assert len(list(publisher.read())) == 1


def test_openssl_and_gnutls_read_the_list(publisher: Publisher, alice: User, tmp_path: Path) -> None:
    """openssl accepts a good certificate, and refuses a revoked one; certtool verifies the list's signature."""
    good, revoked = publisher.issue(alice), publisher.issue(alice)
    publisher.clock.advance(minutes=1)
    publisher.revoke(revoked)
    publisher.publish()
    (root,) = list_roots(publisher.session, publisher.realm.id)
    pem = {name: _pem(der) for name, der in {"root": root.certificate, "ca": publisher.authority.certificate}.items()}
    (tmp_path / "ca.pem").write_bytes(pem["ca"])
    (tmp_path / "root.pem").write_bytes(pem["root"])
    (tmp_path / "list.pem").write_bytes(publisher.read().public_bytes(Encoding.PEM))
    (tmp_path / "list.der").write_bytes(publisher.read().public_bytes(Encoding.DER))

    assert _verify(tmp_path, good, publisher.clock) == ""
    assert "certificate revoked" in _verify(tmp_path, revoked, publisher.clock)
    certtool = require_binary("certtool", package="gnutls-bin")
    told = subprocess.run(
        [certtool, "--crl-info", "--inder", "--infile", "list.der"], cwd=tmp_path, capture_output=True, check=True
    ).stdout.decode()
    assert "Revoked certificates (1)" in told
    assert "CRL Number" in told


def _verify(folder: Path, row: Certificate, clock: FixedClock) -> str:
    (folder / "leaf.pem").write_bytes(_pem(row.certificate))
    command = [
        require_binary("openssl", package="openssl"), "verify", "-attime", str(int(clock.now().timestamp())),
        "-crl_check", "-CAfile", "root.pem", "-untrusted", "ca.pem", "-CRLfile", "list.pem", "leaf.pem",
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stderr.decode()


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


@pytest.mark.every_database
def test_of_many_workers_one_makes_the_list(database: Database, cipher: Cipher, clock: FixedClock) -> None:
    """The number grows by one; SQLite may send some away, who find it made the next time."""
    with database.transaction() as session:
        realm = Realm(name="published", created_at=clock.now())
        session.add(realm)
        session.flush()
        authority_id = create_authorities(session, cipher, clock, realm=realm).id
    clock.advance(days=4)

    def publish(_number: int) -> bool:
        try:
            with database.transaction() as session:
                return publish_if_due(session, cipher, clock, authority_id)
        except OperationalError:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(publish, range(6))) == 1
    with database.transaction() as session:
        assert session.get_one(RevocationList, authority_id).number == 2
