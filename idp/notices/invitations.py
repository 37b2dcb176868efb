"""An administrator invites somebody: a mail whose link leads to a first password, where there is none, and to a certificate.

Where the certificate is demanded, two-factor login is on from then on, so the certificate step stands in the way of every sign-in; and
whoever has never shown a certificate has no recovery code, and no link of a mail switches it off. Enrolling is the only way past it.
The account itself says all of that: no note has to be kept beside it, or forgotten once the certificate was shown.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.models import Realm, User
from idp.notices.notice import Sender, queue_notice
from idp.pki.certificates import owes_certificate
from idp.users.action_links import Purpose, issue_link
from idp.users.group_policy import find_certificate_policy

TEMPLATE = "invitation"
PATH = "/login/invitation"
DEFAULT_LIFETIME = timedelta(days=7)
_SHORTEST, _LONGEST = timedelta(hours=1), timedelta(days=30)


def invite_user(
    session: Session,
    sender: Sender,
    *,
    realm: Realm,
    user: User,
    by: str,
    lifetime: timedelta = DEFAULT_LIFETIME,
    require_certificate: bool = False,
) -> None:
    """Queue the mail to *user*, whose earlier invitations are void from now on; *by* is who invites, for the event.

    With *require_certificate* the account signs in nowhere before a certificate of its own was shown. The newest invitation
    counts in that, too. The link works once, for *lifetime*, and dies with the address and the password that the account has now.
    Raises `InvalidInput`.
    """
    _verify(realm, user, lifetime, require_certificate=require_certificate)
    _demand_certificate(session, sender.clock, user, demanded=require_certificate)
    token = issue_link(session, sender.clock, user=user, purpose=Purpose.INVITATION, lifetime=lifetime)
    context = {
        "link_url": sender.url(realm, f"{PATH}?token={token}"),
        "minutes": int(lifetime.total_seconds() // 60),
        "first_password": user.password_hash is None,
        "certificate_required": require_certificate or find_certificate_policy(session, realm, user.id) == "required",
    }
    queue_notice(session, sender, realm=realm, user=user, template=TEMPLATE, context=context)
    details = {"by": by, "minutes": context["minutes"], "certificate_required": require_certificate}
    event = EventRecord(
        tag=Tag.USER_INVITED, at=sender.clock.now(), realm_id=realm.id, user_id=user.id, details=details
    )
    save_events(session, [event])


def _verify(realm: Realm, user: User, lifetime: timedelta, *, require_certificate: bool) -> None:
    problems = {}
    if user.realm_id != realm.id:
        problems["user"] = "The account belongs to another realm."
    if not user.email:
        problems["email"] = "The account has no e-mail address to write to."
    if not user.enabled:
        problems["enabled"] = "The account is disabled."
    if not _SHORTEST <= lifetime <= _LONGEST:
        problems["lifetime"] = "An invitation can be good for an hour to 30 days."
    if require_certificate and realm.certificate_policy == "off":
        problems["require_certificate"] = "The realm's certificate_policy is off, so nobody would be asked for it."
    if problems:
        raise InvalidInput(**problems)


def _demand_certificate(session: Session, clock: Clock, user: User, *, demanded: bool) -> None:
    now = clock.now()
    if demanded and user.two_factor_enabled_at is None:
        user.two_factor_enabled_at = user.updated_at = now
    elif not demanded and owes_certificate(session, user):
        user.two_factor_enabled_at, user.updated_at = None, now
