"""Issuing for keys that people have made themselves: what is taken from a request, and whose key it may be."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import InvalidInput
from idp.models import Certificate, CertificateAuthority, OcspSigner, Realm, TrustAnchor, User
from idp.pki.authorities import create_authorities
from idp.pki.certification_requests import NO_PROOF
from idp.pki.corporate_root import create_request
from idp.pki.key_owners import COMPROMISED, TAKEN
from idp.pki.key_pairs import fingerprint_key
from idp.pki.lints import CertificateKind, LintContext, run_lints
from idp.pki.profiles import set_profile
from idp.pki.request_issuance import issue_requested
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.storage.database import Database
from tests.certificates import Authority, ec_key, rsa_key
from tests.certification_requests import RequestKey, request_der, request_pem
from tests.clock import FixedClock
from tests.crowd import all_at_once
from tests.pki.external_keys import ExternalKeys


class Requesting:
    """People of one realm who bring keys of their own."""

    def __init__(self, session: Session, cipher: Cipher, clock: FixedClock, realm: Realm) -> None:
        self.session, self.cipher, self.clock, self.realm = session, cipher, clock, realm

    def issue(self, user: User, key: RequestKey | None = None, **changes: Any) -> Certificate:
        """Issue for *key*, a new one if there is none."""
        values = {"request": request_pem(key).encode(), "device_name": "Smart card", "platform": "other"} | changes
        return issue_requested(self.session, self.cipher, self.clock, realm=self.realm, user=user, **values)

    def refusal(self, user: User, key: RequestKey | None = None, **changes: Any) -> dict[str, str]:
        """Return why nothing is issued; nothing is recorded either."""
        before = self.session.scalar(select(func.count()).select_from(Certificate))
        with pytest.raises(InvalidInput) as caught:
            self.issue(user, key, **changes)
        assert self.session.scalar(select(func.count()).select_from(Certificate)) == before
        return caught.value.fields


@pytest.fixture
def requesting(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> Requesting:
    """The realm with its authorities."""
    return Requesting(session, cipher, clock, realm)


def test_key_alone_is_taken_from_the_request(
    requesting: Requesting, alice: User, issuer: x509.Certificate, session: Session
) -> None:
    """Names, addresses and the wish to be an authority are not."""
    key = rsa_key(3072)
    row = requesting.issue(alice, key, request=request_der(key))
    certificate = x509.load_der_x509_certificate(row.certificate)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=alice,O=Demo Org"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["alice@example.org"]
    assert names.get_values_for_type(x509.DNSName) == []
    assert run_lints(certificate, LintContext(CertificateKind.END_ENTITY, issuer)) == []
    assert (row.key_type, row.device_name, row.bound_by) == ("rsa3072", "Smart card", "requested")
    assert row.key_fingerprint == fingerprint_key(key.public_key())


def test_everything_that_does_not_fit_is_told_at_once(requesting: Requesting, alice: User) -> None:
    fields = requesting.refusal(alice, request=b"nothing", device_name="\u202e", platform="amiga")
    assert fields.keys() == {"request", "device_name", "platform"}
    assert requesting.refusal(alice, rsa_key(1024), platform="amiga").keys() == {"key", "platform"}


def test_key_that_is_not_held_is_not_certified(requesting: Requesting, alice: User) -> None:
    """The signature is not by it."""
    broken = bytearray(request_der())
    broken[-1] ^= 1
    assert requesting.refusal(alice, request=bytes(broken)) == {"request": NO_PROOF}


def test_key_of_another_person_is_refused(requesting: Requesting, alice: User, bob: User) -> None:
    """Revoked or not: whoever has it as well can be the other."""
    key = ec_key()
    row = requesting.issue(bob, key)
    assert requesting.refusal(alice, key) == {"key": TAKEN}
    revoke_certificate(requesting.session, requesting.clock, row, RevocationReason.SUPERSEDED)
    assert requesting.refusal(alice, key) == {"key": TAKEN}


def test_own_key_is_certified_again_unless_it_is_compromised(requesting: Requesting, alice: User) -> None:
    """A smart card has few places for keys, and they stay in it."""
    key = ec_key()
    first = requesting.issue(alice, key)
    revoke_certificate(requesting.session, requesting.clock, first, RevocationReason.SUPERSEDED)
    second = requesting.issue(alice, key)
    assert second.key_fingerprint == first.key_fingerprint
    revoke_certificate(requesting.session, requesting.clock, second, RevocationReason.KEY_COMPROMISE)
    assert requesting.refusal(alice, key) == {"key": COMPROMISED}


def test_key_of_a_downloaded_file_is_known_as_well(requesting: Requesting, alice: User, bob: User) -> None:
    """Every way of issuing remembers the key."""
    key = ec_key()
    row = requesting.issue(bob)
    row.key_fingerprint = fingerprint_key(key.public_key())
    requesting.session.flush()
    assert requesting.refusal(alice, key) == {"key": TAKEN}


def test_realms_do_not_know_each_others_keys(requesting: Requesting, alice: User, clock: FixedClock) -> None:
    """One card may be for accounts in two of them."""
    key, other = ec_key(), Realm(name="other", created_at=clock.now())
    requesting.session.add(other)
    requesting.session.flush()
    row = requesting.issue(alice)
    row.realm_id, row.key_fingerprint = other.id, fingerprint_key(key.public_key())
    requesting.session.flush()
    assert requesting.issue(alice, key)


def test_keys_of_authorities_are_refused(
    requesting: Requesting, alice: User, cipher: Cipher, clock: FixedClock, authority: CertificateAuthority
) -> None:
    """Of the issuing one, the root, one that waits for its certificate, the signer of OCSP answers, and a foreign anchor."""
    session, realm = requesting.session, requesting.realm
    waiting = create_request(session, cipher, clock, realm=realm)
    authorities = session.scalars(select(CertificateAuthority).where(CertificateAuthority.realm_id == realm.id)).all()
    encrypted = [(row.private_key_encrypted, "certificate_authority.private_key") for row in authorities]
    signer = session.get_one(OcspSigner, authority.id)
    encrypted.append((signer.private_key_encrypted, "ocsp_signer.private_key"))
    keys = [load_der_private_key(cipher.decrypt(text or b"", context), None) for text, context in encrypted]
    foreign = Authority.create()
    session.add(_build_anchor(realm, foreign.certificate, clock))
    session.flush()
    keys.append(foreign.key)
    assert len(keys) == 5
    assert waiting.public_key() in [key.public_key() for key in keys]
    for key in keys:
        assert requesting.refusal(alice, key) == {"key": TAKEN}  # type: ignore[arg-type]


def _build_anchor(realm: Realm, certificate: x509.Certificate, clock: FixedClock) -> TrustAnchor:
    return TrustAnchor(
        realm_id=realm.id,
        name="Foreign",
        subject=certificate.subject.rfc4514_string(),
        serial_number=f"{certificate.serial_number:x}",
        fingerprint="0" * 64,
        certificate=certificate.public_bytes(Encoding.DER),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        created_at=clock.now(),
        updated_at=clock.now(),
    )


def test_limit_holds_for_requests_too(requesting: Requesting, alice: User) -> None:
    requesting.realm.certificate_limit = 2
    assert [requesting.issue(alice).user_id for _ in range(2)] == [alice.id] * 2
    assert requesting.refusal(alice).keys() == {"certificate_limit"}


@pytest.mark.every_database
def test_of_two_people_with_one_key_at_once_one_has_it(
    requesting: Requesting, database: Database, alice: User, bob: User
) -> None:
    """Whoever was first; SQLite may send some away to try again."""
    key, realm_id, people = ec_key(), requesting.realm.id, (alice.id, bob.id)
    request = request_pem(key).encode()
    requesting.session.commit()

    def issue(number: int) -> str:
        with database.transaction() as session:
            own = Requesting(session, requesting.cipher, requesting.clock, session.get_one(Realm, realm_id))
            return own.issue(session.get_one(User, people[number % 2]), request=request).user_id

    results = all_at_once(issue, 6)
    refused = [result for result in results if isinstance(result, InvalidInput)]
    issued = [result for result in results if isinstance(result, str)]
    assert len(set(issued)) == 1
    assert all(result.fields == {"key": TAKEN} for result in refused)
    assert all(isinstance(result, OperationalError) for result in results if result not in (*issued, *refused))


@pytest.mark.parametrize("kind", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_key_is_refused_and_not_repeated(requesting: Requesting, alice: User, kind: PrivateFormat) -> None:
    """The words for the person do not hold it."""
    pem = ec_key().private_bytes(Encoding.PEM, kind, NoEncryption())
    fields = requesting.refusal(alice, request=pem)
    assert "private key" in fields["request"]
    assert pem.splitlines()[1].decode() not in str(fields)


@pytest.mark.parametrize("key", [rsa_key(2048), ec.generate_private_key(ec.SECP384R1())], ids=["rsa2048", "p384"])
def test_only_kinds_that_may_be_brought_are_certified(
    requesting: Requesting, realm: Realm, alice: User, key: RequestKey
) -> None:
    """Not those that are only for keys of our own making, nor others."""
    set_profile(realm, {"key_types": ["rsa2048"], "brought_key_types": ["p256"]})
    assert requesting.refusal(alice, key).keys() == {"key"}


def test_keys_of_authorities_may_be_elsewhere(
    session: Session, clock: FixedClock, realm: Realm, alice: User, tmp_path: Path
) -> None:
    store = ExternalKeys(tmp_path)
    create_authorities(session, store, clock, realm=realm)
    values = {"request": request_pem().encode(), "device_name": "Smart card", "platform": "other"}
    row = issue_requested(session, store, clock, realm=realm, user=alice, **values)
    assert row.user_id == alice.id
