"""The states of certificates that pages of the console list them by."""

from datetime import datetime, timedelta
from enum import StrEnum

from idp.models import Certificate
from idp.pki.certificate_search import CertificateQuery
from idp.pki.certificate_status import COUNTING, WITHDRAWN, CertificateStatus, find_status

_SOON = timedelta(days=30)


class CertificateState(StrEnum):
    """Which are listed; `expiring` are those of `active` that end within 30 days."""

    ALL = "all"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FOREIGN = "foreign"


def build_query(state: CertificateState, text: str, now: datetime) -> CertificateQuery:
    """Return the search for *text* among the certificates of one state; those that are expiring come in the order of their ends."""
    if state is CertificateState.EXPIRING:
        return CertificateQuery(text=text, statuses=COUNTING, expires_before=now + _SOON, soonest_first=True)
    statuses = {
        CertificateState.ACTIVE: COUNTING,
        CertificateState.EXPIRED: {CertificateStatus.EXPIRED},
        CertificateState.REVOKED: WITHDRAWN,
    }
    return CertificateQuery(text=text, statuses=statuses.get(state, ()), foreign=state is CertificateState.FOREIGN)


def find_state(row: Certificate, now: datetime) -> CertificateState:
    """Return whether it is active, expiring, expired or revoked; one that was superseded is revoked."""
    status = find_status(row, now)
    if status in WITHDRAWN:
        return CertificateState.REVOKED
    if status is CertificateStatus.EXPIRED:
        return CertificateState.EXPIRED
    return CertificateState.EXPIRING if row.not_after < now + _SOON else CertificateState.ACTIVE
