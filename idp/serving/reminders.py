"""Mails that remind people of certificates which are about to end, beside the requests."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.mail.outbox import enqueue
from idp.mail.rendering import RenderedMail, render_mail
from idp.models import Certificate, Realm, User
from idp.pki.expiry import claim_expiring
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
    with services.database.transaction() as session:
        realm = session.get_one(Realm, realm_id)
        claimed = claim_expiring(session, services.clock, realm_id, limit=_BATCH)
        for certificate in claimed:
            user = session.get_one(User, certificate.user_id)
            if user.email:
                _queue(services, session, realm, user, certificate)
        return len(claimed)


def _queue(services: Services, session: Session, realm: Realm, user: User, certificate: Certificate) -> None:
    rendered = _render(services, realm, user, certificate)
    mail = enqueue(
        session,
        services.cipher,
        services.clock,
        realm_id=realm.id,
        user_id=user.id,
        template=TEMPLATE,
        recipient=user.email or "",
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
    details = {"template": TEMPLATE, "mail_id": mail.id, "serial_number": certificate.serial_number}
    event = EventRecord(
        tag=Tag.MAIL_QUEUED, at=services.clock.now(), realm_id=realm.id, user_id=user.id, details=details
    )
    save_events(session, [event])


def _render(services: Services, realm: Realm, user: User, certificate: Certificate) -> RenderedMail:
    account = f"{services.settings.public_url}/realms/{realm.name}/account"
    left = certificate.not_after - services.clock.now()
    context: dict[str, Any] = {
        "realm": {"name": realm.name, "display_name": realm.display_name},
        "user": {"name": user.name, "username": user.username, "email": user.email},
        "certificate": certificate,
        "foreign": certificate.trust_anchor_id is not None,
        "days": -(-left // timedelta(days=1)),  # a day that has begun is counted
        "renew_url": f"{account}/two-factor/enrol",
        "two_factor_url": f"{account}/two-factor",
    }
    return render_mail(services.themes.environment(realm.theme), TEMPLATE, context)
