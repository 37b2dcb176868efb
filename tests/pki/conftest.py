"""A realm with its authorities, two people, and authorities made in memory."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography import x509
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.models import CertificateAuthority, Realm, User
from idp.pki.authorities import create_authorities
from idp.pki.issuance import EnrolmentRequest
from idp.pki.trust import TrustStore, build_trust_store
from idp.storage.database import Database
from idp.storage.transaction import Transaction
from tests.certificates import Authority
from tests.clock import FixedClock

PASSWORD = "k7fq-2mza-x3nd-w5rt-b6yh-p4cv"


def enrolment_request(**changes: str) -> EnrolmentRequest:
    """Return a request that fits, with P-256 because it is quick, and *changes*."""
    fields = {
        "device_name": "Laptop",
        "platform": "linux",
        "key_type": "p256",
        "password": PASSWORD,
        "encryption": "aes256",
    }
    return EnrolmentRequest(**{**fields, **changes})


class _RollBack(Exception):
    """Nothing of it is to be kept."""


@pytest.fixture
def transaction(database: Database) -> Iterator[Transaction]:
    """A transaction that is not committed."""
    with suppress(_RollBack), database.begin() as transaction:
        yield transaction
        raise _RollBack


@pytest.fixture
def session(transaction: Transaction) -> Session:
    """The transaction's session."""
    return transaction.session


@pytest.fixture
def cipher() -> Cipher:
    """A cipher under a fixed master key."""
    return Cipher(bytes(range(32)))


@pytest.fixture
def realm(session: Session, clock: FixedClock) -> Realm:
    """A realm without authorities."""
    realm = Realm(name="demo", display_name="Demo Org", created_at=clock.now())
    session.add(realm)
    session.flush()
    return realm


def _create_user(session: Session, clock: FixedClock, realm: Realm, username: str) -> User:
    user = User(
        realm_id=realm.id,
        username=username,
        email=f"{username}@example.org",
        email_verified=True,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    session.add(user)
    session.flush()
    return user


@pytest.fixture
def alice(session: Session, clock: FixedClock, realm: Realm) -> User:
    """A person with a verified address."""
    return _create_user(session, clock, realm, "alice")


@pytest.fixture
def bob(session: Session, clock: FixedClock, realm: Realm) -> User:
    """Another person."""
    return _create_user(session, clock, realm, "bob")


@pytest.fixture
def authority(session: Session, cipher: Cipher, clock: FixedClock, realm: Realm) -> CertificateAuthority:
    """The realm's issuing authority."""
    return create_authorities(session, cipher, clock, realm=realm)


@pytest.fixture
def issuer(authority: CertificateAuthority) -> x509.Certificate:
    """The certificate of the realm's issuing authority."""
    return x509.load_der_x509_certificate(authority.certificate)


@pytest.fixture
def root() -> Authority:
    """A root made in memory, valid around the real present."""
    return Authority.create()


@pytest.fixture
def issuing(root: Authority) -> Authority:
    """An issuing authority under it."""
    return root.create_intermediate()


@pytest.fixture
def trust(root: Authority, issuing: Authority) -> TrustStore:
    """A trust store of the two."""
    return build_trust_store("realm", (root.certificate,), (issuing.certificate,))


@pytest.fixture
def now() -> datetime:
    """The real present, which the certificates made in memory are dated around."""
    return datetime.now(UTC)
