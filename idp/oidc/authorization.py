"""The authorization endpoint (RFC 6749 section 3.1, OpenID Connect Core section 3.1.2)."""

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.begin import Missing, begin_login, start_interaction
from idp.login.flow import LoginRequest
from idp.login.flows import take_finished_flow
from idp.oidc.authorization_checks import verify_destination, verify_parameters
from idp.oidc.authorization_request import (
    AuthorizationRequest,
    ReturnAddress,
    read_authorization_request,
    read_return_address,
)
from idp.oidc.authorization_response import respond, respond_with_error
from idp.oidc.codes import issue_code
from idp.oidc.errors import LoginRefused
from idp.oidc.redirect_uris import origin_of, redirect_uri_registered
from idp.oidc.repetition import repeat_as_get
from idp.oidc.request import parameters_of
from idp.sessions.live_sessions import LiveSession, find_live_session_by_id
from idp.web.exchange import Exchange

AUTHORIZATION_PATH = "/protocol/openid-connect/auth"
CONTINUE_PATH = f"{AUTHORIZATION_PATH}/continue"
ACCOUNT_CONSOLE = "account-console"


def authorize(exchange: Exchange) -> Response:
    """Answer with a code at once when the browser's session does; else begin a login, or say why not."""
    if exchange.method == "POST" and (again := repeat_as_get(exchange)):
        return again
    parameters = parameters_of(exchange)
    client, redirect_uri = verify_destination(exchange, parameters)
    back = read_return_address(parameters, redirect_uri)
    try:
        verify_parameters(parameters, client)
        certificates_on = exchange.realm.certificate_policy != "off"
        asked = read_authorization_request(parameters, client, back, certificates_on=certificates_on)
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
    outcome = begin_login(exchange, _login_request(client, asked))
    if isinstance(outcome, LiveSession):
        return _grant(exchange, client, asked, outcome)
    if "none" in asked.prompt:
        return _answer_silently(exchange, asked, outcome)
    return start_interaction(exchange, outcome)


def _answer_silently(exchange: Exchange, asked: AuthorizationRequest, missing: Missing) -> Response:
    # No event: single-page applications ask like this every few minutes, and nothing was refused to anybody.
    return respond_with_error(exchange, asked, LoginRefused(missing.error))


def _grant(exchange: Exchange, client: ClientRegistration, asked: AuthorizationRequest, live: LiveSession) -> Response:
    return respond(exchange, asked, {"code": issue_code(exchange, client, asked, live)})


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
        account_console=client.client_id == ACCOUNT_CONSOLE and client.first_party,
    )


def _asks_to_log_in(asked: AuthorizationRequest) -> bool:
    # Whoever wants to choose an account gets the page where another one can be typed.
    return asked.max_age == 0 or bool({"login", "select_account"}.intersection(asked.prompt))
