"""An account's second factor and its invitation: ``/realms/{realm}/users/{id}/{two-factor,invitation}``."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.lookup import get_manageable_user, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation, optional_milliseconds
from idp.admin.api.resource import Resource
from idp.admin.api.sender import build_sender
from idp.admin.recovery import reset_two_factor
from idp.errors import NotPermitted
from idp.events.tags import Tag
from idp.notices.invitations import DEFAULT_LIFETIME, invite_user
from idp.pki.certificates import (
    has_proven_certificate,
    list_usable_certificates,
    owes_certificate,
)
from idp.users.recovery_codes import count_unused_codes

two_factor = Resource("Two-factor authentication")
_USER = "/realms/{realm}/users/{user_id}"
_REASON_CHARACTERS = 255
Reason = Annotated[str, Query(min_length=1, max_length=_REASON_CHARACTERS)]


class TwoFactorRepresentation(Representation):
    """What stands behind an account's second factor."""

    enabled: bool
    enabledDate: int | None = None
    required: bool
    usableCertificates: int
    provenCertificate: bool
    certificateOwed: bool
    recoveryCodesLeft: int


class InvitationRepresentation(Representation):
    """How long the link is good, in seconds, and whether the account signs in nowhere before it has a certificate."""

    lifetime: int = Field(default=int(DEFAULT_LIFETIME.total_seconds()), ge=0, le=10**9)
    requireCertificate: bool = False


@two_factor.get(f"{_USER}/two-factor", InRealm("view-users"))
def read(call: Call, user_id: str) -> TwoFactorRepresentation:
    """Return how the account stands."""
    user = get_user(call, user_id)
    clock = call.services.clock
    usable = list_usable_certificates(call.exchange.transaction, clock, user.id)
    return TwoFactorRepresentation(
        enabled=user.two_factor_enabled_at is not None,
        enabledDate=optional_milliseconds(user.two_factor_enabled_at),
        required=call.realm.certificate_policy == "required",
        usableCertificates=len(usable),
        provenCertificate=has_proven_certificate(call.session, clock, user.id),
        certificateOwed=owes_certificate(call.session, user),
        recoveryCodesLeft=count_unused_codes(call.session, user.id),
    )


@two_factor.delete(f"{_USER}/two-factor", InRealm("manage-users"))
def reset(call: Call, user_id: str, reason: Reason, revokeCertificates: bool = False) -> None:
    """Switch the second factor off, for somebody who has lost it: codes and links are void, sessions end, the owner gets a mail."""
    user = hold(call, get_manageable_user(call, user_id))
    if user.id == call.caller.user_id:
        raise NotPermitted("Your own second factor is yours to switch off on your own pages, with what they ask for.")
    revoked = reset_two_factor(call.at_realm(), user, reason=reason, revoke=revokeCertificates)
    after = {"reason": reason, "revoked": len(revoked)}
    call.record(Tag.USER_TWO_FACTOR_RESET, f"users/{user.id}/two-factor", after=after, user_id=user.id)


@two_factor.post(f"{_USER}/invitation", InRealm("manage-users"))
def invite(call: Call, user_id: str, invitation: InvitationRepresentation) -> None:
    """Send the mail that leads to a first password, where there is none, and to a certificate. The newest invitation counts."""
    user, caller = hold(call, get_manageable_user(call, user_id)), call.caller
    invite_user(
        call.session,
        build_sender(call),
        realm=call.realm,
        user=user,
        by=f"{caller.username} of {caller.realm_name}",
        lifetime=timedelta(seconds=invitation.lifetime),
        require_certificate=invitation.requireCertificate,
    )
