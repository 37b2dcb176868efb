"""The mail that reminds somebody of a certificate which is about to end."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.errors import Conflict, InvalidInput
from idp.models import Certificate, Realm, User
from idp.notices.notice import Sender, queue_notice
from idp.pki.certificate_status import COUNTING, find_status
from idp.pki.renewal import find_obstacle

TEMPLATE = "certificate_expiring"


def remind_of_end(session: Session, sender: Sender, *, realm: Realm, user: User, certificate: Certificate) -> None:
    """Queue the mail to the certificate's owner.

    Raises `InvalidInput` for an account that is disabled or has no address, `Conflict` for a certificate that does not count any
    more or has been replaced.
    """
    now, window = sender.clock.now(), timedelta(seconds=realm.certificate_renewal_window)
    if find_status(certificate, now) not in COUNTING or certificate.superseded_at is not None:
        raise Conflict("it does not count, or has been replaced")
    if not user.email or not user.enabled:
        raise InvalidInput(email="The account is disabled, or has no e-mail address.")
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
