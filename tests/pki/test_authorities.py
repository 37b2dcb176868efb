"""A realm's authorities."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import Conflict, NotFound
from idp.models import CertificateAuthority, Realm
from idp.pki.authorities import (
    create_authorities,
    find_chain,
    get_issuing_authority,
    list_issuing_authorities,
    list_roots,
)
from idp.pki.trust import load_trust_store
from tests.clock import FixedClock
from tests.services import require_binary


def _load(authority: CertificateAuthority) -> x509.Certificate:
    return x509.load_der_x509_certificate(authority.certificate)


def test_new_realm_gets_a_root_and_an_issuing_authority(
    session: Session, realm: Realm, authority: CertificateAuthority
) -> None:
    """The issuing authority signs people alone, under a root that allows one authority."""
    issuing, root = (_load(row) for row in find_chain(session, realm.id))
    assert issuing.subject.rfc4514_string() == "CN=Countersign demo Issuing CA,O=Demo Org" == authority.subject
    assert root.subject.rfc4514_string() == "CN=Countersign demo Root CA,O=Demo Org"
    issuing.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    lengths = [c.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length for c in (issuing, root)]
    assert lengths == [0, 1]
    usages = set(issuing.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert ExtendedKeyUsageOID.CLIENT_AUTH in usages
    assert (
        not {
            ExtendedKeyUsageOID.SERVER_AUTH,
            ExtendedKeyUsageOID.OCSP_SIGNING,
            ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        }
        & usages
    )
    assert issuing.not_valid_after_utc < root.not_valid_after_utc


def test_private_keys_are_encrypted_at_rest(session: Session, cipher: Cipher, authority: CertificateAuthority) -> None:
    """The column holds what only the master key opens."""
    assert authority.private_key_encrypted is not None
    plain = cipher.decrypt(authority.private_key_encrypted, "certificate_authority.private_key")
    assert plain not in authority.private_key_encrypted


def test_second_active_authority_is_refused(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> None:
    """A realm issues from one place."""
    with pytest.raises(Conflict):
        create_authorities(session, cipher, clock, realm=realm)


def test_next_generation_has_a_name_of_its_own_and_the_old_one_stays_trusted(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> None:
    """After retirement a second pair is made; both are listed, the new one issues."""
    authority.status = "retired"
    clock.advance(days=1)
    second = create_authorities(session, cipher, clock, realm=realm)
    assert second.subject.startswith("CN=Countersign demo Issuing CA 2")
    assert list_issuing_authorities(session, realm.id) == [authority, second]
    assert get_issuing_authority(session, realm.id, clock.now()) is second
    assert find_chain(session, realm.id)[0] is second
    assert len(load_trust_store(session, realm.id).roots) == 2


def test_authorities_of_all_realms_are_listed(
    session: Session, cipher: Cipher, clock: FixedClock, authority: CertificateAuthority
) -> None:
    """The listener names them all, a realm knows its own."""
    other = Realm(name="other", created_at=clock.now())
    session.add(other)
    session.flush()
    second = create_authorities(session, cipher, clock, realm=other)
    assert {a.id for a in list_issuing_authorities(session, None)} == {authority.id, second.id}
    assert [a.id for a in list_issuing_authorities(session, other.id)] == [second.id]
    assert [root.id for root in list_roots(session, other.id)] == [second.parent_id]


def test_realm_without_authorities_issues_and_trusts_nothing(session: Session, realm: Realm, clock: FixedClock) -> None:
    """Each question has its empty answer."""
    assert find_chain(session, realm.id) == []
    assert load_trust_store(session, realm.id).anchors is None
    with pytest.raises(NotFound):
        get_issuing_authority(session, realm.id, clock.now())


def test_expired_authority_does_not_issue(
    session: Session, realm: Realm, clock: FixedClock, authority: CertificateAuthority
) -> None:
    """Its time is checked, not only its status."""
    with pytest.raises(NotFound):
        get_issuing_authority(session, realm.id, clock.now() + timedelta(days=3650))


@pytest.mark.parametrize("name", ["x" * 255, "ünïcode-👩\u200d💻", 'a,b+c=\\"<>;#'])
def test_strange_realm_name_makes_valid_authorities(
    session: Session, cipher: Cipher, clock: FixedClock, name: str
) -> None:
    """The role stays readable however long the name is."""
    realm = Realm(name=name, created_at=clock.now())
    session.add(realm)
    session.flush()
    create_authorities(session, cipher, clock, realm=realm)
    for row, role in zip(find_chain(session, realm.id), ("Issuing CA", "Root CA"), strict=True):
        common_name = _load(row).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        assert str(common_name).endswith(role)


def test_openssl_verifies_the_authorities_strictly(
    session: Session, realm: Realm, authority: CertificateAuthority, clock: FixedClock, tmp_path: Path
) -> None:
    """A second opinion, with every check that OpenSSL has."""
    openssl = require_binary("openssl", package="openssl")
    issuing, root = (_load(row) for row in find_chain(session, realm.id))
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (tmp_path / "issuing.pem").write_bytes(issuing.public_bytes(Encoding.PEM))
    instant = str(int(clock.now().timestamp()))
    command = [
        openssl,
        "verify",
        "-x509_strict",
        "-check_ss_sig",
        "-attime",
        instant,
        "-CAfile",
        "root.pem",
        "issuing.pem",
    ]
    assert (
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout == "issuing.pem: OK\n"
    )
