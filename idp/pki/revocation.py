"""Revoking certificates (RFC 5280 section 5.3.1). Nothing here takes a revocation back."""

from enum import StrEnum

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate


class RevocationReason(StrEnum):
    """The reasons for a person's certificate.

    Left out of RFC 5280's list: those for authorities, and certificateHold with removeFromCRL, which exist to
    be undone.
    """

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


def revoke_certificate(
    session: Session, clock: Clock, certificate: Certificate, reason: RevocationReason
) -> list[Certificate]:
    """Revoke *certificate* and return what was revoked: nothing where it was revoked before, as the first revocation stays.

    Where its key is compromised, whatever else its owner holds for that key goes with it and is returned after it.
    """
    revoked = _revoke(session, clock, Certificate.id == certificate.id, reason)
    if not revoked:
        session.refresh(certificate, ["revoked_at", "revocation_reason"])
    elif reason == RevocationReason.KEY_COMPROMISE and certificate.key_fingerprint is not None:
        same_key = Certificate.key_fingerprint == certificate.key_fingerprint
        revoked += _revoke(session, clock, (Certificate.user_id == certificate.user_id) & same_key, reason)
    return revoked


def revoke_all_certificates(
    session: Session, clock: Clock, user_id: str, reason: RevocationReason
) -> list[Certificate]:
    """Revoke what a person holds, expired certificates included; return those that were not revoked yet."""
    return _revoke(session, clock, Certificate.user_id == user_id, reason)


def revoke_superseded_certificates(session: Session, clock: Clock) -> list[Certificate]:
    """Revoke, in all realms, what has been replaced and whose time beside the new one is over; return those."""
    return _revoke(session, clock, Certificate.superseded_at <= clock.now(), RevocationReason.SUPERSEDED)


def _revoke(session: Session, clock: Clock, which: ColumnElement[bool], reason: RevocationReason) -> list[Certificate]:
    """Revoke in one statement, so that of two simultaneous revocations one is the first."""
    statement = (
        update(Certificate)
        .where(which, Certificate.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revocation_reason=RevocationReason(reason).value)
        .returning(Certificate)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return list(session.scalars(statement))
