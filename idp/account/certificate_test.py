"""*Test my certificate*: the certificate step for real, outside a login."""

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.account.two_factor import describe_two_factor
from idp.events.tags import Tag
from idp.login.attempts import create_attempt, take_verdict
from idp.login.browser_state import remember_session
from idp.login.certificate_failure import told_reason
from idp.login.steps import CERTIFICATE
from idp.models import Certificate
from idp.pki.certificates import record_proof
from idp.pki.claims import build_certificate_claims
from idp.pki.verdict import Verdict
from idp.sessions.sessions import AMR_CERTIFICATE, AMR_PASSWORD, Authentication, renew_session
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def begin_test(exchange: Exchange, member: Member) -> Response:
    """Send the browser to a fresh certificate host."""
    verify_csrf_token(exchange)
    return see_other(
        create_attempt(
            exchange,
            user_id=member.user.id,
            bound_to=_binding(member),
            return_url=exchange.url("/account/two-factor/test/return"),
        )
    )


def show_test_result(exchange: Exchange, member: Member) -> Response:
    """Say which certificate was presented and whether it counts; one that does is proven from now on."""
    verdict = take_verdict(exchange, bound_to=_binding(member), user_id=member.user.id)
    if verdict is None:
        return see_other(exchange.url("/account/two-factor"))
    certificate = _note_proof(exchange, member, verdict) if verdict.ok else None
    event_id = exchange.record(
        Tag.CERTIFICATE_TESTED,
        user_id=member.user.id,
        session_id=member.session.id,
        reason=str(verdict.reason),
        presented=verdict.presented.to_dict() if verdict.presented else None,
    )
    return _render(exchange, member, verdict, certificate, event_id)


def _note_proof(exchange: Exchange, member: Member, verdict: Verdict) -> Certificate:
    certificate = exchange.session.get_one(Certificate, verdict.certificate_id)
    record_proof(exchange.session, exchange.services.clock, certificate.id)
    if not member.may_only_enrol:
        _raise_session(exchange, member, certificate)
    return certificate


def _raise_session(exchange: Exchange, member: Member, certificate: Certificate) -> None:
    """The session now rests on password and certificate, as if both had been asked for at its sign-in.

    Its cookie is new, as after every sign-in: a copy of the old one does not rise with it (ASVS 5 7.2.4).
    """
    row, clock = member.session, exchange.services.clock
    proven = Authentication(
        auth_time=row.auth_time,
        acr="2",
        amr=(AMR_PASSWORD, AMR_CERTIFICATE),
        second_factor=CERTIFICATE,
        certificate_id=certificate.id,
        certificate_claims=build_certificate_claims(certificate),
    )
    token = renew_session(clock, row, authentication=proven, lifetime=row.expires_at - clock.now())
    remember_session(exchange, member.session.id, token)


def _render(
    exchange: Exchange, member: Member, verdict: Verdict, certificate: Certificate | None, event_id: str
) -> Response:
    return render_account_page(
        exchange,
        member,
        "certificate_tested",
        ok=verdict.ok,
        reason=told_reason(exchange, member.user, verdict),
        presented=verdict.presented,
        certificate=certificate,
        browser=guess_browser(exchange.user_agent),
        two_factor=describe_two_factor(exchange, member),
        test_url=exchange.url("/account/two-factor/test"),
        two_factor_url=exchange.url("/account/two-factor"),
        install_url=exchange.url("/account/two-factor/install"),
        event_id="" if verdict.ok else event_id,
    )


def _binding(member: Member) -> str:
    return f"account:{member.session.id}"
