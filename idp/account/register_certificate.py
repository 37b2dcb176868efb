"""*Use a certificate that this browser already has*: present one of a foreign authority, name it, and it is the person's."""

import json
import secrets
from datetime import timedelta

from starlette.responses import Response

from idp.account.certificate_test import owes_first_certificate
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.account.two_factor import enable_two_factor
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.login.attempts import create_attempt, take_verdict
from idp.login.foreign_certificate import bind
from idp.pki.bindings import BindingRefused
from idp.pki.enrolments import sanitise_device_name
from idp.pki.foreign_claims import Purpose
from idp.pki.presented import PresentedFacts
from idp.pki.proposals import Proposal
from idp.pki.verdict import Verdict
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_KIND = "certificate-proposal"
_LIFETIME = timedelta(minutes=10)
_NAMELESS = "Give the device a name."


def begin_registration(exchange: Exchange, member: Member) -> Response:
    """Send the browser to a fresh certificate host."""
    verify_csrf_token(exchange)
    return see_other(
        create_attempt(
            exchange,
            user_id=member.user.id,
            bound_to=_binding(member),
            return_url=exchange.url("/account/two-factor/register/return"),
            purpose=Purpose.REGISTRATION,
        )
    )


def show_presented(exchange: Exchange, member: Member) -> Response:
    """Show what was presented and ask for a name, or say why it cannot be used."""
    verdict = take_verdict(exchange, bound_to=_binding(member), user_id=member.user.id)
    if verdict is None:
        return see_other(exchange.url("/account/two-factor/enrol"))
    if verdict.proposal is None or verdict.presented is None:
        return _refuse(exchange, member, verdict)
    token = secrets.token_urlsafe(24)
    _store(exchange, member, token, verdict.proposal, verdict.presented)
    return _ask(exchange, member, token, verdict.presented)


def register(exchange: Exchange, member: Member) -> Response:
    """Bind it to the person, once; it counts as tested."""
    verify_csrf_token(exchange)
    token, name = exchange.form.get("proposal", ""), sanitise_device_name(exchange.form.get("device_name", "")[:255])
    found = _take(exchange, member, token)
    if found is None:
        return see_other(exchange.url("/account/two-factor/enrol"))
    proposal, presented = found
    if not name:
        return _ask_again(exchange, member, found, {"device_name": _NAMELESS})
    owed = owes_first_certificate(exchange, member)
    try:
        bind(exchange, member.user, proposal, device_name=name, session_id=member.session.id)
    except InvalidInput as error:
        return _ask_again(exchange, member, found, error.fields)
    except BindingRefused as refusal:
        return _refuse(exchange, member, Verdict(refusal.reason, None, presented))
    return enable_two_factor(exchange, member) if owed else see_other(exchange.url("/account/two-factor"))


def _ask_again(
    exchange: Exchange, member: Member, found: tuple[Proposal, PresentedFacts], errors: dict[str, str]
) -> Response:
    token = secrets.token_urlsafe(24)
    _store(exchange, member, token, *found)
    return _ask(exchange, member, token, found[1], status=400, errors=errors)


def _ask(
    exchange: Exchange,
    member: Member,
    token: str,
    presented: PresentedFacts,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    return render_account_page(
        exchange,
        member,
        "register_certificate",
        status=status,
        action=exchange.url("/account/two-factor/register/bind"),
        proposal=token,
        presented=presented,
        device_name=exchange.form.get("device_name", str(guess_browser(exchange.user_agent)))[:64],
        back_url=exchange.url("/account/two-factor/enrol"),
        errors=errors or {},
        message=(errors or {}).get("certificate_limit", ""),
    )


def _refuse(exchange: Exchange, member: Member, verdict: Verdict) -> Response:
    event_id = exchange.record(
        Tag.CERTIFICATE_TESTED,
        user_id=member.user.id,
        session_id=member.session.id,
        reason=str(verdict.reason),
        purpose=str(Purpose.REGISTRATION),
        presented=verdict.presented.to_dict() if verdict.presented else None,
    )
    return render_account_page(
        exchange,
        member,
        "certificate_not_registered",
        status=409,
        known=verdict.ok,
        reason=str(verdict.reason),
        presented=verdict.presented,
        browser=guess_browser(exchange.user_agent),
        register_url=exchange.url("/account/two-factor/register"),
        two_factor_url=exchange.url("/account/two-factor"),
        event_id="" if verdict.ok else event_id,
    )


def _store(exchange: Exchange, member: Member, token: str, proposal: Proposal, presented: PresentedFacts) -> None:
    value = {"bound_to": _binding(member), "proposal": proposal.to_dict(), "presented": presented.to_dict()}
    exchange.services.ephemeral.put(_KIND, token, json.dumps(value), _LIFETIME)


def _take(exchange: Exchange, member: Member, token: str) -> tuple[Proposal, PresentedFacts] | None:
    text = exchange.services.ephemeral.take(_KIND, token)
    value = json.loads(text) if text else None
    if value is None or value["bound_to"] != _binding(member):
        return None
    return Proposal.from_dict(value["proposal"]), PresentedFacts.from_dict(value["presented"])


def _binding(member: Member) -> str:
    return f"register:{member.session.id}"
