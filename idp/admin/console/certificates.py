"""People's certificates: found, looked at with their chain, revoked, and their owners reminded."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.certificate_states import CertificateState, build_query, find_state
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE, read_key, write_key
from idp.admin.console.policy import ConsolePage
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import Certificate, User
from idp.notices.certificates import remind_of_end
from idp.notices.notice import Sender, queue_notice
from idp.pki.certificate_search import get_certificate_of_realm, search_certificates
from idp.pki.chain_drawing import describe_chain
from idp.pki.chains import find_chain_of
from idp.pki.names import printable
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.sessions.endings import Ending
from idp.sessions.search import count_sessions_resting_on
from idp.sessions.sessions import end_sessions_with_certificate
from idp.web.exchange import Exchange
from idp.web.mailer import local_time


def show_certificates(exchange: Exchange, administrator: Administrator) -> Response:
    """Show certificates that are found, of one state or of all."""
    given = exchange.query.get("state", "")
    state = CertificateState(given) if given in set(CertificateState) else CertificateState.ACTIVE
    text = exchange.query.get("search", "").strip()[:255]
    key, clock = read_key(exchange.query.get("before", "")), exchange.services.clock
    query = build_query(state, text, clock.now())
    found = search_certificates(exchange.session, clock, administrator.realm.id, query, after=key, limit=PAGE + 1)
    last = found[PAGE - 1].row if len(found) > PAGE else None
    filters = {"state": str(state), "search": text}
    return render_console_page(
        exchange,
        administrator,
        "certificates",
        certificates=[_describe(exchange, administrator, one.row, one.user) for one in found[:PAGE]],
        state=str(state),
        states={str(one): administrator.url("certificates", state=str(one), search=text) for one in CertificateState},
        search=text,
        older_url=administrator.url("certificates", **filters, before=write_key(last.not_after, last.id))
        if last
        else "",
        first_url=administrator.url("certificates", **filters) if key else "",
    )


def show_certificate(exchange: Exchange, administrator: Administrator) -> Response:
    """Show all of one."""
    row = _find(exchange, administrator)
    user = exchange.session.get_one(User, row.user_id)
    return render_console_page(
        exchange,
        administrator,
        "certificate",
        certificate=_describe(exchange, administrator, row, user) | {"reason": row.revocation_reason or ""},
        row=row,
        owner_email=user.email or "",
        chain=describe_chain(find_chain_of(exchange.session, row)),
    )


def show_revoke(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask for the reason."""
    return _render_revoke(exchange, administrator, _find(exchange, administrator))


def revoke(exchange: Exchange, administrator: Administrator) -> Response:
    """Revoke it, end the sessions that rest on it, and tell its owner by mail."""
    row, given = _find(exchange, administrator), exchange.form.get("reason", "")
    if given not in set(RevocationReason):
        return _render_revoke(exchange, administrator, row, status=422, errors={"reason": "none"})
    session, clock = exchange.session, exchange.services.clock
    user, reason = session.get_one(User, row.user_id), RevocationReason(given)
    revoked = revoke_certificate(session, clock, row, reason)
    for one in revoked:
        _end(exchange, administrator, user, one)
    return administrator.done(f"certificates/{row.id}", "certificate_revoked" if revoked else "unchanged")


def _end(exchange: Exchange, administrator: Administrator, user: User, row: Certificate) -> None:
    """End the sessions that rest on a revoked certificate, say so in an event, and tell its owner."""
    ended = end_sessions_with_certificate(
        exchange.session, exchange.services.clock, row.id, reason=Ending.CERTIFICATE_REVOKED
    )
    administrator.record(
        Tag.CERTIFICATE_REVOKED,
        user_id=user.id,
        device_name=row.device_name,
        serial_number=row.serial_number,
        fingerprint=row.fingerprint,
        reason=row.revocation_reason,
        sessions=len(ended),
    )
    if user.email:
        _tell_owner(exchange, administrator, user, row)


def remind(exchange: Exchange, administrator: Administrator) -> Response:
    """Send the mail that says when it ends, now."""
    row = _find(exchange, administrator)
    user = exchange.session.get_one(User, row.user_id)
    try:
        remind_of_end(exchange.session, _sender(exchange), realm=administrator.realm, user=user, certificate=row)
    except (InvalidInput, Conflict):
        return administrator.done(f"certificates/{row.id}", "certificate_not_reminded")
    return administrator.done(f"certificates/{row.id}", "certificate_reminded")


def _sender(exchange: Exchange) -> Sender:
    services = exchange.services
    return Sender(services.settings.public_url, services.cipher, services.clock, services.themes)


def _tell_owner(exchange: Exchange, administrator: Administrator, user: User, row: Certificate) -> None:
    sender, realm = _sender(exchange), administrator.realm
    context = {
        "certificate": row,
        "at": local_time(user, exchange.services.clock.now()),
        "by_administrator": True,
        "account_url": sender.url(realm, "/account/"),
        "change_password_url": sender.url(realm, "/account/password"),
    }
    queue_notice(exchange.session, sender, realm=realm, user=user, template="certificate_revoked", context=context)


def _find(exchange: Exchange, administrator: Administrator) -> Certificate:
    return get_certificate_of_realm(exchange.session, administrator.realm.id, exchange.path_params["certificate"]).row


def _describe(exchange: Exchange, administrator: Administrator, row: Certificate, user: User) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": str(find_state(row, exchange.services.clock.now())),
        "foreign": row.trust_anchor_id is not None,
        "username": user.username,
        "name": user.name,
        "device_name": row.device_name,
        "subject": printable(row.subject),
        "issuer": printable(row.issuer),
        "serial_number": row.serial_number,
        "not_after": row.not_after,
        "last_used_at": row.last_used_at,
        "url": administrator.url(f"certificates/{row.id}"),
    }


def _render_revoke(
    exchange: Exchange,
    administrator: Administrator,
    row: Certificate,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    user = exchange.session.get_one(User, row.user_id)
    return render_console_page(
        exchange,
        administrator,
        "certificate_revoke",
        status=status,
        certificate=_describe(exchange, administrator, row, user),
        reasons=[str(reason) for reason in RevocationReason],
        sessions=count_sessions_resting_on(exchange.session, exchange.services.clock, Certificate.id == row.id),
        errors=errors or {},
    )


PAGES = (
    ConsolePage(path="certificates", view="view-certificates", show=show_certificates),
    ConsolePage(path="certificates/{certificate}", view="view-certificates", show=show_certificate),
    ConsolePage(
        path="certificates/{certificate}/revoke",
        view="manage-certificates",
        manage="manage-certificates",
        show=show_revoke,
        submit=revoke,
        recent=True,
    ),
    ConsolePage(
        path="certificates/{certificate}/remind",
        view="view-certificates",
        manage="manage-certificates",
        submit=remind,
    ),
)
