"""People's certificates: ``/realms/{realm}/certificates`` and ``/realms/{realm}/users/{id}/certificates``."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from idp.admin.api.answers import Created
from idp.admin.api.call import Call
from idp.admin.api.certificate_representation import (
    CertificateRepresentation,
    IssueRepresentation,
    RevokeRepresentation,
    describe_certificate,
    describe_for_event,
)
from idp.admin.api.lookup import get_manageable_user, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import DEFAULT_MOST, Most, Term, read_instant
from idp.admin.api.resource import Resource
from idp.admin.api.sender import build_sender
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import Certificate, User
from idp.notices.certificates import remind_of_end
from idp.pki.certificate_search import CertificateQuery, get_certificate_of_realm, search_certificates
from idp.pki.certificate_status import CertificateStatus
from idp.pki.certificates import describe_issued
from idp.pki.request_issuance import issue_requested
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_with_certificate
from idp.web.mailer import queue_mail

certificates = Resource("Certificates")
VIEW, MANAGE = InRealm("view-certificates"), InRealm("manage-certificates")
_CERTIFICATES = "/realms/{realm}/certificates"
_ONE = f"{_CERTIFICATES}/{{certificate_id}}"
_OF_USER = 1000


class CertificatePage(BaseModel):
    """Which certificates, and how many; *after* is the id that the page before ended with."""

    model_config = ConfigDict(extra="ignore")

    user: Term | None = None
    userId: Term | None = None
    serialNumber: Term | None = None
    fingerprint: Term | None = None
    subject: Term | None = None
    device: Term | None = None
    status: CertificateStatus | None = None
    trustAnchorId: Term | None = None
    expiresBefore: Term | None = None
    expiresAfter: Term | None = None
    soonestFirst: bool = False
    max: Most = DEFAULT_MOST
    after: Term | None = None

    def read(self) -> CertificateQuery:
        """Return the query."""
        return CertificateQuery(
            user=self.user,
            user_id=self.userId,
            serial_number=self.serialNumber,
            fingerprint=self.fingerprint,
            subject=self.subject,
            device=self.device,
            statuses=() if self.status is None else (self.status,),
            anchor_id=self.trustAnchorId,
            expires_before=read_instant("expiresBefore", self.expiresBefore),
            expires_after=read_instant("expiresAfter", self.expiresAfter),
            soonest_first=self.soonestFirst,
        )


@certificates.get(_CERTIFICATES, VIEW)
def list_certificates(call: Call, page: Annotated[CertificatePage, Query()]) -> list[CertificateRepresentation]:
    """Return certificates by the end of their time, the latest first."""
    return _search(call, page.read(), page.max, page.after)


@certificates.get("/realms/{realm}/users/{user_id}/certificates", VIEW)
def list_of_user(call: Call, user_id: str) -> list[CertificateRepresentation]:
    """Return all of an account's certificates, revoked and expired ones included."""
    return _search(call, CertificateQuery(user_id=get_user(call, user_id).id), _OF_USER, None)


@certificates.get(_ONE, VIEW)
def read(call: Call, certificate_id: str) -> CertificateRepresentation:
    """Return a certificate, with its PEM."""
    found = get_certificate_of_realm(call.session, call.realm.id, certificate_id)
    return describe_certificate(found, call.services.clock.now(), pem=True)


@certificates.post(_CERTIFICATES, MANAGE, status=201)
def issue(call: Call, wanted: IssueRepresentation) -> Created:
    """Issue a certificate for the key of a request; names in it are ignored. Its owner is told by mail.

    Where a certificate may come first, it signs in on its own: so the caller has to have every permission of the account.
    """
    user, services = get_manageable_user(call, wanted.userId), call.services
    if user.service_account_client_id is not None:
        raise InvalidInput(userId="A client's account has no certificates.")
    row = issue_requested(
        call.session,
        services.authority_keys,
        services.clock,
        realm=call.realm,
        user=user,
        request=wanted.request.encode(),
        device_name=wanted.deviceName,
        platform=wanted.platform,
        published_at=services.settings.published_at,
    )
    path = f"certificates/{row.id}"
    call.record(Tag.CERTIFICATE_ISSUED_BY_ADMIN, path, after=describe_issued(row), user_id=user.id)
    queue_mail(call.at_realm(), user, "certificate_issued", certificate=row, browser="", address="")
    return Created(call.realm_url(f"/{path}"))


@certificates.post(f"{_ONE}/revoke", MANAGE)
def revoke(call: Call, certificate_id: str, wanted: RevokeRepresentation) -> None:
    """Revoke it, end the sessions that rest on it, and tell its owner by mail. A second revocation is refused."""
    row, session, clock = (
        get_certificate_of_realm(call.session, call.realm.id, certificate_id).row,
        call.session,
        call.services.clock,
    )
    if wanted.reason not in set(RevocationReason):
        raise InvalidInput(reason=f"Use one of {', '.join(RevocationReason)}.")
    revoked = revoke_certificate(session, clock, row, RevocationReason(wanted.reason))
    if not revoked:
        raise Conflict("it is revoked already")
    for one in revoked:
        _end(call, one)


def _end(call: Call, row: Certificate) -> None:
    """End the sessions that rest on a revoked certificate, say so in an event, and tell its owner."""
    session, clock = call.session, call.services.clock
    ended = end_sessions_with_certificate(session, clock, row.id, reason=Ending.CERTIFICATE_REVOKED)
    after = {**describe_for_event(row), "reason": row.revocation_reason, "sessions": list(ended)}
    call.record(Tag.CERTIFICATE_REVOKED_BY_ADMIN, f"certificates/{row.id}", after=after, user_id=row.user_id)
    owner = session.get_one(User, row.user_id)
    queue_mail(
        call.at_realm(), owner, "certificate_revoked", certificate=row, by_administrator=True, browser="", address=""
    )


@certificates.post(f"{_ONE}/remind", MANAGE)
def remind(call: Call, certificate_id: str) -> None:
    """Tell the owner by mail that the certificate is about to end, and where another is to be had."""
    found = get_certificate_of_realm(call.session, call.realm.id, certificate_id)
    row, owner = found.row, found.user
    remind_of_end(call.session, build_sender(call), realm=call.realm, user=owner, certificate=row)
    after = describe_for_event(row)
    call.record(Tag.CERTIFICATE_REMINDED, f"certificates/{row.id}", after=after, user_id=owner.id)


def _search(call: Call, query: CertificateQuery, limit: int, after: str | None) -> list[CertificateRepresentation]:
    clock = call.services.clock
    found = search_certificates(call.session, clock, call.realm.id, query, limit=limit, after=after)
    return [describe_certificate(one, clock.now()) for one in found]
