"""People with accounts, certificates and recovery codes, made through the domain's own functions."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from idp.clock import Clock, SystemClock
from idp.demo.seed import DEMO
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.models import Certificate, Realm, User
from idp.notices.invitations import invite_user
from idp.notices.notice import Sender
from idp.pki.certificates import list_certificates
from idp.pki.enrolments import EnrolmentRequest
from idp.pki.issuance import issue_pkcs12
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.provisioning import provision_realm
from idp.realms.realms import get_realm
from idp.users.recovery_codes import create_recovery_codes
from idp.users.users import create_user
from idp.web.services import Services
from tests.pki.proofs import prove

FILE_PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Person:
    """An account and its password."""

    id: str
    realm: str
    username: str
    password: str
    email: str


@dataclass(frozen=True)
class CertificateFile:
    """An issued certificate in a PKCS#12 file on disk."""

    id: str
    file: Path
    password: str
    subject: str
    serial_number: str
    fingerprint: str


class People:
    """Arrange what a test begins with, in the database of a running provider; files are written to *directory*."""

    def __init__(self, services: Services, directory: Path) -> None:
        self._services = services
        self._directory = directory

    def remember_a_month(self, realm: str = DEMO) -> None:
        """Let people have signed in for a month, less at the end of each week, and failed now and then."""
        now = self._services.clock.now()
        with self._services.database.transaction() as session:
            realm_id = get_realm(session, realm).id
            for number in range(30):
                day = now - timedelta(days=number)
                successes = 30 + number * 7 % 23 if day.weekday() < 5 else 4 + number % 5
                tags = [Tag.LOGIN_SUCCESS] * successes + [Tag.LOGIN_FAILURE] * (number * 5 % 7)
                save_events(session, [EventRecord(tag=tag, at=day, realm_id=realm_id) for tag in tags])

    def create(self, name: str, realm: str = DEMO, *, email_verified: bool = True) -> Person:
        """Create an account that no other test uses; *name* is how its username begins."""
        username = self.choose_username(name)
        person = Person("", realm, username, f"password of {username}", f"{username}@example.org")
        with self._services.database.transaction() as session:
            user = create_user(
                session,
                self._services.passwords,
                self._services.clock,
                realm_id=get_realm(session, realm).id,
                username=username,
                password=person.password,
                email=person.email,
                email_verified=email_verified,
                given_name=name.capitalize(),
                family_name="Example",
            )
            return Person(user.id, realm, username, person.password, person.email)

    def choose_username(self, name: str) -> str:
        """Return a username that nobody has."""
        return f"{name}-{uuid.uuid4().hex[:8]}"

    def create_realm(self, name: str, *, clock: Clock | None = None, **policy: object) -> None:
        """Create a realm with keys and authorities; *policy* sets columns of its row."""
        services = self._services
        with services.database.transaction() as session:
            realm = provision_realm(
                session,
                services.cipher,
                clock or services.clock,
                public_url=services.settings.public_url,
                name=name,
                display_name=name.capitalize(),
            )
            for column, value in policy.items():
                setattr(realm, column, value)

    def issue(self, person: Person, *, device_name: str = "Laptop", clock: Clock | None = None) -> CertificateFile:
        """Issue a certificate as the dashboard does."""
        services = self._services
        request = EnrolmentRequest(device_name, "linux", "p256", FILE_PASSWORD, "aes256")
        with services.database.transaction() as session:
            issued = issue_pkcs12(
                session,
                services.cipher,
                clock or services.clock,
                realm=get_realm(session, person.realm),
                user=session.get_one(User, person.id),
                request=request,
            )
            row = issued.certificate_row
            path = self._directory / f"{row.id}.p12"
            path.write_bytes(issued.data)
            return CertificateFile(row.id, path, FILE_PASSWORD, row.subject, row.serial_number, row.fingerprint)

    def enable_two_factor(self, person: Person, *certificates: CertificateFile) -> list[str]:
        """Switch two-factor authentication on, with *certificates* proven; return the recovery codes."""
        clock = SystemClock()
        with self._services.database.transaction() as session:
            for certificate in certificates:
                prove(session, clock, certificate.id)
            session.get_one(User, person.id).two_factor_enabled_at = clock.now() - timedelta(minutes=1)
            return create_recovery_codes(session, clock, person.id)

    def revoke(self, certificate: CertificateFile | Certificate) -> None:
        """Revoke the certificate."""
        with self._services.database.transaction() as session:
            row = session.get_one(Certificate, certificate.id)
            revoke_certificate(session, self._services.clock, row, RevocationReason.SUPERSEDED)

    def move_end(self, person: Person, days: float) -> None:
        """Let the rows of the person's certificates say that they end in so many days."""
        with self._services.database.transaction() as session:
            for row in list_certificates(session, person.id):
                row.not_after = SystemClock().now() + timedelta(days=days)

    def invite(self, name: str) -> Person:
        """Create an account without a password and invite its owner, who needs a certificate to get in."""
        services, person = self._services, self.create(name)
        sender = Sender(services.settings.public_url, services.cipher, services.clock, services.themes)
        with services.database.transaction() as session:
            user = session.get_one(User, person.id)
            user.password_hash = None
            realm = get_realm(session, person.realm)
            invite_user(session, sender, realm=realm, user=user, by="a test", require_certificate=True)
        return person

    def set_realm(self, name: str, **policy: object) -> None:
        """Set columns of a realm's row."""
        with self._services.database.transaction() as session:
            realm: Realm = get_realm(session, name)
            for column, value in policy.items():
                setattr(realm, column, value)

    def require_new_password(self, person: Person) -> None:
        """Let the person choose a password at the next login."""
        with self._services.database.transaction() as session:
            session.get_one(User, person.id).required_actions = ["UPDATE_PASSWORD"]

    def has_two_factor(self, person: Person) -> bool:
        """Tell whether two-factor authentication is on."""
        with self._services.database.transaction() as session:
            return session.get_one(User, person.id).two_factor_enabled_at is not None

    def list_certificates(self, person: Person) -> list[Certificate]:
        """Return the rows of the person's certificates."""
        with self._services.database.transaction() as session:
            rows = list_certificates(session, person.id)
            session.expunge_all()
            return rows
