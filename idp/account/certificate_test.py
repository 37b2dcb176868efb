"""*Test my certificate*: the certificate step for real, outside a login."""

from dataclasses import dataclass

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.account.two_factor import describe_two_factor, enable_two_factor
from idp.events.tags import Tag
from idp.login.attempts import create_attempt, take_verdict
from idp.login.browser_state import remember_session
from idp.login.certificate_failure import told_reason
from idp.login.certificate_policy import certificate_policy_of
from idp.login.foreign_certificate import settle
from idp.login.renewal import conclude_renewal
from idp.login.steps import CERTIFICATE
from idp.models import Certificate, User
from idp.pki.certificates import owes_certificate, record_use
from idp.pki.claims import build_certificate_claims
from idp.pki.rejections import Reason
from idp.pki.renewal import find_untested_successor
from idp.pki.verdict import Verdict
from idp.sessions.sessions import AMR_CERTIFICATE, AMR_PASSWORD, Authentication, renew_session
from idp.storage.holding import hold_by_id
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


@dataclass(frozen=True)
class Proof:
    """What was shown, the one that it has replaced by that, and the one that is to replace it and was not shown yet."""

    certificate: Certificate
    replaced: Certificate | None
    successor: Certificate | None


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
    verdict = settle(exchange, verdict, member.user)
    owed = owes_first_certificate(exchange, member)
    proof = note_proof(exchange, member, verdict) if verdict.ok else None
    if verdict.ok and proof is None:
        verdict = verdict.refused(Reason.REVOKED)
    event_id = record_test(exchange, member, verdict)
    if proof is not None and owed:
        return enable_two_factor(exchange, member)
    return _render(exchange, member, verdict, proof, event_id)


def record_test(exchange: Exchange, member: Member, verdict: Verdict, **details: str) -> str:
    """Note in the events what came of it; return the event's id."""
    return exchange.record(
        Tag.CERTIFICATE_TESTED,
        user_id=member.user.id,
        session_id=member.session.id,
        reason=str(verdict.reason),
        presented=verdict.presented.to_dict() if verdict.presented else None,
        **details,
    )


def note_proof(exchange: Exchange, member: Member, verdict: Verdict) -> Proof | None:
    """Note that the member has shown the certificate of *verdict*, which is accepted; None where it was revoked a moment ago."""
    session, clock = exchange.session, exchange.services.clock
    certificate = session.get_one(Certificate, verdict.certificate_id)
    session.flush()
    hold_by_id(session, User, member.user.id)  # before the certificate, as renewals do
    if not record_use(exchange.transaction, clock, certificate.id):
        return None
    replaced = conclude_renewal(exchange, member.user, certificate)
    session.refresh(certificate)
    if not member.may_only_enrol:
        _raise_session(exchange, member, certificate)
    return Proof(certificate, replaced, find_untested_successor(session, clock, certificate))


def owes_first_certificate(exchange: Exchange, member: Member) -> bool:
    """Whether the first certificate that is shown switches two-factor login on: the realm, or an invitation, demands it."""
    user = member.user
    if owes_certificate(exchange.session, user):
        return True
    policy = certificate_policy_of(exchange, user.id)
    return member.may_only_enrol and policy == "required" and not user.two_factor_enabled_at


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


def _render(exchange: Exchange, member: Member, verdict: Verdict, proof: Proof | None, event_id: str) -> Response:
    return render_account_page(
        exchange,
        member,
        "certificate_tested",
        ok=verdict.ok,
        reason=told_reason(exchange, member.user, verdict),
        presented=verdict.presented,
        certificate=proof and proof.certificate,
        replaced=proof and proof.replaced,
        successor=proof and proof.successor,
        browser=guess_browser(exchange.user_agent),
        two_factor=describe_two_factor(exchange, member),
        test_url=exchange.url("/account/two-factor/test"),
        two_factor_url=exchange.url("/account/two-factor"),
        install_url=exchange.url("/account/two-factor/install"),
        event_id="" if verdict.ok else event_id,
    )


def _binding(member: Member) -> str:
    return f"account:{member.session.id}"
