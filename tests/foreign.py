"""A foreign authority that a provider's realm trusts, and cards that it issues."""

from datetime import datetime, timedelta
from typing import Any

from cryptography import x509

from idp.models import Realm, TrustAnchor
from idp.pki.anchor_settings import read_anchor_settings
from idp.pki.trust_anchors import add_anchor
from tests.certificates import Authority, Issued
from tests.pki.corporate import pem
from tests.provider import Provider

NOT_REVOKED = {"revocation": {"method": "none"}}
BY_MAIL = {"mapping": {"source": "san_email", "target": "email"}}


class Cards:
    """An authority whose certificates are dated around the present, to which the provider's clock is moved."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.root = Authority.create("Cards Root")
        self.issuing = self.root.create_intermediate("Cards")
        present = self.root.certificate.not_valid_before_utc + timedelta(days=1)
        provider.clock.advance(present - provider.clock.now())

    @property
    def now(self) -> datetime:
        """The present."""
        return self.provider.clock.now()

    def trust(self, name: str = "Cards", **settings: Any) -> str:
        """Let the realm trust the authority and return the anchor's id; revocation is not looked up."""
        with self.provider.services.database.transaction() as session:
            realm = session.query(Realm).filter_by(name="demo").one()
            wanted = read_anchor_settings({**NOT_REVOKED, **settings})
            chain = pem(self.root.certificate, self.issuing.certificate)
            anchor_id = add_anchor(session, self.provider.clock, realm=realm, name=name, pem=chain, settings=wanted).id
        self.provider.services.trust.clear()
        return anchor_id

    def change(self, anchor_id: str, *, enabled: bool = True, **settings: Any) -> None:
        """Change the anchor."""
        with self.provider.services.database.transaction() as session:
            row = session.get_one(TrustAnchor, anchor_id)
            row.enabled = enabled
            row.settings = read_anchor_settings({**NOT_REVOKED, **settings}).model_dump(mode="json")
        self.provider.services.trust.clear()

    def issue(self, name: str = "alice", **options: Any) -> Issued:
        """Return a certificate with the address ``<name>@example.org``."""
        return self.issuing.issue(name, **options)


def mailbox(name: str) -> x509.RFC822Name:
    """Return an address as a certificate has it."""
    return x509.RFC822Name(f"{name}@example.org")
