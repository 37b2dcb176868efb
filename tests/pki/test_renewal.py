"""When a certificate may be renewed, and what becomes of the one that is replaced."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import InvalidInput
from idp.models import Certificate, CertificateAuthority, Realm, RevocationList, User
from idp.pki.authorities import create_authorities
from idp.pki.certificates import has_only_expired_certificates, has_usable_certificate
from idp.pki.crl import publish_if_due
from idp.pki.issuance import issue_pkcs12
from idp.pki.rejections import Reason
from idp.pki.renewal import NotRenewable, Obstacle, complete_renewal, find_obstacle
from idp.pki.revocation import RevocationReason, revoke_certificate, revoke_superseded_certificates
from idp.pki.trust import load_trust_store
from idp.pki.verdict import judge
from idp.storage.database import Database
from idp.storage.transaction import Transaction
from tests.clock import FixedClock
from tests.pki.conftest import enrolment_request
from tests.pki.proofs import prove

OVERLAP = timedelta(days=14)


class Office:
    """Issues and renews for alice, whose certificates are good for 60 days and renewable in the last 30."""

    def __init__(self, session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, user: User) -> None:
        self.session, self.cipher, self.clock, self.realm, self.user = session, cipher, clock, realm, user
        realm.certificate_lifetime = 60 * 86400

    def issue(self, replaces: Certificate | None = None, **changes: str) -> Certificate:
        """Issue one, in place of *replaces* if that is given."""
        return issue_pkcs12(
            self.session,
            self.cipher,
            self.clock,
            realm=self.realm,
            user=self.user,
            request=enrolment_request(**changes),
            replaces=replaces,
        ).certificate_row

    def show(self, new: Certificate) -> Certificate | None:
        """Prove *new*; return what it has replaced."""
        replaced = complete_renewal(self.session, self.clock, new, OVERLAP)
        prove(self.session, self.clock, new.id)
        return replaced

    def judge(self, transaction: Transaction, row: Certificate) -> Reason:
        """Present *row*."""
        trust = load_trust_store(self.session, self.realm.id)
        return judge(
            transaction,
            self.clock,
            leaf=row.certificate,
            intermediates=(),
            trust=trust,
            realm_id=self.realm.id,
            user_id=self.user.id,
        ).reason

    def fresh(self, row: Certificate) -> Certificate:
        """Return *row* as the database has it."""
        self.session.refresh(row)
        return row


@pytest.fixture
def office(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, authority: CertificateAuthority
) -> Office:
    return Office(session, cipher, clock, realm, alice)


@pytest.fixture
def old(office: Office, clock: FixedClock) -> Certificate:
    """A certificate in its last 30 days."""
    row = office.issue()
    clock.advance(days=40)
    return row


@pytest.mark.every_database
def test_old_one_counts_for_the_overlap_from_the_first_proof_of_the_new_one(
    office: Office, old: Certificate, transaction: Transaction, clock: FixedClock
) -> None:
    """Until then nothing changes; afterwards it is refused as superseded, and revoked as such."""
    new = office.issue(old)
    assert (new.replaces_id, office.fresh(old).superseded_at) == (old.id, None)
    replaced = office.show(new)
    assert replaced is old
    assert old.superseded_at == clock.now() + OVERLAP
    clock.advance(days=13)
    assert office.judge(transaction, old) is Reason.ACCEPTED
    assert revoke_superseded_certificates(office.session, clock) == []
    clock.advance(days=1)
    assert office.judge(transaction, old) is Reason.SUPERSEDED
    assert revoke_superseded_certificates(office.session, clock) == [old]
    assert old.revocation_reason == RevocationReason.SUPERSEDED
    assert office.judge(transaction, old) is Reason.SUPERSEDED
    assert office.judge(transaction, new) is Reason.ACCEPTED


def test_proof_counts_once(office: Office, old: Certificate, clock: FixedClock) -> None:
    """The overlap does not begin anew with each use of the new one."""
    new = office.issue(old)
    office.show(new)
    end = old.superseded_at
    clock.advance(days=3)
    assert office.show(new) is None
    assert office.fresh(old).superseded_at == end


def test_revocation_list_has_it_once_its_time_is_over(
    office: Office, old: Certificate, authority: CertificateAuthority, clock: FixedClock
) -> None:
    office.realm.crl_lifetime = 86400
    office.show(office.issue(old))
    clock.advance(days=15)
    revoke_superseded_certificates(office.session, clock)
    publish_if_due(office.session, office.cipher, clock, authority.id)
    revocation_list = x509.load_der_x509_crl(office.session.get_one(RevocationList, authority.id).data)
    entry = revocation_list.get_revoked_certificate_by_serial_number(int(old.serial_number, 16))
    assert entry is not None
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.superseded


def test_revoked_for_another_reason_stays_revoked(
    office: Office, old: Certificate, transaction: Transaction, clock: FixedClock
) -> None:
    """Somebody else's hands on the old key are not told as a matter of course."""
    office.show(office.issue(old))
    revoke_certificate(office.session, clock, old, RevocationReason.KEY_COMPROMISE)
    clock.advance(days=15)
    assert revoke_superseded_certificates(office.session, clock) == []
    assert office.judge(transaction, old) is Reason.REVOKED


def test_never_shown_the_old_one_lasts_to_its_end(
    office: Office, old: Certificate, transaction: Transaction, clock: FixedClock
) -> None:
    office.issue(old)
    clock.advance(days=19)
    assert office.judge(transaction, old) is Reason.ACCEPTED
    clock.advance(days=2)
    assert office.judge(transaction, old) is Reason.EXPIRED


def test_second_renewal_replaces_the_unshown_first(
    office: Office, old: Certificate, transaction: Transaction, clock: FixedClock
) -> None:
    first = office.issue(old)
    second = office.issue(old)
    assert office.judge(transaction, first) is Reason.SUPERSEDED
    assert office.judge(transaction, second) is Reason.ACCEPTED
    assert office.judge(transaction, old) is Reason.ACCEPTED
    assert revoke_superseded_certificates(office.session, clock) == [first]


def test_limit_leaves_room_for_the_one_that_replaces_and_for_no_more(
    office: Office, clock: FixedClock, old: Certificate, transaction: Transaction
) -> None:
    """Whoever holds as many as there may be renews each of them, and holds no more than twice as many on the way."""
    office.realm.certificate_limit = 2
    other = office.issue(device_name="Phone")
    for row in (old, old, old):
        new = office.issue(row)
    with pytest.raises(InvalidInput):
        office.issue(device_name="Tablet")
    office.show(new)
    with pytest.raises(InvalidInput):
        office.issue(device_name="Tablet")
    clock.advance(days=35)
    office.show(office.issue(other))
    again = office.issue(new)
    assert office.judge(transaction, old) in {Reason.EXPIRED, Reason.SUPERSEDED}
    with pytest.raises(InvalidInput):
        office.issue(device_name="Tablet")
    assert _count_accepted(office, transaction, [old, other, new, again]) == 3


def test_certificates_that_are_always_in_their_window_are_not_collected(
    office: Office, transaction: Transaction, clock: FixedClock
) -> None:
    """Where the window is longer than the lifetime, renewing what has just been renewed ends what was before."""
    office.realm.certificate_renewal_window = 365 * 86400
    office.realm.certificate_limit = 1
    line = [office.issue()]
    for _ in range(4):
        line.append(office.issue(line[-1]))
        office.show(line[-1])
    assert [office.judge(transaction, row) for row in line] == [Reason.SUPERSEDED] * 3 + [Reason.ACCEPTED] * 2


def _count_accepted(office: Office, transaction: Transaction, rows: list[Certificate]) -> int:
    return sum(office.judge(transaction, row) is Reason.ACCEPTED for row in rows)


def test_failed_renewal_leaves_everything_as_it_was(office: Office, old: Certificate) -> None:
    """A limit that was lowered meanwhile refuses; the unshown successor is not ended by that."""
    first = office.issue(old)
    office.issue(device_name="Phone")
    office.realm.certificate_limit = 1
    with pytest.raises(InvalidInput):
        office.issue(old)
    assert office.fresh(first).superseded_at is None


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({}, None),
        ({"days": 20}, None),
        ({"window": 0}, Obstacle.NEVER),
        ({"window": 10}, Obstacle.TOO_EARLY),
        ({"days": 21}, Obstacle.EXPIRED),
        ({"revoked": True}, Obstacle.REVOKED),
        ({"superseded": True}, Obstacle.REPLACED),
        ({"foreign": True}, Obstacle.FOREIGN),
    ],
)
def test_obstacles(
    office: Office, old: Certificate, clock: FixedClock, changes: dict[str, Any], obstacle: Obstacle | None
) -> None:
    """Each is told apart, and issuing holds itself to the same rule."""
    clock.advance(days=changes.get("days", 0))
    if changes.get("revoked"):
        revoke_certificate(office.session, clock, old, RevocationReason.UNSPECIFIED)
    if changes.get("superseded"):
        office.show(office.issue(old))
    if changes.get("foreign"):
        old.authority_id = None
    office.realm.certificate_renewal_window = changes.get("window", 30) * 86400
    window = timedelta(seconds=office.realm.certificate_renewal_window)
    assert find_obstacle(old, window, clock.now()) == obstacle
    if obstacle is not None:
        with pytest.raises(NotRenewable) as caught:
            office.issue(old)
        assert caught.value.obstacle is obstacle


def test_somebody_elses_is_not_renewed(office: Office, old: Certificate, bob: User) -> None:
    office.user = bob
    with pytest.raises(InvalidInput):
        office.issue(old)


def test_last_end_decides_whether_all_have_expired(office: Office, old: Certificate, clock: FixedClock) -> None:
    """Revoked before the last one expired: expired. Revoked afterwards: revoked. What a renewal has ended does not count."""
    session, user = office.session, office.user
    lost = office.issue(device_name="Phone")
    revoke_certificate(session, clock, lost, RevocationReason.KEY_COMPROMISE)
    office.show(new := office.issue(old))
    assert not has_only_expired_certificates(session, clock, user.id)
    clock.advance(days=61)
    revoke_superseded_certificates(session, clock)
    assert not has_usable_certificate(session, clock, user.id)
    assert has_only_expired_certificates(session, clock, user.id)
    fresh = office.issue()
    assert not has_only_expired_certificates(session, clock, user.id)
    revoke_certificate(session, clock, fresh, RevocationReason.PRIVILEGE_WITHDRAWN)
    assert not has_only_expired_certificates(session, clock, user.id)
    assert new.revoked_at is None


@dataclass(frozen=True)
class Hurry:
    """A realm in which carol may always renew, and her one certificate; each call is a transaction of its own."""

    database: Database
    cipher: Cipher
    clock: FixedClock
    user_id: str
    old_id: str

    def renew(self, *_: object) -> str | None:
        """Renew the old one; return the new one's id, or None where that was refused."""
        try:
            with self.database.transaction() as session:
                user = session.get_one(User, self.user_id)
                office = Office(session, self.cipher, self.clock, session.get_one(Realm, user.realm_id), user)
                return office.issue(session.get_one(Certificate, self.old_id)).id
        except (NotRenewable, OperationalError):
            return None

    def show(self, new_id: str) -> None:
        """Prove the new one."""
        with suppress(OperationalError), self.database.transaction() as session:
            new = session.get_one(Certificate, new_id)
            complete_renewal(session, self.clock, new, OVERLAP)
            prove(session, self.clock, new.id)

    def successors(self) -> list[Certificate]:
        """Return what was issued in place of the old one."""
        with self.database.transaction() as session:
            return session.query(Certificate).filter_by(replaces_id=self.old_id).all()


@pytest.fixture
def hurry(database: Database, cipher: Cipher, clock: FixedClock) -> Hurry:
    with database.transaction() as session:
        realm = Realm(name="hasty", certificate_limit=1, created_at=clock.now())
        realm.certificate_renewal_window = 365 * 86400
        session.add(realm)
        session.flush()
        create_authorities(session, cipher, clock, realm=realm)
        user = User(realm_id=realm.id, username="carol", created_at=clock.now(), updated_at=clock.now())
        session.add(user)
        session.flush()
        return Hurry(database, cipher, clock, user.id, Office(session, cipher, clock, realm, user).issue().id)


@pytest.mark.every_database
def test_simultaneous_renewals_leave_one_successor(hurry: Hurry) -> None:
    """Of eight at once one remains, whichever was last; SQLite may send some away to try again."""
    with ThreadPoolExecutor(8) as pool:
        succeeded = [made for made in pool.map(hurry.renew, range(8)) if made]
    made = hurry.successors()
    assert 1 <= len(succeeded) == len(made)
    assert sum(row.superseded_at is None for row in made) == 1


@pytest.mark.every_database
def test_old_one_is_given_up_only_for_one_that_counts(hurry: Hurry) -> None:
    """Somebody tests the first new one while a second is made: whichever wins, nobody is left with an untested one alone."""
    first = hurry.renew()
    assert first
    with ThreadPoolExecutor(8) as pool:
        for number in range(8):
            pool.submit(hurry.show, first) if number % 2 else pool.submit(hurry.renew)
    with hurry.database.transaction() as session:
        given_up = session.get_one(Certificate, hurry.old_id).superseded_at is not None
    shown = [row for row in hurry.successors() if row.proven_at and row.superseded_at is None]
    assert bool(shown) == given_up
