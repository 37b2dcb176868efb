"""The chain that is drawn: of certificates issued here, and of those under a foreign anchor."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.models import Certificate, CertificateAuthority, Realm, TrustAnchor, User
from idp.pki.certificate_files import FileKind, build_file
from idp.pki.chains import find_chain_of
from tests.certificates import Authority
from tests.clock import FixedClock
from tests.pki.test_request_issuance import Requesting, _build_anchor


def test_chain_of_our_own_goes_up_to_the_root(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, authority: CertificateAuthority
) -> None:
    row = Requesting(session, cipher, clock, realm).issue(alice)
    chain = find_chain_of(session, row)
    assert chain.complete
    assert [c.public_bytes(Encoding.DER) for c in chain.certificates[:2]] == [row.certificate, authority.certificate]
    assert chain.certificates[-1].subject == chain.certificates[-1].issuer
    assert chain.without_root == chain.certificates[:2]


@pytest.fixture
def foreign(session: Session, clock: FixedClock, realm: Realm, alice: User) -> Any:
    """Make a row for a certificate of a foreign anchor, with *known* intermediates."""

    def build(anchor: x509.Certificate, known: tuple[x509.Certificate, ...], own: x509.Certificate) -> Certificate:
        row: TrustAnchor = _build_anchor(realm, anchor, clock)
        row.intermediates = b"".join(c.public_bytes(Encoding.PEM) for c in known)
        session.add(row)
        session.flush()
        der = own.public_bytes(Encoding.DER)
        return Certificate(realm_id=realm.id, user_id=alice.id, trust_anchor_id=row.id, certificate=der)

    return build


def test_chain_of_a_foreign_one_goes_through_what_is_known(session: Session, foreign: Any) -> None:
    """In its order, whatever else is stored."""
    root, stranger = Authority.create(), Authority.create("Stranger")
    upper = root.create_intermediate("Upper", path_length=1)
    lower = upper.create_intermediate("Lower")
    own = lower.issue("alice").certificate
    row = foreign(root.certificate, (lower.certificate, stranger.certificate, upper.certificate), own)
    chain = find_chain_of(session, row)
    assert chain.certificates == (own, lower.certificate, upper.certificate, root.certificate)
    assert chain.complete


def test_gap_below_a_foreign_anchor_is_told(session: Session, foreign: Any) -> None:
    """What was presented with the certificate is not kept."""
    root = Authority.create()
    own = root.create_intermediate().issue("alice").certificate
    chain = find_chain_of(session, foreign(root.certificate, (), own))
    assert chain.certificates == (own, root.certificate)
    assert not chain.complete
    assert x509.load_der_x509_certificate(build_file(FileKind.DER, chain).content) == own


def test_circle_of_intermediates_ends(session: Session, foreign: Any) -> None:
    """Two that certify each other lead nowhere."""
    one, other = Authority.create("One"), Authority.create("Other")
    crossed = (
        one.create_intermediate("Other", key=other.key).certificate,
        other.create_intermediate("One", key=one.key).certificate,
    )
    own = one.issue("alice").certificate
    chain = find_chain_of(session, foreign(Authority.create().certificate, crossed, own))
    assert not chain.complete
    assert len(chain.certificates) < 12
