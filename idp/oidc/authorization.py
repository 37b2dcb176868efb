"""The authorization endpoint (RFC 6749 section 3.1, OpenID Connect Core section 3.1.2)."""

from dataclasses import replace

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.begin import Missing, begin_afresh, begin_login, start_interaction
from idp.login.flow import LoginRequest
from idp.login.flows import take_finished_flow
from idp.oidc.authorization_checks import verify_client, verify_redirect_uri
from idp.oidc.authorization_request import (
    AuthorizationRequest,
    ReturnAddress,
    read_authorization_request,
    read_return_address,
)
from idp.oidc.authorization_response import respond, respond_with_error
from idp.oidc.codes import issue_code
from idp.oidc.consent_question import build_consent_question
from idp.oidc.errors import DestinationInvalid, LoginRefused, RequestUnusable
from idp.oidc.expected_subjects import find_hinted_username, is_expected
from idp.oidc.front_channel_tokens import issue_front_channel_tokens
from idp.oidc.presented_request import read_presented_request
from idp.oidc.pushed_requests import take_pushed_request
from idp.oidc.redirect_uris import origin_of, redirect_uri_registered
from idp.oidc.repetition import repeat_as_get
from idp.oidc.request import parameters_of
from idp.oidc.response_types import CODE
from idp.oidc.scopes import OFFLINE_ACCESS
from idp.oidc.session_state import show_session_state
from idp.sessions.impersonation import Deed, may
from idp.sessions.live_sessions import LiveSession, find_live_session_by_id
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

AUTHORIZATION_PATH = "/protocol/openid-connect/auth"
CONTINUE_PATH = f"{AUTHORIZATION_PATH}/continue"
ACCOUNT_CONSOLE, ADMIN_CONSOLE = "account-console", "security-admin-console"


def authorize(exchange: Exchange) -> Response:
    """Answer with a code at once when the browser's session does; else begin a login, or say why not."""
    if exchange.method == "POST" and (again := repeat_as_get(exchange)):
        return again
    sent = parameters_of(exchange)
    client = verify_client(exchange, sent)
    try:
        presented = read_presented_request(exchange, client, sent)
    except OAuth2Error as error:
        return _refuse_unread(exchange, client, sent, error)
    parameters = presented.parameters
    back = read_return_address(client, parameters, verify_redirect_uri(client, parameters))
    try:
        asked = read_authorization_request(exchange, client, parameters, back, pushed=presented.pushed)
    except OAuth2Error as error:
        return _refuse(exchange, client, back, error)
    return _login(exchange, client, asked)


def continue_authorization(exchange: Exchange) -> Response:
    """Answer the client after the login that its request began."""
    flow = take_finished_flow(exchange)
    client = exchange.find_client(flow.request.client_id)
    asked = AuthorizationRequest.from_payload(flow.request.payload)
    if client is None or not redirect_uri_registered(client, asked.redirect_uri):
        raise FlowExpired("the client was changed during the login")
    if flow.error is not None:
        return _refuse(exchange, client, asked, LoginRefused(flow.error))
    live = find_live_session_by_id(
        exchange.transaction,
        exchange.services.clock,
        session_id=flow.session_id or "",
        idle_lifetime=exchange.realm.session_idle_lifetime,
    )
    if live is None:
        raise FlowExpired("the session ended during the login")
    return _grant(exchange, client, asked, live)


def _login(exchange: Exchange, client: ClientRegistration, asked: AuthorizationRequest) -> Response:
    outcome = _begin(exchange, client, asked)
    if isinstance(outcome, LiveSession):
        return _grant(exchange, client, asked, outcome)
    if "none" in asked.prompt:
        return _answer_silently(exchange, client, asked, outcome)
    if asked.hinted and not asked.login_hint:
        outcome = outcome.with_login_hint(find_hinted_username(exchange, client, asked.subjects))
    return start_interaction(exchange, outcome)


def _begin(exchange: Exchange, client: ClientRegistration, asked: AuthorizationRequest) -> LiveSession | Missing:
    """Return what `begin_login` does; the session of somebody else than who is asked for counts for nothing."""
    request = _login_request(client, asked)
    outcome = begin_login(exchange, request)
    user_id = outcome.user.id if isinstance(outcome, LiveSession) else outcome.flow.user_id
    if is_expected(exchange, client, asked.subjects, user_id):
        return outcome
    return begin_afresh(exchange, request)


def _answer_silently(
    exchange: Exchange, client: ClientRegistration, asked: AuthorizationRequest, missing: Missing
) -> Response:
    # No event: single-page applications ask like this every few minutes, and nothing was refused to anybody.
    answer = dict(LoginRefused(missing.error).get_body())
    return respond(exchange, asked, answer | show_session_state(exchange, client.client_id, asked, None))


def _grant(exchange: Exchange, client: ClientRegistration, asked: AuthorizationRequest, live: LiveSession) -> Response:
    if not is_expected(exchange, client, asked.subjects, live.user.id):
        return _refuse(exchange, client, asked, LoginRefused("login_required"))
    if not may(live.impersonator, Deed.ACT_OFFLINE):
        asked = replace(asked, scope=" ".join(name for name in asked.scope.split() if name != OFFLINE_ACCESS))
    if asked.pushed:
        take_pushed_request(exchange, client, asked.pushed)
    code = issue_code(exchange, client, asked, live) if CODE in asked.response_types else ""
    answer = {"code": code} if code else {}
    answer |= show_session_state(exchange, client.client_id, asked, live)
    if asked.response_type == CODE:
        return respond(exchange, asked, answer)
    try:
        tokens = issue_front_channel_tokens(exchange, client, asked, live, code=code)
    except OAuth2Error as error:
        return _refuse(exchange, client, asked, error)
    return respond(exchange, asked, answer | tokens)


def _refuse_unread(exchange: Exchange, client: ClientRegistration, sent: Parameters, error: OAuth2Error) -> Response:
    """Tell the client, where what was sent beside the unusable request names an address of its own; else the person."""
    try:
        back = read_return_address(client, sent, verify_redirect_uri(client, sent))
    except DestinationInvalid:
        raise RequestUnusable(error.description) from error
    return _refuse(exchange, client, back, error)


def _refuse(exchange: Exchange, client: ClientRegistration, back: ReturnAddress, error: OAuth2Error) -> Response:
    exchange.record(Tag.AUTHORIZATION_REFUSED, client_id=client.client_id, error=error.error, reason=error.description)
    return respond_with_error(exchange, back, error)


def _login_request(client: ClientRegistration, asked: AuthorizationRequest) -> LoginRequest:
    return LoginRequest(
        client_id=client.client_id,
        client_title=client.title,
        client_home=client.home_uri,
        return_path=CONTINUE_PATH,
        return_origin=origin_of(asked.redirect_uri),
        payload=asked.to_payload(),
        acr=asked.acr,
        certificate_required=client.certificate_required,
        reauthenticate=_asks_to_log_in(asked),
        max_age=asked.max_age,
        login_hint=asked.login_hint,
        consent=build_consent_question(client, asked),
        account_console=client.client_id == ACCOUNT_CONSOLE and client.first_party,
        password_demanded=client.first_party or client.admin_api,
        deeds=_list_deeds(client, asked),
    )


def _list_deeds(client: ClientRegistration, asked: AuthorizationRequest) -> tuple[str, ...]:
    administers = client.admin_api or (client.first_party and client.client_id == ADMIN_CONSOLE)
    deeds = {Deed.ADMINISTER: administers, Deed.PROVE_LEVEL: asked.acr_demanded}
    return tuple(str(deed) for deed, wanted in deeds.items() if wanted)


def _asks_to_log_in(asked: AuthorizationRequest) -> bool:
    # Whoever wants to choose an account gets the page where another one can be typed.
    return asked.max_age == 0 or bool({"login", "select_account"}.intersection(asked.prompt))
