"""A foreign anchor with an issuing authority below it, whose lists and answers come from a server on loopback."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy import select

from idp.fetching.fetcher import Fetcher
from idp.models import ForeignAnswer, ForeignList, ForeignListSource, Realm, TrustAnchor
from idp.pki.anchor_settings import RevocationSettings
from idp.pki.foreign_revocation.lookup import ForeignStatus
from idp.pki.foreign_revocation.sources import Means
from idp.pki.foreign_status import Assurance
from idp.settings import Settings
from idp.storage.database import Database
from idp.web.status_sources import FetchedSources
from tests.certificates import Authority, Extension, Issued
from tests.clock import FixedClock
from tests.web_server import Reply, WebServer


@dataclass
class World:
    """The anchor's row, its authorities, and what looks up revocation."""

    database: Database
    clock: FixedClock
    web: WebServer
    root: Authority
    issuing: Authority
    anchor_id: str
    means: Means

    def path(self, certificate: Issued) -> tuple[x509.Certificate, ...]:
        """Return the path of a certificate of the issuing authority."""
        return (certificate.certificate, self.issuing.certificate, self.root.certificate)

    def look_up(self, *path: x509.Certificate, **settings: object) -> Assurance:
        """Ask as a login does."""
        return ForeignStatus(self.means)(self.anchor_id, RevocationSettings.model_validate(settings), path)

    def configure(self, **settings: object) -> RevocationSettings:
        """Save the anchor's settings and return them."""
        revocation = RevocationSettings.model_validate(settings)
        with self.database.transaction() as session:
            session.get_one(TrustAnchor, self.anchor_id).settings = {"revocation": revocation.model_dump(mode="json")}
        return revocation

    def serve(self, path: str, body: bytes, content_type: str = "application/pkix-crl") -> str:
        """Let the server answer with *body* and return the address."""
        self.web.replies[path] = Reply(body, content_type=content_type)
        return self.web.url(path)

    def rows(self, table: type) -> list:
        """Return all rows."""
        with self.database.transaction() as session:
            return list(session.scalars(select(table)))

    @property
    def sources(self) -> list[ForeignListSource]:
        """The addresses that are known."""
        return self.rows(ForeignListSource)

    @property
    def lists(self) -> list[ForeignList]:
        """The lists in force."""
        return [row for row in self.rows(ForeignList) if row.activated_at and not row.superseded_at]

    @property
    def answers(self) -> list[ForeignAnswer]:
        """The OCSP answers that are kept."""
        return self.rows(ForeignAnswer)


def points_to(*urls: str) -> Extension:
    """Return an extension with a distribution point for each address."""
    names = [[x509.UniformResourceIdentifier(url)] for url in urls]
    points = [x509.DistributionPoint(name, None, None, None) for name in names]
    return x509.CRLDistributionPoints(points), False


def answered_at(url: str) -> Extension:
    """Return an extension that names an OCSP responder."""
    location = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, location)]
    ), False


def make_world(
    database: Database, clock: FixedClock, web: WebServer, root: Authority, issuing: Authority, *, name: str = "demo"
) -> World:
    """Save the anchor, in a realm of its own."""
    sources = FetchedSources(Fetcher(Settings(fetch_allowed_hosts=[web.authority])))
    now = clock.now()
    with database.transaction() as session:
        realm = Realm(name=name, display_name="Demo", created_at=now)
        session.add(realm)
        session.flush()
        anchor = TrustAnchor(
            realm_id=realm.id,
            name="foreign",
            subject=root.certificate.subject.rfc4514_string(),
            serial_number="01",
            fingerprint=root.certificate.fingerprint(hashes.SHA256()).hex(),
            certificate=root.der,
            intermediates=issuing.pem.encode(),
            not_before=root.certificate.not_valid_before_utc,
            not_after=root.certificate.not_valid_after_utc,
            created_at=now,
            updated_at=now,
        )
        session.add(anchor)
        session.flush()
        return World(database, clock, web, root, issuing, anchor.id, Means(database, clock, sources))
