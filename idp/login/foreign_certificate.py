"""A foreign certificate that counts and has no row yet: bind it, now that the browser that began has come back.

Not at the certificate host: whoever was sent a link to that one would bind their certificate to somebody else's account.
"""

from idp.events.tags import Tag
from idp.models import User
from idp.pki.bindings import Binding, BindingRefused, bind_certificate
from idp.pki.proposals import Proposal
from idp.pki.rejections import Reason
from idp.pki.verdict import Verdict
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_with_certificate
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail


def settle(exchange: Exchange, verdict: Verdict, user: User) -> Verdict:
    """Return *verdict* with a row for what it proposes, or refused where that no longer holds."""
    if not verdict.ok or verdict.proposal is None:
        return verdict
    try:
        binding = bind(exchange, user, verdict.proposal)
    except BindingRefused as refusal:
        return verdict.refused(refusal.reason)
    return verdict.bound_to(binding.row.id)


def bind(
    exchange: Exchange, user: User, proposal: Proposal, *, device_name: str = "", session_id: str | None = None
) -> Binding:
    """Bind, and tell the person by mail; sessions of somebody whose certificate it no longer is end.

    Raises `BindingRefused`, and `InvalidInput` as `bind_certificate` does.
    """
    if proposal.user_id != user.id:
        raise BindingRefused(Reason.OTHER_USER)
    binding = bind_certificate(
        exchange.transaction,
        exchange.services.clock,
        realm_id=exchange.realm.id,
        proposal=proposal,
        device_name=device_name,
    )
    if binding.earlier_user_id is not None:
        ending = Ending.CERTIFICATE_REVOKED
        end_sessions_with_certificate(exchange.session, exchange.services.clock, binding.row.id, reason=ending)
    if binding.created or binding.earlier_user_id is not None:
        _announce(exchange, user, binding, session_id)
    return binding


def _announce(exchange: Exchange, user: User, binding: Binding, session_id: str | None) -> None:
    row = binding.row
    exchange.record(
        Tag.CERTIFICATE_BOUND,
        user_id=user.id,
        session_id=session_id,
        bound_by=row.bound_by,
        device_name=row.device_name,
        serial_number=row.serial_number,
        fingerprint=row.fingerprint,
        **({"earlier_user": binding.earlier_user_id} if binding.earlier_user_id else {}),
    )
    queue_mail(exchange, user, "certificate_added", certificate=row, bound_by=row.bound_by)
