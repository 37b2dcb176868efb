"""A person's certificates as the dashboard shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from idp.account.member import Member
from idp.models import Certificate
from idp.pki.certificate_status import CertificateStatus, find_status
from idp.pki.certificates import REQUESTED, list_certificates
from idp.pki.names import printable
from idp.pki.renewal import find_obstacle
from idp.web.exchange import Exchange

_SOON = timedelta(days=30)
_STATUSES = MappingProxyType(
    {
        CertificateStatus.REVOKED: "revoked",
        CertificateStatus.SUPERSEDED: "revoked",
        CertificateStatus.EXPIRED: "expired",
        CertificateStatus.FUTURE: "active",
        CertificateStatus.ACTIVE: "active",
    }
)


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
    bound_by: str
    foreign: bool
    status: str
    expires_soon: bool
    details_url: str
    revoke_url: str
    install_url: str
    superseded_at: datetime | None
    renew_url: str


def list_cards(exchange: Exchange, member: Member) -> tuple[list[CertificateCard], list[CertificateCard]]:
    """Return the usable certificates, and the revoked and expired ones."""
    cards = [build_card(exchange, member, row) for row in list_certificates(exchange.session, member.user.id)]
    return [card for card in cards if card.status == "active"], [card for card in cards if card.status != "active"]


def _may_renew(exchange: Exchange, member: Member, row: Certificate) -> bool:
    window, now = exchange.realm.certificate_renewal_window, exchange.services.clock.now()
    return not member.may_only_enrol and find_obstacle(row, window, now) is None


def build_card(exchange: Exchange, member: Member, row: Certificate) -> CertificateCard:
    """Return what the page shows of *row*."""
    now = exchange.services.clock.now()
    details_url = exchange.url(f"/account/certificates/{row.id}")
    status = _STATUSES[find_status(row, now)]
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
        subject=printable(row.subject),
        issuer=printable(row.issuer),
        bound_by=row.bound_by,
        foreign=row.trust_anchor_id is not None,
        status=status,
        expires_soon=status == "active" and row.not_after - now < _SOON,
        details_url=details_url,
        revoke_url=exchange.url(f"/account/certificates/{row.id}/revoke"),
        install_url=f"{details_url}/install" if row.bound_by == REQUESTED else _guide_url(exchange, row),
        superseded_at=_find_replacement(row),
        renew_url=f"{details_url}/renew" if _may_renew(exchange, member, row) else "",
    )


def _find_replacement(row: Certificate) -> datetime | None:
    """Return until when *row* works, or worked, beside the newer one; None where it was revoked before that."""
    if row.superseded_at is not None and row.revoked_at is not None and row.revoked_at < row.superseded_at:
        return None
    return row.superseded_at


def _guide_url(exchange: Exchange, row: Certificate) -> str:
    return exchange.url(f"/account/two-factor/install?platform={row.platform}") if row.authority_id else ""
