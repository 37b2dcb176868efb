"""Mails that remind people of certificates which are about to end, beside the requests."""

from idp.models import Realm, User
from idp.notices.notice import Sender
from idp.notices.reminders import queue_reminder
from idp.pki.expiry import claim_expiring
from idp.realms.realms import list_realms
from idp.web.services import Services

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
                queue_reminder(session, sender, realm, user, certificate)
        return len(claimed)
