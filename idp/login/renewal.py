"""A renewed certificate is shown for the first time: from now on the time of the one that it replaces is counted."""

from idp.events.tags import Tag
from idp.models import Certificate, User
from idp.pki.renewal import complete_renewal
from idp.web.exchange import Exchange
from idp.web.mailer import local_time, queue_mail


def conclude_renewal(exchange: Exchange, user: User, certificate: Certificate) -> Certificate | None:
    """Before its proof is noted: return the certificate that *certificate* has just replaced, or None.

    Its owner is told by mail until when it works.
    """
    if certificate.proven_at is not None or certificate.replaces_id is None:
        return None
    old = complete_renewal(exchange.session, exchange.services.clock, certificate, exchange.realm.certificate_overlap)
    if old is None:
        return None
    exchange.record(
        Tag.CERTIFICATE_SUPERSEDED,
        user_id=user.id,
        device_name=old.device_name,
        serial_number=old.serial_number,
        fingerprint=old.fingerprint,
        by=certificate.serial_number,
    )
    works_until = local_time(user, min(old.superseded_at or old.not_after, old.not_after))
    queue_mail(exchange, user, "certificate_renewed", certificate=certificate, old=old, works_until=works_until)
    return old
