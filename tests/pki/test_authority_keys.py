"""The interface of authorities' keys: everything works with keys that this process never sees, as a hardware module's would be."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from sqlalchemy.orm import Session

from idp.encryption import Cipher, DecryptionFailed
from idp.errors import Conflict
from idp.models import CertificateAuthority, OcspSigner, Realm, RevocationList, User
from idp.pki.authorities import create_authorities
from idp.pki.authority_keys import AuthorityKeyStore, DatabaseKeys, KeyPurpose, SigningFailed
from idp.pki.authority_revocation import AuthorityRevocationReason, revoke_authority
from idp.pki.corporate_root import create_request
from idp.pki.issuance import issue_certificate
from idp.pki.ocsp import CertificateStatus, IssuerHash, OcspRequest, build_answer
from idp.pki.ocsp_signers import sign_answer
from idp.pki.platforms import Platform
from idp.pki.roll_over import export_root_key, roll_over
from idp.pki.trust import load_trust_store
from idp.pki.verdict import judge
from idp.storage.transaction import Transaction
from tests.clock import FixedClock
from tests.pki.external_keys import ExternalKeys
from tests.pki.publishing import publish_due_lists


@pytest.fixture(params=["database", "external"])
def keys(request: pytest.FixtureRequest, cipher: Cipher, tmp_path: Path) -> AuthorityKeyStore:
    """Each store."""
    return DatabaseKeys(cipher) if request.param == "database" else ExternalKeys(tmp_path)


def test_everything_that_an_authority_signs_is_signed_by_each_store(
    transaction: Transaction, keys: AuthorityKeyStore, clock: FixedClock, realm: Realm, alice: User
) -> None:
    """Root, issuing authority, OCSP signer, people, both lists, answers, requests, roll-over; and the verdict accepts it."""
    session = transaction.session
    first = create_authorities(session, keys, clock, realm=realm)
    second = roll_over(session, keys, clock, realm=realm)
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    row = issue_certificate(
        session, keys, clock, realm=realm, user=alice, public_key=public_key, device_name="x", platform=Platform.LINUX
    )
    clock.advance(minutes=1)
    revoke_authority(session, clock, first, AuthorityRevocationReason.SUPERSEDED)
    assert publish_due_lists(session, keys, clock) == 1
    request = create_request(session, keys, clock, realm=realm)

    trust = load_trust_store(session, realm.id)
    verdict = judge(
        transaction, clock, leaf=row.certificate, intermediates=(), trust=trust, realm_id=realm.id, user_id=alice.id
    )
    assert verdict.ok
    assert request.is_signature_valid
    (root,) = trust.roots
    assert second.parent_id is not None
    signed = x509.load_der_x509_crl(session.get_one(RevocationList, second.parent_id).data)
    assert [entry.serial_number for entry in signed] == [int(first.serial_number, 16)]
    assert signed.is_signature_valid(root.public_key())  # type: ignore[arg-type]


def test_ocsp_answers_are_signed_by_each_store(
    session: Session, keys: AuthorityKeyStore, clock: FixedClock, realm: Realm
) -> None:
    authority = create_authorities(session, keys, clock, realm=realm)
    row = session.get_one(OcspSigner, authority.id)
    signer = x509.load_der_x509_certificate(row.certificate)
    request = OcspRequest(IssuerHash("sha256", bytes(32), bytes(32)), 7, None)
    answer = ocsp.load_der_ocsp_response(
        sign_answer(
            keys, build_answer(request, CertificateStatus(False), signer, clock.now()), row.private_key_encrypted
        )
    )

    key = signer.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(answer.signature_hash_algorithm))  # type: ignore[arg-type]


def test_key_of_one_purpose_is_not_one_of_the_other(keys: AuthorityKeyStore) -> None:
    made = keys.create(KeyPurpose.OCSP_SIGNER)

    assert keys.load(made.private_key_encrypted, KeyPurpose.OCSP_SIGNER).public_key() == made.public_key
    with pytest.raises((DecryptionFailed, SigningFailed)):
        keys.load(made.private_key_encrypted, KeyPurpose.AUTHORITY)


def test_key_that_cannot_leave_is_not_exported(
    session: Session, clock: FixedClock, realm: Realm, tmp_path: Path
) -> None:
    """And so nothing is taken offline that is offline already."""
    keys = ExternalKeys(tmp_path)
    authority = create_authorities(session, keys, clock, realm=realm)

    with pytest.raises(Conflict, match="cannot leave"):
        export_root_key(session, keys, realm=realm, passphrase="far away in a safe")
    root = session.get_one(CertificateAuthority, authority.parent_id)
    assert root.private_key_encrypted is not None
    assert b"PRIVATE" not in root.private_key_encrypted
    assert keys.signatures == 5  # root, issuing authority, two lists, OCSP signer
