"""What has become of a certificate, told of a row and as a condition (RFC 5280 section 4.1.2.5: the last second counts)."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, false, or_

from idp.models import Certificate
from idp.pki.certificates import counts_at


class CertificateStatus(StrEnum):
    """The first that fits of revoked, superseded, expired, future, active."""

    ACTIVE = "active"
    FUTURE = "future"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


COUNTING = frozenset({CertificateStatus.ACTIVE, CertificateStatus.FUTURE})
WITHDRAWN = frozenset({CertificateStatus.REVOKED, CertificateStatus.SUPERSEDED})


def find_status(certificate: Certificate, now: datetime) -> CertificateStatus:
    """Return what has become of *certificate* at *now*."""
    if certificate.revoked_at is not None:
        return CertificateStatus.REVOKED
    if certificate.superseded_at is not None and certificate.superseded_at <= now:
        return CertificateStatus.SUPERSEDED
    if certificate.not_after < now:
        return CertificateStatus.EXPIRED
    return CertificateStatus.FUTURE if certificate.not_before > now else CertificateStatus.ACTIVE


def has_status(statuses: Collection[CertificateStatus], now: datetime) -> ColumnElement[bool]:
    """Return the condition that `find_status` says one of *statuses*."""
    counts, revoked = counts_at(now), Certificate.revoked_at.is_not(None)
    started, ended = Certificate.not_before <= now, Certificate.not_after < now
    conditions: dict[CertificateStatus, ColumnElement[bool]] = {
        CertificateStatus.REVOKED: revoked,
        CertificateStatus.SUPERSEDED: ~revoked & (Certificate.superseded_at <= now),
        CertificateStatus.EXPIRED: counts & ended,
        CertificateStatus.FUTURE: counts & ~ended & ~started,
        CertificateStatus.ACTIVE: counts & ~ended & started,
    }
    if set(statuses) >= COUNTING:  # simpler, and for whole tables of them
        conditions[CertificateStatus.ACTIVE], conditions[CertificateStatus.FUTURE] = counts & ~ended, false()
    return or_(*(conditions[status] for status in statuses))
