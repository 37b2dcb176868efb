"""Issuing certificates to people."""

import logging
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import InvalidInput, NotFound
from idp.models import Certificate, CertificateAuthority, Realm, User
from idp.pki import templates
from idp.pki.authorities import find_chain
from idp.pki.issuance import IssuedPKCS12, build_filename, issue_certificate, issue_pkcs12
from idp.pki.key_pairs import PublicKey
from idp.pki.lints import CertificateKind, LintContext, run_lints
from idp.pki.platforms import Platform
from idp.pki.preparation import LintFailed
from idp.pki.templates import Validity, build_end_entity_template
from idp.storage.database import Database
from tests.clock import START, FixedClock
from tests.pki.conftest import PASSWORD, enrolment_request
from tests.services import require_binary


class Enrolling:
    """Issue to one person of one realm."""

    def __init__(self, session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, user: User) -> None:
        self.session, self.cipher, self.clock, self.realm, self.user = session, cipher, clock, realm, user

    def pkcs12(self, **changes: str) -> IssuedPKCS12:
        """Issue a file."""
        request = enrolment_request(**changes)
        return issue_pkcs12(self.session, self.cipher, self.clock, realm=self.realm, user=self.user, request=request)

    def certificate(self, public_key: PublicKey) -> Certificate:
        """Issue for a given key."""
        return issue_certificate(
            self.session,
            self.cipher,
            self.clock,
            realm=self.realm,
            user=self.user,
            public_key=public_key,
            device_name="Smart card",
            platform=Platform.OTHER,
        )


@pytest.fixture
def alice_enrols(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, authority: CertificateAuthority
) -> Enrolling:
    """Alice at her realm, which has its authorities."""
    return Enrolling(session, cipher, clock, realm, alice)


def _load(row: Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(row.certificate)


def test_certificate_has_the_profile(alice_enrols: Enrolling, alice: User, issuer: x509.Certificate) -> None:
    """Subject, dates and extensions are those that were promised."""
    certificate = _load(alice_enrols.pkcs12().certificate_row)
    assert certificate.version is x509.Version.v3
    assert certificate.subject.rfc4514_string() == "CN=alice,O=Demo Org"
    assert certificate.not_valid_before_utc == START - timedelta(minutes=5)
    assert certificate.not_valid_after_utc == START + timedelta(days=365)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    certificate.verify_directly_issued_by(issuer)
    extensions = certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.digital_signature, usage.value.content_commitment) == (True, True, False)
    extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(extended.value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["alice@example.org"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"urn:uuid:{alice.id}"]
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    own = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value == own
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value == above


def test_row_describes_the_signed_certificate(
    alice_enrols: Enrolling, alice: User, authority: CertificateAuthority
) -> None:
    """Not the one that was linted."""
    row = alice_enrols.pkcs12(device_name="  My\tlaptop ").certificate_row
    certificate = _load(row)
    assert row.fingerprint == certificate.fingerprint(hashes.SHA256()).hex()
    assert int(row.serial_number, 16) == certificate.serial_number
    assert (row.user_id, row.authority_id, row.realm_id) == (alice.id, authority.id, alice.realm_id)
    assert (row.device_name, row.platform, row.key_type) == ("My laptop", "linux", "p256")
    assert (row.subject, row.issuer) == ("CN=alice,O=Demo Org", authority.subject)
    assert (row.not_before, row.not_after) == (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    assert (row.proven_at, row.revoked_at, row.created_at) == (None, None, START)


@pytest.mark.parametrize(("key_type", "kind"), [("rsa2048", rsa.RSAPrivateKey), ("p256", ec.EllipticCurvePrivateKey)])
@pytest.mark.parametrize("encryption", ["aes256", "3des"])
def test_file_holds_the_key_of_the_certificate(
    alice_enrols: Enrolling, key_type: str, kind: type, encryption: str
) -> None:
    """And nothing of the authorities."""
    issued = alice_enrols.pkcs12(key_type=key_type, encryption=encryption)
    key, certificate, others = pkcs12.load_key_and_certificates(issued.data, PASSWORD.encode())
    assert certificate == _load(issued.certificate_row)
    assert isinstance(key, kind)
    assert certificate is not None
    assert key is not None
    assert key.public_key() == certificate.public_key()
    assert others == []
    assert issued.certificate_row.key_type == key_type
    assert issued.filename == "alice-demo-laptop.p12"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # whose files can be read
def test_private_key_is_neither_stored_nor_logged_nor_shown(
    alice_enrols: Enrolling,
    cipher: Cipher,
    authority: CertificateAuthority,
    session: Session,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not in the database's files, not in a log at any level, not in a representation."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy.engine")
    issued = alice_enrols.pkcs12(key_type="rsa2048")
    session.commit()
    key = pkcs12.load_key_and_certificates(issued.data, PASSWORD.encode())[0]
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    secrets = [number.to_bytes((number.bit_length() + 7) // 8) for number in (numbers.d, numbers.p, numbers.q)]
    secrets.append(PASSWORD.encode())
    assert authority.private_key_encrypted is not None
    secrets.append(cipher.decrypt(authority.private_key_encrypted, "certificate_authority.private_key"))
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert authority.certificate in written
    shown = repr(issued) + repr(enrolment_request()) + caplog.text
    for secret in secrets:
        assert secret not in written
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
    assert key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) not in written


def test_unverified_address_is_not_certified(alice_enrols: Enrolling, alice: User) -> None:
    """The URI alone names the person then."""
    alice.email_verified = False
    names = _load(alice_enrols.pkcs12().certificate_row).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.RFC822Name) == []


def test_realm_decides_the_lifetime_up_to_its_authoritys(
    alice_enrols: Enrolling, realm: Realm, issuer: x509.Certificate, clock: FixedClock
) -> None:
    """Nothing outlives its issuer."""
    realm.certificate_lifetime = 3600
    assert alice_enrols.pkcs12().certificate_row.not_after == START + timedelta(hours=1)
    realm.certificate_lifetime = 365 * 86400
    clock.advance(issuer.not_valid_after_utc - clock.now() - timedelta(days=10))
    assert alice_enrols.pkcs12().certificate_row.not_after == issuer.not_valid_after_utc


def test_realm_with_an_impossible_lifetime_issues_nothing(alice_enrols: Enrolling, realm: Realm) -> None:
    """The setting is named."""
    realm.certificate_lifetime = 10 * 365 * 86400
    with pytest.raises(InvalidInput) as caught:
        alice_enrols.pkcs12()
    assert set(caught.value.fields) == {"certificate_lifetime"}


def test_realm_without_authority_issues_nothing(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User
) -> None:
    """And records nothing."""
    with pytest.raises(NotFound):
        Enrolling(session, cipher, clock, realm, alice).pkcs12()
    assert session.scalar(select(func.count()).select_from(Certificate)) == 0


def test_person_of_another_realm_gets_nothing(alice_enrols: Enrolling, session: Session, clock: FixedClock) -> None:
    """The account and the authority have to belong together."""
    alice_enrols.realm = Realm(name="other", created_at=clock.now())
    session.add(alice_enrols.realm)
    session.flush()
    with pytest.raises(InvalidInput):
        alice_enrols.pkcs12()


def test_every_field_that_does_not_fit_is_named(alice_enrols: Enrolling) -> None:
    """All of them at once."""
    with pytest.raises(InvalidInput) as caught:
        alice_enrols.pkcs12(
            device_name="\u202e\x00", platform="amiga", key_type="dsa", encryption="rc4", password="short"
        )
    assert set(caught.value.fields) == {"device_name", "platform", "key_type", "encryption", "password"}
    assert "short" not in str(caught.value)


def test_certificate_is_issued_for_a_given_key(alice_enrols: Enrolling) -> None:
    """The way of smart cards: the key was made elsewhere."""
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    row = alice_enrols.certificate(key)
    assert _load(row).public_key() == key
    assert (row.key_type, row.device_name) == ("p384", "Smart card")


@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256K1())], ids=["rsa1024", "k1"]
)
def test_weak_given_key_is_refused_by_the_lints(
    alice_enrols: Enrolling, session: Session, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> None:
    """Before anything is recorded or signed."""
    with pytest.raises(LintFailed) as caught:
        alice_enrols.certificate(key.public_key())
    assert {finding.lint for finding in caught.value.findings} == {"subject_public_key"}
    assert session.scalar(select(func.count()).select_from(Certificate)) == 0


def test_used_serial_number_is_refused(alice_enrols: Enrolling, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table holds what randomness promises."""
    monkeypatch.setattr(templates, "create_serial_number", lambda: (1 << 158) + 5)
    alice_enrols.pkcs12()
    with pytest.raises(IntegrityError):
        alice_enrols.pkcs12()


def test_simultaneous_issuances_differ_in_serial_number(
    database: Database,
    cipher: Cipher,
    clock: FixedClock,
    session: Session,
    realm: Realm,
    alice: User,
    authority: CertificateAuthority,
) -> None:
    """Eight at once, each in its own transaction."""
    session.commit()

    def issue(_: int) -> str:
        with database.transaction() as own:
            person, place = own.get_one(User, alice.id), own.get_one(Realm, realm.id)
            return Enrolling(own, cipher, clock, place, person).pkcs12().certificate_row.serial_number

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(issue, range(8)))) == 8


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    given_name=st.text(max_size=500)
    | st.sampled_from(["👩\u200d💻" * 60, "\u202eecilA", "מרים", 'a,b+c="<>;#\\', " "]),
    organization=st.text(max_size=500) | st.sampled_from(["Ünïted, Inc.", "\x00", ""]),
)
def test_any_name_gives_a_certificate(issuer: x509.Certificate, given_name: str, organization: str) -> None:
    """With a common name, which reads back, and without a finding."""
    user = User(id="0b8f0e6e-6b1f-4a57-9e0a-6f3f6f1f8c11", username="\u200b", given_name=given_name, family_name="")
    key = ec.generate_private_key(ec.SECP256R1())
    template = build_end_entity_template(
        user, organization, key.public_key(), Validity(START, START + timedelta(1)), issuer
    )
    certificate = x509.load_der_x509_certificate(template.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    assert len(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)) == 1
    assert run_lints(certificate, LintContext(CertificateKind.END_ENTITY, issuer)) == []


@pytest.mark.parametrize(
    ("parts", "filename"),
    [
        (("alice", "demo", "Laptop"), "alice-demo-laptop.p12"),
        (("Zoë@example.org", "demo", "../../etc/passwd"), "zoe-at-example-org-demo-etc-passwd.p12"),
        (("漢字", "漢字", "漢字"), "certificate.p12"),
        (("a" * 300, "demo", "x"), "a" * 64 + ".p12"),
        (('a"\r\nX: y', "demo", "x"), "a-x-y-demo-x.p12"),
    ],
)
def test_filename_is_plain(parts: tuple[str, str, str], filename: str) -> None:
    """Letters, digits and dashes, so that no header and no file system is surprised."""
    assert build_filename(*parts) == filename


def test_openssl_accepts_the_chain_for_client_authentication(
    alice_enrols: Enrolling, session: Session, realm: Realm, clock: FixedClock, tmp_path: Path
) -> None:
    """A second opinion, strict, for the purpose it is made for; and not for a server."""
    openssl = require_binary("openssl", package="openssl")
    issued = alice_enrols.pkcs12()
    issuing, root = (x509.load_der_x509_certificate(row.certificate) for row in find_chain(session, realm.id))
    for name, certificate in (("root", root), ("issuing", issuing), ("leaf", _load(issued.certificate_row))):
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    instant = str(int(clock.now().timestamp()))
    command = [
        openssl,
        "verify",
        "-x509_strict",
        "-attime",
        instant,
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
    ]
    for purpose, code in (("sslclient", 0), ("sslserver", 2)):
        finished = subprocess.run(
            [*command, "-purpose", purpose, "leaf.pem"], cwd=tmp_path, capture_output=True, check=False
        )
        assert finished.returncode == code, finished
