"""Mails that remind people of certificates which are about to end, beside the requests."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.models import Certificate, Realm, User
from idp.notices.notice import Sender, queue_notice
from idp.pki.expiry import claim_expiring
from idp.pki.renewal import find_obstacle
from idp.realms.realms import list_realms
from idp.web.services import Services

TEMPLATE = "certificate_expiring"
_BATCH = 100


def send_reminders(services: Services) -> None:
    """Queue what is due of every realm in which certificates count; other workers may do the same at the same time."""
    with services.database.transaction() as session:
        names = [realm.id for realm in list_realms(session) if realm.enabled and realm.certificate_policy != "off"]
    for realm_id in names:
        while _send_batch(services, realm_id) >= _BATCH:
            pass


def _send_batch(services: Services, realm_id: str) -> int:
    sender = Sender(services.settings.public_url, services.cipher, services.clock, services.themes)
    with services.database.transaction() as session:
        realm = session.get_one(Realm, realm_id)
        claimed = claim_expiring(session, services.clock, realm_id, limit=_BATCH)
        for certificate in claimed:
            user = session.get_one(User, certificate.user_id)
            if user.email:
                _queue(session, sender, realm, user, certificate)
        return len(claimed)


def _queue(session: Session, sender: Sender, realm: Realm, user: User, certificate: Certificate) -> None:
    now, window = sender.clock.now(), timedelta(seconds=realm.certificate_renewal_window)
    renewable = find_obstacle(certificate, window, now) is None
    path = f"/account/certificates/{certificate.id}/renew" if renewable else "/account/two-factor/enrol"
    context = {
        "certificate": certificate,
        "foreign": certificate.trust_anchor_id is not None,
        "days": -(-(certificate.not_after - now) // timedelta(days=1)),  # a day that has begun is counted
        "renewable": renewable,
        "renew_url": sender.url(realm, path),
    }
    number = certificate.serial_number
    queue_notice(session, sender, realm=realm, user=user, template=TEMPLATE, context=context, serial_number=number)
