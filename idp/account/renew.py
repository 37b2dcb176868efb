"""Renewing a certificate in one sitting: show the old one, choose a password for the file, download, install, test the new one.

Whoever renews has to show the very certificate that is replaced: a password and a session left open are not enough.
"""

from starlette.responses import Response

from idp.account.certificate_test import note_proof, record_test
from idp.account.certificates import build_card
from idp.account.enrol import deliver_certificate, render_form
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.login.attempts import create_attempt, take_verdict
from idp.login.certificate_failure import told_reason
from idp.login.steps import CERTIFICATE
from idp.models import Certificate
from idp.pki.certificates import get_certificate
from idp.pki.rejections import Reason
from idp.pki.renewal import NotRenewable, verify_renewable
from idp.pki.verdict import Verdict
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other

ANOTHER = "another"
"""The reason where one of the person's own certificates was shown, and not the one that is renewed."""


def show_renew(exchange: Exchange, member: Member) -> Response:
    """Say why it cannot be renewed, ask for the certificate, or show the form."""
    row = _get(exchange, member)
    refusal = _refuse(exchange, member, row)
    if refusal is not None:
        return refusal
    return render_form(exchange, member, renews=row) if _rests_on(member, row) else _render(exchange, member, row)


def download_renewed(exchange: Exchange, member: Member) -> Response:
    """Issue the new certificate and answer with its file; whoever has not shown the old one is asked to."""
    verify_csrf_token(exchange)
    row = _get(exchange, member)
    refusal = _refuse(exchange, member, row)
    if refusal is not None:
        return refusal
    if not _rests_on(member, row):
        return see_other(_url(exchange, row))
    try:
        return deliver_certificate(exchange, member, renews=row)
    except NotRenewable as error:  # somebody was quicker
        return _render(exchange, member, row, status=409, obstacle=str(error.obstacle))


def begin_presenting(exchange: Exchange, member: Member) -> Response:
    """*Continue with certificate*: send the browser to a fresh certificate host."""
    verify_csrf_token(exchange)
    row = _get(exchange, member)
    return_url = f"{_url(exchange, row)}/return"
    return see_other(
        create_attempt(exchange, user_id=member.user.id, bound_to=_binding(member, row), return_url=return_url)
    )


def take_presented(exchange: Exchange, member: Member) -> Response:
    """Let the session rest on the certificate if it is the right one; else say what was shown."""
    row = _get(exchange, member)
    verdict = take_verdict(exchange, bound_to=_binding(member, row), user_id=member.user.id)
    if verdict is None:
        return see_other(_url(exchange, row))
    is_right = verdict.ok and verdict.certificate_id == row.id
    if is_right and note_proof(exchange, member, verdict) is None:
        verdict, is_right = verdict.refused(Reason.REVOKED), False
    event_id = record_test(exchange, member, verdict, renews=row.serial_number)
    if is_right:
        return see_other(_url(exchange, row))
    return _render_failure(exchange, member, row, verdict, event_id)


def _get(exchange: Exchange, member: Member) -> Certificate:
    certificate_id = exchange.path_params["certificate"]
    return get_certificate(exchange.session, exchange.realm.id, certificate_id, member.user.id)


def _rests_on(member: Member, row: Certificate) -> bool:
    return member.session.second_factor == CERTIFICATE and member.session.certificate_id == row.id


def _url(exchange: Exchange, row: Certificate) -> str:
    return exchange.url(f"/account/certificates/{row.id}/renew")


def _binding(member: Member, row: Certificate) -> str:
    return f"renewal:{member.session.id}:{row.id}"


def _refuse(exchange: Exchange, member: Member, row: Certificate) -> Response | None:
    window = exchange.realm.certificate_renewal_window
    try:
        verify_renewable(exchange.session, exchange.services.clock, row, window)
    except NotRenewable as error:
        return _render(exchange, member, row, status=409, obstacle=str(error.obstacle))
    return None


def _render_failure(exchange: Exchange, member: Member, row: Certificate, verdict: Verdict, event_id: str) -> Response:
    reason = ANOTHER if verdict.ok else told_reason(exchange, member.user, verdict)
    return _render(exchange, member, row, status=403, reason=reason, presented=verdict.presented, event_id=event_id)


def _render(exchange: Exchange, member: Member, row: Certificate, *, status: int = 200, **context: object) -> Response:
    realm = exchange.realm
    return render_account_page(
        exchange,
        member,
        "renew",
        status=status,
        certificate=build_card(exchange, member, row),
        window_opens=row.not_after - realm.certificate_renewal_window,
        overlap_days=realm.certificate_overlap.days,
        action=f"{_url(exchange, row)}/present",
        browser=guess_browser(exchange.user_agent),
        enrol_url=exchange.url("/account/two-factor/enrol"),
        two_factor_url=exchange.url("/account/two-factor"),
        **context,
    )
