"""Signing: only what was linted, only with the authority's own key."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from idp.encryption import Cipher, DecryptionFailed
from idp.models import CertificateAuthority, User
from idp.pki.lints import CertificateKind, LintContext
from idp.pki.preparation import LintFailed, PreparedCertificate, prepare_certificate
from idp.pki.signing import SigningFailed, create_authority_key, sign_certificate
from idp.pki.templates import Validity, build_end_entity_template
from tests.clock import START


@pytest.fixture
def template(alice: User, issuer: x509.Certificate) -> x509.CertificateBuilder:
    """An unsigned certificate of a person."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return build_end_entity_template(alice, "Demo", key, Validity(START, START + timedelta(days=1)), issuer)


@pytest.fixture
def prepared(template: x509.CertificateBuilder, issuer: x509.Certificate) -> PreparedCertificate:
    """The same, linted."""
    return prepare_certificate(template, LintContext(CertificateKind.END_ENTITY, issuer))


def test_linted_certificate_is_signed_by_the_authority(
    cipher: Cipher, prepared: PreparedCertificate, authority: CertificateAuthority, issuer: x509.Certificate
) -> None:
    """What is signed is, octet by octet, what was linted; the throw-away signature is not the authority's."""
    certificate = sign_certificate(cipher, prepared, authority)
    certificate.verify_directly_issued_by(issuer)
    assert certificate.tbs_certificate_bytes == prepared.linted.tbs_certificate_bytes
    assert certificate.signature != prepared.linted.signature


def test_template_with_findings_is_not_prepared(template: x509.CertificateBuilder, issuer: x509.Certificate) -> None:
    """A finding stops everything before a key is touched."""
    with pytest.raises(LintFailed) as caught:
        prepare_certificate(template, LintContext(CertificateKind.ISSUING, issuer))
    assert caught.value.findings


def test_template_changed_after_linting_is_not_signed(
    cipher: Cipher, prepared: PreparedCertificate, authority: CertificateAuthority
) -> None:
    """The signature is thrown away when the content differs."""
    changed = prepared.template.add_extension(x509.OCSPNoCheck(), critical=False)
    with pytest.raises(SigningFailed):
        sign_certificate(cipher, PreparedCertificate(changed, prepared.linted), authority)


def test_swapped_private_key_signs_nothing(
    cipher: Cipher, prepared: PreparedCertificate, authority: CertificateAuthority
) -> None:
    """A key from another row does not match the certificate of this one."""
    authority.private_key_encrypted = create_authority_key(cipher).private_key_encrypted
    with pytest.raises(SigningFailed):
        sign_certificate(cipher, prepared, authority)


def test_authority_without_key_or_under_another_master_key_signs_nothing(
    session: Session, cipher: Cipher, prepared: PreparedCertificate, authority: CertificateAuthority
) -> None:
    """The first is a fact of its own, the second one of the cipher."""
    with pytest.raises(DecryptionFailed):
        sign_certificate(Cipher(bytes(32)), prepared, authority)
    authority.private_key_encrypted = None
    with pytest.raises(SigningFailed):
        sign_certificate(cipher, prepared, authority)


def test_encrypted_key_is_not_shown(cipher: Cipher) -> None:
    """Not even encrypted does a private key get into a log line."""
    assert "private_key_encrypted" not in repr(create_authority_key(cipher))
