"""A revoked issuing authority: nothing below it counts, and its root's list says so."""

import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import Certificate, CertificateAuthority, Realm, RevocationList, User
from idp.pki.authorities import create_authorities, get_issuing_authority
from idp.pki.authority_revocation import AuthorityRevocationReason, revoke_authority
from idp.pki.crl import publish_now
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.pki.rejections import Reason
from idp.pki.roll_over import OfflineKey, export_root_key, retire, roll_over, take_offline, with_key
from idp.pki.root_lists import import_root_list
from idp.pki.signing import sign_revocation_list
from idp.pki.trust import load_trust_store
from idp.pki.verdict import Verdict, judge
from idp.storage.database import Database
from idp.storage.transaction import Transaction
from tests.clock import FixedClock
from tests.crowd import all_at_once
from tests.pki.pkilint_linters import lint_certificate, lint_revocation_list
from tests.pki.publishing import publish_due_lists
from tests.services import require_binary

PASSPHRASE = "far away in a safe"
KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
COMPROMISED = AuthorityRevocationReason.CA_COMPROMISE
ACCEPTED = {("INFO", "pkix.subject_key_identifier_method_1_identified")}


class Office:
    """A realm with a root whose list is watched."""

    def __init__(self, transaction: Transaction, cipher: Cipher, clock: FixedClock, realm: Realm, user: User) -> None:
        self.transaction, self.cipher, self.clock, self.realm, self.user = transaction, cipher, clock, realm, user
        self.session = transaction.session
        self.authority = create_authorities(self.session, cipher, clock, realm=realm, published_at="http://pki.example")
        self.root = self.session.get_one(CertificateAuthority, self.authority.parent_id)

    def issue(self) -> Certificate:
        return issue_certificate(
            self.session, self.cipher, self.clock, realm=self.realm, user=self.user, public_key=KEY,
            device_name="laptop", platform=Platform("linux"),
        )  # fmt: skip

    def judge(self, leaf: bytes, intermediates: Sequence[bytes] = ()) -> Verdict:
        return judge(
            self.transaction, self.clock, leaf=leaf, intermediates=intermediates, realm_id=self.realm.id,
            trust=load_trust_store(self.session, self.realm.id), user_id=self.user.id,
        )  # fmt: skip

    def revoke(self, reason: AuthorityRevocationReason = COMPROMISED) -> int | None:
        return revoke_authority(self.session, self.clock, self.authority, reason)

    def publish(self) -> int:
        return publish_due_lists(self.session, self.cipher, self.clock)

    def read(self) -> x509.CertificateRevocationList:
        row = self.session.get_one(RevocationList, self.root.id, populate_existing=True)
        return x509.load_der_x509_crl(row.data)

    def take_root_offline(self) -> OfflineKey:
        _, pem = export_root_key(self.session, self.cipher, realm=self.realm, passphrase=PASSPHRASE)
        copy = OfflineKey(pem, PASSPHRASE)
        take_offline(self.session, self.cipher, self.clock, self.root, copy)
        return copy


@pytest.fixture
def office(transaction: Transaction, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User) -> Office:
    return Office(transaction, cipher, clock, realm, alice)


def test_root_has_a_list_that_its_issuing_certificate_names(office: Office) -> None:
    """RFC 5280 sections 4.2.1.13 and 4.2.2.1; a root answers no OCSP, so none is named."""
    crl = office.read()
    certificate = x509.load_der_x509_certificate(office.authority.certificate)
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    (access,) = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    base = f"http://pki.example/realms/demo/pki/{office.root.id}"

    assert list(crl) == []
    assert crl.next_update_utc is not None
    assert crl.next_update_utc - crl.last_update_utc == timedelta(days=30)
    assert [name.value for name in point.full_name or ()] == [f"{base}.crl"]
    assert (access.access_method, access.access_location.value) == (
        AuthorityInformationAccessOID.CA_ISSUERS,
        f"{base}.crt",
    )
    assert lint_certificate(certificate) - ACCEPTED == set()


def test_nothing_below_a_revoked_authority_counts(office: Office) -> None:
    """Neither what is on record, nor what is not, and not if the browser brings the issuer along."""
    row, other = office.issue(), office.issue()
    assert office.judge(row.certificate).ok

    assert office.revoke() == 2

    verdict = office.judge(row.certificate, (office.authority.certificate,))
    assert (verdict.reason, verdict.certificate_id) == (Reason.REVOKED, row.id)
    office.session.delete(other)
    office.session.flush()
    assert office.judge(other.certificate).reason is Reason.REVOKED
    office.session.refresh(row)
    assert row.revocation_reason == "superseded"
    with pytest.raises(NotFound):
        get_issuing_authority(office.session, office.realm.id, office.clock.now())


def test_record_alone_decides_nothing(office: Office) -> None:
    """A row that was never marked, such as one issued at the same moment, is refused for its issuer."""
    row = office.issue()
    office.revoke()
    office.session.refresh(row)
    row.revoked_at = None
    office.session.flush()

    assert office.judge(row.certificate).reason is Reason.REVOKED


def test_first_revocation_stays(office: Office) -> None:
    office.revoke()
    first = office.authority.revoked_at
    office.clock.advance(days=1)

    assert office.revoke(AuthorityRevocationReason.UNSPECIFIED) is None
    retire([office.authority])
    office.session.refresh(office.authority)
    assert (office.authority.revoked_at, office.authority.revocation_reason) == (first, "cACompromise")
    assert office.authority.status == "revoked"


def test_what_a_new_authority_issues_counts_again(office: Office) -> None:
    """Under the same root, before or after the old one is revoked."""
    office.revoke()
    created = roll_over(office.session, office.cipher, office.clock, realm=office.realm)

    assert created.parent_id == office.root.id
    assert office.judge(office.issue().certificate).ok


@pytest.mark.parametrize("reason", AuthorityRevocationReason)
def test_roots_list_names_the_authority_and_the_reason(office: Office, reason: AuthorityRevocationReason) -> None:
    office.clock.advance(minutes=1)
    office.revoke(reason)
    assert office.publish() == 1

    crl = office.read()
    (entry,) = crl
    assert entry.serial_number == int(office.authority.serial_number, 16)
    listed = [
        extension.value.reason.value for extension in entry.extensions if isinstance(extension.value, x509.CRLReason)
    ]
    assert listed == ([] if reason is AuthorityRevocationReason.UNSPECIFIED else [reason])
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 2
    assert lint_revocation_list(crl.public_bytes(Encoding.DER), of_authorities=True) == set()


def test_key_that_leaves_signs_a_list_for_a_year(office: Office) -> None:
    """Nobody makes it again at half of its time."""
    office.take_root_offline()
    crl = office.read()

    assert crl.next_update_utc is not None
    assert crl.next_update_utc - crl.last_update_utc == timedelta(days=365)
    office.clock.advance(days=300)
    office.publish()
    assert office.read() == crl


def test_list_of_an_offline_root_is_signed_with_the_key_at_hand(office: Office) -> None:
    """The key does not stay."""
    copy = office.take_root_offline()
    office.revoke()
    with pytest.raises(Conflict):
        with_key(office.cipher, office.root, None)

    publish_now(
        office.session, office.cipher, office.clock, with_key(office.cipher, office.root, copy), timedelta(days=90)
    )

    office.session.flush()
    assert len(list(office.read())) == 1
    office.session.refresh(office.root)
    assert office.root.private_key_encrypted is None


def build_list(office: Office, number: int | None = 7, *, days: int = 30, omit: bool = False) -> bytes:
    """Return a list signed elsewhere with the root's key."""
    now = office.clock.now().replace(microsecond=0)
    issuer = x509.load_der_x509_certificate(office.root.certificate).subject
    revoked = x509.RevokedCertificateBuilder(int(office.authority.serial_number, 16), now).build()
    builder = x509.CertificateRevocationListBuilder(issuer, now, now + timedelta(days=days))
    if not omit:
        builder = builder.add_revoked_certificate(revoked)
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    return sign_revocation_list(office.cipher, builder, office.root).public_bytes(Encoding.PEM)


def test_list_that_was_signed_elsewhere_is_published(office: Office) -> None:
    office.revoke()
    data = build_list(office)

    row = import_root_list(office.session, office.clock, realm=office.realm, data=data)

    assert (row.authority_id, row.number) == (office.root.id, 7)
    assert office.read().public_bytes(Encoding.PEM) == data
    with pytest.raises(InvalidInput, match="higher number"):
        import_root_list(office.session, office.clock, realm=office.realm, data=data)


def test_list_that_does_not_fit_is_not_published(office: Office) -> None:
    """Others' lists, old ones, those without a number, and those that forget a revocation."""
    office.revoke()
    bad = {
        "no revocation list": b"-----BEGIN X509 CRL-----",
        "no number": build_list(office, None),
        "higher number": build_list(office, 1),
        "leaves out": build_list(office, omit=True),
        "not good at present": build_list(office, days=10),
    }
    office.clock.advance(days=20)
    for told, data in list(bad.items())[:-1]:
        fresh = (
            data
            if told == "no revocation list"
            else build_list(office, {"no number": None, "higher number": 1}.get(told, 9), omit=told == "leaves out")
        )
        with pytest.raises(InvalidInput, match=told):
            import_root_list(office.session, office.clock, realm=office.realm, data=fresh)
    with pytest.raises(InvalidInput, match="not good at present"):
        import_root_list(office.session, office.clock, realm=office.realm, data=bad["not good at present"])
    now = office.clock.now().replace(microsecond=0)
    issuer = x509.load_der_x509_certificate(office.root.certificate).subject
    strange = x509.CertificateRevocationListBuilder(issuer, now, now + timedelta(days=9)).add_extension(
        x509.CRLNumber(9), critical=False
    )
    forged = strange.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)
    with pytest.raises(NotFound):
        import_root_list(office.session, office.clock, realm=office.realm, data=forged)


def test_openssl_refuses_what_is_below_it(office: Office, tmp_path: Path) -> None:
    """With `-crl_check_all`, which looks at every authority's list."""
    leaf = office.issue()
    (tmp_path / "leaf.pem").write_bytes(_pem(leaf.certificate))
    (tmp_path / "ca.pem").write_bytes(_pem(office.authority.certificate))
    (tmp_path / "root.pem").write_bytes(_pem(office.root.certificate))
    peoples = office.session.get_one(RevocationList, office.authority.id).data
    assert _verify(office, tmp_path, peoples) == ""
    office.clock.advance(minutes=1)
    office.revoke()
    office.publish()

    assert "error 23 at 1 depth lookup: certificate revoked" in _verify(office, tmp_path, peoples)


def _verify(office: Office, folder: Path, peoples: bytes) -> str:
    lists = [peoples, office.read().public_bytes(Encoding.DER)]
    (folder / "lists.pem").write_bytes(
        b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in lists)
    )
    command = [
        require_binary("openssl", package="openssl"), "verify", "-attime", str(int(office.clock.now().timestamp())),
        "-crl_check_all", "-CAfile", "root.pem", "-untrusted", "ca.pem", "-CRLfile", "lists.pem", "leaf.pem",
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stderr.decode()


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


@pytest.mark.every_database
def test_whoever_is_issuing_as_it_is_revoked_gets_nothing_that_counts(office: Office, database: Database) -> None:
    """Each is refused, or was first and finds the certificate revoked with the rest; SQLite may send some away to try again."""
    realm_id, user_id, authority_id = office.realm.id, office.user.id, office.authority.id
    office.realm.certificate_limit = 50
    office.session.commit()

    def act(number: int) -> object:
        with database.transaction() as session:
            authority = get_issuing_authority(session, realm_id, office.clock.now())
            if number == 0:
                return revoke_authority(session, office.clock, authority, COMPROMISED)
            return issue_certificate(
                session, office.cipher, office.clock, realm=session.get_one(Realm, realm_id),
                user=session.get_one(User, user_id), public_key=KEY, device_name="laptop", platform=Platform("linux"),
            ).id  # fmt: skip

    results = all_at_once(act, 8)
    assert all(isinstance(one, (str, int, NotFound, OperationalError)) for one in results), results
    with database.transaction() as session:
        if not isinstance(results[0], int):
            revoke_authority(session, office.clock, session.get_one(CertificateAuthority, authority_id), COMPROMISED)
        rows = session.scalars(select(Certificate).where(Certificate.authority_id == authority_id)).all()
        assert [row.id for row in rows if row.revoked_at is None] == []
