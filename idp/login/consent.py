"""The consent step: what an application asks for, in words, and the person's answer (OpenID Connect Core section 3.1.2.4)."""

from starlette.responses import Response

from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.dispatch import advance, open_step
from idp.login.finish import give_up
from idp.login.flow import ConsentQuestion, LoginFlow
from idp.login.page import application_of, flow_url, render_login_page
from idp.login.steps import CONSENT
from idp.models import User
from idp.users.consents import find_allowed, give_consent
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange


def show_consent(exchange: Exchange) -> Response:
    """Show what is asked for."""
    opened = _open(exchange)
    return opened if isinstance(opened, Response) else _render(exchange, *opened)


def submit_consent(exchange: Exchange) -> Response:
    """Remember what was allowed and go on; a refusal goes to the client as ``access_denied``."""
    opened = _open(exchange)
    if isinstance(opened, Response):
        return opened
    flow, user, question = opened
    verify_csrf_token(exchange)
    facts = {"user_id": user.id, "client_id": flow.request.client_id, "scope": " ".join(question.scopes)}
    if exchange.form.get("decision") != "allow":
        exchange.record(Tag.CONSENT_REFUSED, **facts)
        return give_up(exchange, flow, "access_denied")
    give_consent(
        exchange.session,
        exchange.services.clock,
        realm_id=exchange.realm.id,
        user_id=user.id,
        client_id=question.client_row_id,
        scopes=question.scopes,
        claims=question.claims,
    )
    exchange.record(Tag.CONSENT_GIVEN, **facts)
    return advance(exchange, flow.having(consented=True))


def _open(exchange: Exchange) -> tuple[LoginFlow, User, ConsentQuestion] | Response:
    opened = open_step(exchange, CONSENT)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    question = flow.request.consent
    if user is None or question is None:
        raise FlowExpired("nobody was asked for consent")
    return flow, user, question


def _render(exchange: Exchange, flow: LoginFlow, user: User, question: ConsentQuestion) -> Response:
    application = {
        **application_of(flow),
        "host": question.host,
        "policy_url": question.policy_uri,
        "terms_url": question.terms_uri,
    }
    return render_login_page(
        exchange,
        "consent",
        flow,
        action=flow_url(exchange, "/login/consent", flow),
        application=application,
        name=user.name,
        scopes=question.scopes,
        claims=question.claims,
        known=find_allowed(exchange.session, user.id, question.client_row_id),
    )
