"""Certificates whose time beside a newer one is over are revoked, so that revocation lists and OCSP say what sign-in says."""

from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.models import Certificate
from idp.pki.revocation import revoke_superseded_certificates
from idp.web.services import Services


def end_superseded(services: Services) -> None:
    """Revoke them, each with an event."""
    with services.database.transaction() as session:
        revoked = revoke_superseded_certificates(session, services.clock)
        save_events(session, [_describe(services, row) for row in revoked])


def _describe(services: Services, row: Certificate) -> EventRecord:
    return EventRecord(
        tag=Tag.CERTIFICATE_REVOKED,
        at=services.clock.now(),
        realm_id=row.realm_id,
        user_id=row.user_id,
        details={
            "by": "server",
            "device_name": row.device_name,
            "serial_number": row.serial_number,
            "fingerprint": row.fingerprint,
            "reason": row.revocation_reason,
        },
    )
