"""How many certificates one person may hold."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import InvalidInput
from idp.models import Certificate, CertificateAuthority, Realm, User
from idp.pki.authorities import create_authorities
from idp.pki.issuance import issue_pkcs12
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.pki.conftest import enrolment_request


def enrol(session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, user: User) -> Certificate:
    request = enrolment_request()
    return issue_pkcs12(session, cipher, clock, realm=realm, user=user, request=request).certificate_row


def test_one_more_than_the_limit_is_refused_until_one_is_revoked(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, bob: User,
    authority: CertificateAuthority,
) -> None:  # fmt: skip
    """Other people's do not count."""
    realm.certificate_limit = 2
    enrol(session, cipher, clock, realm, bob)
    first, _ = (enrol(session, cipher, clock, realm, alice) for _ in range(2))
    with pytest.raises(InvalidInput) as caught, session.begin_nested():
        enrol(session, cipher, clock, realm, alice)
    assert set(caught.value.fields) == {"certificate_limit"}

    revoke_certificate(session, clock, first, RevocationReason.SUPERSEDED)

    assert enrol(session, cipher, clock, realm, alice)


def test_expired_certificates_do_not_count(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, authority: CertificateAuthority
) -> None:
    realm.certificate_limit = 1
    realm.certificate_lifetime = 3600
    enrol(session, cipher, clock, realm, alice)
    clock.advance(hours=2)
    assert enrol(session, cipher, clock, realm, alice)


@pytest.mark.every_database
def test_simultaneous_enrolments_do_not_pass_the_limit(database: Database, cipher: Cipher, clock: FixedClock) -> None:
    """Of eight at once as many succeed as may; SQLite may send some away to try again."""
    with database.transaction() as session:
        realm = Realm(name="crowded", certificate_limit=3, created_at=clock.now())
        session.add(realm)
        session.flush()
        create_authorities(session, cipher, clock, realm=realm)
        user = User(realm_id=realm.id, username="carol", created_at=clock.now(), updated_at=clock.now())
        session.add(user)
        session.flush()
        realm_id, user_id = realm.id, user.id

    def attempt(_number: int) -> bool:
        try:
            with database.transaction() as session:
                realm, user = session.get_one(Realm, realm_id), session.get_one(User, user_id)
                enrol(session, cipher, clock, realm, user)
        except (InvalidInput, OperationalError):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        succeeded = sum(pool.map(attempt, range(8)))

    with database.transaction() as session:
        held = session.scalar(select(func.count()).where(Certificate.user_id == user_id))
    assert 1 <= succeeded <= 3
    assert held == succeeded
