"""The mail that a certificate is about to end, and where another is to be had."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.models import Certificate, Realm, User
from idp.notices.notice import Sender, queue_notice
from idp.pki.renewal import find_obstacle

TEMPLATE = "certificate_expiring"


def queue_reminder(session: Session, sender: Sender, realm: Realm, user: User, certificate: Certificate) -> None:
    """Queue the mail about *certificate* to *user*, whose it is and who has an address."""
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
