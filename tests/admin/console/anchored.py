"""A foreign authority whose certificates people of the desk's realm hold, and what is planted of them."""

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes

from idp.models import Certificate
from idp.pki.serial_numbers import format_serial_number
from tests.admin.console.people import Desk
from tests.certificates import Issued
from tests.foreign import BY_MAIL, Cards


@dataclass
class Anchored:
    """The desk, the authority and its anchor."""

    desk: Desk
    cards: Cards
    anchor_id: str

    def plant(self, issued: Issued, username: str = "alice", *, device: str = "Card", **values: Any) -> str:
        """Bind a certificate to somebody and return its id."""
        certificate = issued.certificate
        user = self.desk.provider.user(username)
        row = Certificate(
            realm_id=user.realm_id,
            user_id=user.id,
            trust_anchor_id=self.anchor_id,
            bound_by="registered",
            serial_number=format_serial_number(certificate.serial_number),
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            certificate=issued.der,
            key_type="p256",
            device_name=device,
            platform="other",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            created_at=self.cards.now,
        )
        for name, value in values.items():
            setattr(row, name, value)
        with self.desk.provider.services.database.transaction() as session:
            session.add(row)
            session.flush()
            return row.id

    def row(self, certificate_id: str) -> Certificate:
        """Return a certificate as it is now."""
        with self.desk.provider.services.database.transaction() as session:
            row = session.get_one(Certificate, certificate_id)
            session.expunge(row)
            return row


def make_anchored(desk: Desk, *, name: str = "Cards", **settings: Any) -> Anchored:
    """Let the realm trust a new authority, at whose present the clock is from then on."""
    cards = Cards(desk.provider)
    return Anchored(desk, cards, cards.trust(name, **(settings or BY_MAIL)))
