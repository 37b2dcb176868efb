"""Queue one mail beside the requests, with its event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.mail.outbox import enqueue
from idp.mail.rendering import render_mail
from idp.models import Realm, User
from idp.themes import Themes


@dataclass(frozen=True)
class Sender:
    """What it takes to write to people; `public_url` is where the links of mails lead."""

    public_url: str
    cipher: Cipher
    clock: Clock
    themes: Themes

    def url(self, realm: Realm, path: str) -> str:
        """Return the public address of *path* within *realm*."""
        return f"{self.public_url}/realms/{realm.name}{path}"


def queue_notice(
    session: Session,
    sender: Sender,
    *,
    realm: Realm,
    user: User,
    template: str,
    context: Mapping[str, Any],
    **details: Any,
) -> None:
    """Queue the mail *template* to *user*, who has an address; *details* go into the event."""
    common = {
        "realm": {"name": realm.name, "display_name": realm.display_name},
        "user": {"name": user.name, "username": user.username, "email": user.email},
        "two_factor_url": sender.url(realm, "/account/two-factor"),
    }
    rendered = render_mail(sender.themes.environment(realm.theme), template, {**common, **context})
    mail = enqueue(
        session,
        sender.cipher,
        sender.clock,
        realm_id=realm.id,
        user_id=user.id,
        template=template,
        recipient=user.email or "",
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
    described = {"template": template, "mail_id": mail.id, **details}
    event = EventRecord(
        tag=Tag.MAIL_QUEUED, at=sender.clock.now(), realm_id=realm.id, user_id=user.id, details=described
    )
    save_events(session, [event])
