"""The mail that reminds somebody of a certificate which is about to end."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.errors import InvalidInput
from idp.models import Certificate, Realm, User
from idp.notices.notice import Sender, queue_notice
from idp.pki.certificate_search import CertificateState, find_state
from idp.pki.renewal import find_obstacle

TEMPLATE = "certificate_expiring"


def remind_of_end(session: Session, sender: Sender, *, realm: Realm, user: User, certificate: Certificate) -> None:
    """Queue the mail to the certificate's owner; raise `InvalidInput` where there is no address, or nothing to be reminded of."""
    now, window = sender.clock.now(), timedelta(seconds=realm.certificate_renewal_window)
    if not user.email:
        raise InvalidInput(email="The account has no e-mail address.")
    if not user.enabled or find_state(certificate, now) not in {CertificateState.ACTIVE, CertificateState.EXPIRING}:
        raise InvalidInput(certificate="The certificate does not count any more, or its owner is disabled.")
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
