"""An issuing authority that somebody else's root has certified."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import CertificateAuthority, Realm, User
from idp.pki.authorities import find_chain, get_issuing_authority
from idp.pki.corporate_root import create_request, import_chain
from idp.pki.issuance import issue_certificate, issue_pkcs12
from idp.pki.key_pairs import KeyType, create_key_pair
from idp.pki.path_validation import verify_client_certificate
from idp.pki.platforms import Platform
from idp.pki.rejections import UntrustedIssuer
from idp.pki.roll_over import roll_over
from idp.pki.trust import load_trust_store
from tests.clock import FixedClock
from tests.pki.conftest import enrolment_request
from tests.pki.corporate import Corporation, pem


@pytest.fixture
def corporation(clock: FixedClock) -> Corporation:
    return Corporation(clock.now().replace(microsecond=0))


@pytest.fixture
def request_(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> x509.CertificateSigningRequest:
    """The request of a realm that has authorities of its own."""
    return create_request(session, cipher, clock, realm=realm)


def test_request_proves_its_key_and_asks_for_an_authority(
    session: Session, realm: Realm, authority: CertificateAuthority, request_: x509.CertificateSigningRequest
) -> None:
    """RFC 2986 section 3; the realm goes on with the authority it has."""
    assert request_.is_signature_valid
    assert request_.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert find_chain(session, realm.id)[0].id == authority.id


def test_imported_authority_issues_under_the_corporate_root(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User,
    authority: CertificateAuthority, request_: x509.CertificateSigningRequest, corporation: Corporation,
) -> None:  # fmt: skip
    """The path of a new certificate ends at the corporate root, and that of an old one where it ended before."""
    enrolment = enrolment_request()
    old = issue_pkcs12(session, cipher, clock, realm=realm, user=alice, request=enrolment).certificate_row

    imported = import_chain(session, clock, realm=realm, pem=pem(corporation.certify(request_), corporation.root))

    assert get_issuing_authority(session, realm.id, clock.now()).id == imported.id
    assert (authority.status, imported.status) == ("retired", "active")
    new = issue_certificate(
        session, cipher, clock, realm=realm, user=alice, public_key=create_key_pair(KeyType.P256).public_key(),
        device_name="Card", platform=Platform.LINUX,
    )  # fmt: skip
    trust = load_trust_store(session, realm.id)
    assert verify_client_certificate(new.certificate, [], trust, clock.now()).path[-1] == corporation.root
    assert verify_client_certificate(old.certificate, [], trust, clock.now()).path[-1] != corporation.root


def test_authority_whose_root_is_elsewhere_is_not_rolled_over_here(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority,
    request_: x509.CertificateSigningRequest, corporation: Corporation,
) -> None:  # fmt: skip
    import_chain(session, clock, realm=realm, pem=pem(corporation.certify(request_), corporation.root))

    with pytest.raises(Conflict):
        roll_over(session, cipher, clock, realm=realm)


def test_import_without_a_request_is_refused(
    session: Session, clock: FixedClock, realm: Realm, corporation: Corporation
) -> None:
    with pytest.raises(NotFound):
        import_chain(session, clock, realm=realm, pem=pem(corporation.root))


def test_later_request_replaces_the_earlier_one(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm,
    request_: x509.CertificateSigningRequest, corporation: Corporation,
) -> None:  # fmt: skip
    create_request(session, cipher, clock, realm=realm)

    with pytest.raises(InvalidInput, match="certificate"):
        import_chain(session, clock, realm=realm, pem=pem(corporation.certify(request_), corporation.root))


@pytest.mark.parametrize(
    "flaw", ["no root", "wrong order", "garbage", "no authority", "no crl", "expired", "other root"]
)
def test_chain_with_a_flaw_is_refused(
    session: Session, clock: FixedClock, realm: Realm, authority: CertificateAuthority, flaw: str,
    request_: x509.CertificateSigningRequest, corporation: Corporation,
) -> None:  # fmt: skip
    """Nothing of it is kept, and the realm's own authority goes on (RFC 5280 section 6.1)."""
    good = corporation.certify(request_)
    chains = {
        "no root": lambda: pem(good),
        "wrong order": lambda: pem(corporation.root, good),
        "garbage": lambda: b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "no authority": lambda: pem(corporation.certify(request_, authority=False), corporation.root),
        "no crl": lambda: pem(corporation.certify(request_, crl_sign=False), corporation.root),
        "expired": lambda: pem(corporation.certify(request_, days=-1), corporation.root),
        "other root": lambda: pem(good, Corporation(corporation.now).root),
    }

    with pytest.raises(InvalidInput) as caught:
        import_chain(session, clock, realm=realm, pem=chains[flaw]())

    assert set(caught.value.fields) == {"certificate"}
    assert find_chain(session, realm.id)[0].id == authority.id
    trust = load_trust_store(session, realm.id)
    with pytest.raises(UntrustedIssuer):
        verify_client_certificate(pem_to_der(good), [], trust, clock.now())


def pem_to_der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
