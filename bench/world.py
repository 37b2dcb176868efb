"""The realm that the operations work on: many people, sessions, applications and certificates, so that no cache flatters."""

from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from idp.app import build_services
from idp.clients.clients import create_client
from idp.clock import SystemClock
from idp.login.begin import session_cookie_name
from idp.models import Realm, User, new_id
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.provisioning import provision_realm
from idp.sessions.sessions import Authentication, create_session
from idp.settings import Settings
from idp.storage.transaction import Transaction
from idp.users.users import create_user
from idp.web.services import Services

REALM = "bench"
CALLBACK = "https://app.example/callback"
PASSWORD = "bench-password"  # noqa: S105 (of accounts that live as long as the run)
SECRET = "bench-secret-of-every-application"  # noqa: S105 (likewise)
PEOPLE, CERTIFICATE_HOLDERS, APPLICATIONS = 400, 40, 50


@dataclass(frozen=True)
class SignedIn:
    """A person with a live session in a browser."""

    username: str
    cookie: str


@dataclass(frozen=True)
class CertificateHolder:
    """A person who signs in with password and certificate; PEM of certificate and key."""

    username: str
    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class World:
    """Whom and what the load generator knows."""

    signed_in: tuple[SignedIn, ...]
    certificate_holders: tuple[CertificateHolder, ...]
    applications: tuple[str, ...]


def create_world(settings: Settings) -> World:
    """Fill the provider's empty database."""
    services = build_services(settings, SystemClock())
    try:
        with services.database.begin() as transaction:
            session = transaction.session
            realm = provision_realm(
                session, services.cipher, services.clock, public_url=settings.public_url, name=REALM
            )
            realm.max_login_failures = 10_000
            applications = tuple(_create_application(session, services, realm, i) for i in range(APPLICATIONS))
            phc = services.passwords.hash(PASSWORD)
            users = [_create_person(session, services, realm, phc, f"person-{i}") for i in range(PEOPLE)]
            holders = [_create_person(session, services, realm, phc, f"holder-{i}") for i in range(CERTIFICATE_HOLDERS)]
            return World(
                signed_in=tuple(_sign_in(transaction, services, user) for user in users),
                certificate_holders=tuple(_certify(session, services, realm, user) for user in holders),
                applications=applications,
            )
    finally:
        services.ephemeral.close()
        services.database.close()


def _create_application(session: Session, services: Services, realm: Realm, number: int) -> str:
    client = create_client(
        session,
        services.cipher,
        services.clock,
        realm_id=realm.id,
        client_id=f"application-{number}",
        secret=SECRET,
        redirect_uris=[CALLBACK],
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        scope="openid profile email x509 reports",
        name=f"Application {number}",
    )
    return client.client_id


def _create_person(session: Session, services: Services, realm: Realm, phc: str, username: str) -> User:
    user = create_user(
        session,
        services.passwords,
        services.clock,
        realm_id=realm.id,
        username=username,
        password=None,
        email=f"{username}@example.org",
        email_verified=True,
        given_name=username.title(),
        family_name="Example",
    )
    user.password_hash = phc  # the same for all, made once
    return user


def _sign_in(transaction: Transaction, services: Services, user: User) -> SignedIn:
    proven = Authentication(auth_time=services.clock.now(), acr="1", amr=("pwd",))
    _, token = create_session(
        transaction,
        services.clock,
        user=user,
        authentication=proven,
        lifetime=timedelta(hours=10),
        address="127.0.0.1",
        user_agent="bench",
    )
    return SignedIn(user.username, f"{session_cookie_name(REALM)}={token}; idp-browser={new_id()}")


def _certify(session: Session, services: Services, realm: Realm, user: User) -> CertificateHolder:
    key = rsa.generate_private_key(65537, 2048)
    row = issue_certificate(
        session,
        services.cipher,
        services.clock,
        realm=realm,
        user=user,
        public_key=key.public_key(),
        device_name="Laptop",
        platform=Platform.LINUX,
    )
    row.proven_at = user.two_factor_enabled_at = services.clock.now()
    certificate = x509.load_der_x509_certificate(row.certificate)
    return CertificateHolder(
        user.username,
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
