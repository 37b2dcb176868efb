"""Addresses in certificates (RFC 5280 sections 4.2.1.13 and 4.2.2.1)."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.models import CertificateAuthority, Realm, User
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.pki.preparation import LintFailed
from tests.clock import FixedClock

KEY = ec.generate_private_key(ec.SECP256R1()).public_key()


class Desk:
    """Issues certificates that name addresses."""

    def __init__(self, session: Session, cipher: Cipher, clock: FixedClock, user: User) -> None:
        self.session, self.cipher, self.clock, self.user = session, cipher, clock, user

    def issue(self, published_at: str) -> x509.Certificate:
        row = issue_certificate(
            self.session, self.cipher, self.clock, realm=self.session.get_one(Realm, self.user.realm_id), user=self.user,
            public_key=KEY, device_name="laptop", platform=Platform("linux"), published_at=published_at,
        )  # fmt: skip
        return x509.load_der_x509_certificate(row.certificate)


@pytest.fixture
def desk(session: Session, cipher: Cipher, clock: FixedClock, alice: User, authority: CertificateAuthority) -> Desk:
    return Desk(session, cipher, clock, alice)


def test_certificate_names_list_issuer_and_responder(desk: Desk, authority: CertificateAuthority) -> None:
    """All are of the authority that signed, and neither is critical."""
    certificate = desk.issue("http://pki.example.org")
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    realm = desk.session.get_one(Realm, desk.user.realm_id).name
    base = f"http://pki.example.org/realms/{realm}/pki/{authority.id}"
    assert [name.value for point in points.value for name in point.full_name or ()] == [f"{base}.crl"]
    assert [(way.access_method, way.access_location.value) for way in access.value] == [
        (AuthorityInformationAccessOID.OCSP, f"{base}/ocsp"),
        (AuthorityInformationAccessOID.CA_ISSUERS, f"{base}.crt"),
    ]
    assert not points.critical
    assert not access.critical


def test_without_an_address_none_is_named(desk: Desk) -> None:
    certificate = desk.issue("")
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)


@pytest.mark.parametrize("address", ["ldap://directory", "javascript:alert(1)//", "http://x/" + "y" * 2048])
def test_what_verifiers_cannot_fetch_is_not_signed(desk: Desk, address: str) -> None:
    with pytest.raises(LintFailed, match="publication"):
        desk.issue(address)
