"""A person's certificates as the dashboard shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.account.member import Member
from idp.models import Certificate
from idp.pki.certificates import list_certificates
from idp.web.exchange import Exchange

_SOON = timedelta(days=30)


@dataclass(frozen=True)
class CertificateCard:
    """One certificate for the page; `status` is active, expired or revoked, `foreign` that somebody else has issued it."""

    id: str
    device_name: str
    platform: str
    key_type: str
    created_at: datetime
    not_before: datetime
    not_after: datetime
    last_used_at: datetime | None
    proven_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str | None
    serial_number: str
    fingerprint: str
    subject: str
    issuer: str
    foreign: bool
    status: str
    expires_soon: bool
    revoke_url: str
    install_url: str


def list_cards(exchange: Exchange, member: Member) -> tuple[list[CertificateCard], list[CertificateCard]]:
    """Return the usable certificates, and the revoked and expired ones."""
    cards = [build_card(exchange, row) for row in list_certificates(exchange.session, member.user.id)]
    return [card for card in cards if card.status == "active"], [card for card in cards if card.status != "active"]


def build_card(exchange: Exchange, row: Certificate) -> CertificateCard:
    """Return what the page shows of *row*."""
    now = exchange.services.clock.now()
    status = "revoked" if row.revoked_at else "expired" if now >= row.not_after else "active"
    return CertificateCard(
        id=row.id,
        device_name=row.device_name,
        platform=row.platform,
        key_type=row.key_type,
        created_at=row.created_at,
        not_before=row.not_before,
        not_after=row.not_after,
        last_used_at=row.last_used_at,
        proven_at=row.proven_at,
        revoked_at=row.revoked_at,
        revocation_reason=row.revocation_reason,
        serial_number=row.serial_number,
        fingerprint=row.fingerprint,
        subject=row.subject,
        issuer=row.issuer,
        foreign=row.trust_anchor_id is not None,
        status=status,
        expires_soon=status == "active" and row.not_after - now < _SOON,
        revoke_url=exchange.url(f"/account/certificates/{row.id}/revoke"),
        install_url=exchange.url(f"/account/two-factor/install?platform={row.platform}"),
    )
