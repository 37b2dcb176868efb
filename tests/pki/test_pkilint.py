"""pkilint, which shares no code with us, finds no error and nothing to warn of on what is issued."""

import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.models import Certificate, CertificateAuthority, OcspSigner, Realm, RevocationList, User
from idp.pki.crl import publish_if_due
from idp.pki.issuance import issue_certificate
from idp.pki.key_pairs import KeyType, PublicKey, create_key_pair
from idp.pki.ocsp import CertificateStatus, build_answer, read_request
from idp.pki.ocsp_signers import sign_answer
from idp.pki.platforms import Platform
from idp.pki.profiles import change_profile
from idp.pki.revocation import RevocationReason, revoke_certificate
from tests.clock import START, FixedClock
from tests.pki.pkilint_linters import Findings, lint_certificate, lint_ocsp_answer, lint_revocation_list
from tests.pki.test_profile_settings import EVERYTHING

SIGNER = ec.generate_private_key(ec.SECP256R1())
KEYS = {key_type: create_key_pair(key_type).public_key() for key_type in KeyType}
PROFILES: dict[str, dict[str, Any]] = {
    "default": {},
    "bare": {"subject": [{"attribute": "CN", "value": "{sub}"}], "email": False},
    "everything": EVERYTHING,
    "domain": {"upn": "{username}@corp.example", "extended_key_usages": ["smartcardLogon"]},
    "mail": {"extended_key_usages": ["emailProtection"], "key_encipherment": True},
}
ACCEPTED: Findings = {
    # An observation: the key identifier is the SHA-1 of the key, which RFC 5280 section 4.2.1.2 names first.
    ("INFO", "pkix.subject_key_identifier_method_1_identified"),
    # RFC 5280 section 4.2.1.4 advises against qualifiers and allows the address of a practice statement, where a realm sets one.
    ("NOTICE", "pkix.certificate_policies_policy_has_qualifier"),
}


class Desk:
    """Issues, with every kind of address in it."""

    def __init__(self, session: Session, cipher: Cipher, clock: FixedClock, user: User) -> None:
        self.session, self.cipher, self.clock, self.user = session, cipher, clock, user
        self.realm = session.get_one(Realm, user.realm_id)
        user.attributes = {"team": ["Blue"], "staff": ["4711"]}

    def issue(
        self, public_key: PublicKey = KEYS[KeyType.P256], published_at: str = "http://pki.example"
    ) -> Certificate:
        return issue_certificate(
            self.session, self.cipher, self.clock, realm=self.realm, user=self.user, public_key=public_key,
            device_name="laptop", platform=Platform("linux"), published_at=published_at,
        )  # fmt: skip


@pytest.fixture
def desk(session: Session, cipher: Cipher, clock: FixedClock, alice: User, authority: CertificateAuthority) -> Desk:
    return Desk(session, cipher, clock, alice)


def load(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def test_linter_finds_what_is_wrong(desk: Desk) -> None:
    """It is at work: a relative URI, and a list without its number."""
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("people/alice")])
    builder = x509.CertificateBuilder(issuer_name=x509.Name([]), subject_name=x509.Name([])).add_extension(names, False)
    odd = builder.public_key(KEYS[KeyType.P256]).serial_number(1).not_valid_before(START).not_valid_after(START)
    bare = x509.CertificateRevocationListBuilder(issuer_name=x509.Name([]), last_update=START, next_update=START)
    found = lint_certificate(odd.sign(SIGNER, hashes.SHA256()))
    listed = lint_revocation_list(bare.sign(SIGNER, hashes.SHA256()).public_bytes(Encoding.DER))

    assert ("ERROR", "pkix.invalid_uri_syntax") in found
    assert {severity for severity, _ in listed} & {"ERROR", "WARNING"}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("key_type", KeyType)
def test_nothing_is_found_on_peoples_certificates(desk: Desk, profile: str, key_type: KeyType) -> None:
    change_profile(desk.realm, json.dumps(PROFILES[profile]))

    assert lint_certificate(load(desk.issue(KEYS[key_type]).certificate)) - ACCEPTED == set()


def test_nothing_is_found_on_authorities_and_their_signers(desk: Desk, authority: CertificateAuthority) -> None:
    root = desk.session.get_one(CertificateAuthority, authority.parent_id)
    signer = desk.session.get_one(OcspSigner, authority.id)

    for row in (root, authority, signer):
        assert lint_certificate(load(row.certificate)) - ACCEPTED == set()


@pytest.mark.parametrize("reason", [None, *RevocationReason])
def test_nothing_is_found_on_revocation_lists(
    desk: Desk, authority: CertificateAuthority, reason: RevocationReason | None
) -> None:
    """An empty one, and one with an entry of each reason."""
    if reason:
        revoke_certificate(desk.session, desk.clock, desk.issue(), reason)
        publish_if_due(desk.session, desk.cipher, desk.clock, authority.id)
    row = desk.session.get_one(RevocationList, authority.id)

    assert len(list(x509.load_der_x509_crl(row.data))) == (reason is not None)
    assert lint_revocation_list(row.data) - ACCEPTED == set()


@pytest.mark.parametrize("nonce", [None, bytes(range(32))])
@pytest.mark.parametrize("state", ["good", "revoked", "unknown"])
def test_nothing_is_found_on_ocsp_answers(
    desk: Desk, authority: CertificateAuthority, state: str, nonce: bytes | None
) -> None:
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        load(desk.issue().certificate), load(authority.certificate), hashes.SHA256()
    )
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    request = read_request(builder.build().public_bytes(Encoding.DER))
    revoked = (desk.clock.now(), RevocationReason.KEY_COMPROMISE) if state == "revoked" else ()
    signer = desk.session.get_one(OcspSigner, authority.id)
    answer = build_answer(
        request, CertificateStatus(state != "unknown", *revoked), load(signer.certificate), desk.clock.now()
    )

    assert lint_ocsp_answer(sign_answer(desk.cipher, answer, signer.private_key_encrypted)) - ACCEPTED == set()
