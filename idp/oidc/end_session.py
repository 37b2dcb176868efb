"""The end session endpoint (OpenID Connect RP-Initiated Logout 1.0)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.events.tags import Tag
from idp.keys.tokens import TokenInvalid
from idp.login.begin import current_session, session_cookie_name
from idp.oidc.id_tokens import verify_id_token_hint
from idp.oidc.redirect_uris import origin_of
from idp.oidc.repetition import repeat_as_get
from idp.oidc.request import parameters_of
from idp.sessions.endings import Ending
from idp.sessions.live_sessions import LiveSession
from idp.sessions.sessions import end_session
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import render_page, see_other
from idp.web.parameters import Parameters

CONFIRM_PATH = "/protocol/openid-connect/logout/logout-confirm"
_CARRIED = ("client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True)
class LogoutRequest:
    """What a logout request says, checked. `session_id` is that of a genuine ID Token hint, else None."""

    client: ClientRegistration | None
    session_id: str | None
    redirect_uri: str
    state: str

    @property
    def return_address(self) -> str:
        """Where the browser goes afterwards, with the state; empty where it stays here."""
        if not self.redirect_uri or not self.state:
            return self.redirect_uri
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode({'state': self.state})}"


def logout(exchange: Exchange) -> Response:
    """End the session that the ID Token hint names; without a genuine hint, ask the person first.

    Otherwise any page could sign people out (RP-Initiated Logout section 6).
    """
    parameters = parameters_of(exchange)
    if exchange.method == "POST" and "id_token_hint" not in parameters and (again := repeat_as_get(exchange)):
        return again
    request = read_logout_request(exchange, parameters)
    live = current_session(exchange)
    if request.session_id is None or (live is not None and live.id != request.session_id):
        return _ask(exchange, parameters, request, live) if live is not None else _leave(exchange, request, live)
    _end(exchange, request.session_id, request, live)
    return _leave(exchange, request, live)


def confirm_logout(exchange: Exchange) -> Response:
    """End the browser's session after the person has said so."""
    verify_csrf_token(exchange)
    request = read_logout_request(exchange, exchange.form)
    live = current_session(exchange)
    if live is not None:
        _end(exchange, live.id, request, live)
    return _leave(exchange, request, live)


def read_logout_request(exchange: Exchange, parameters: Parameters) -> LogoutRequest:
    """Return what the request says. Where any part of it is wrong, there is no redirect (section 4)."""
    hint = parameters.get("id_token_hint", "")
    client_id = parameters.get("client_id", "")
    try:
        claims = verify_id_token_hint(exchange, hint) if hint else {}
    except TokenInvalid:
        return LogoutRequest(None, None, "", "")
    if parameters.duplicates() or (claims and client_id not in {"", claims["aud"]}):
        return LogoutRequest(None, None, "", "")
    client = exchange.find_client(client_id or claims.get("aud", ""))
    uri = parameters.get("post_logout_redirect_uri", "")
    return LogoutRequest(
        client=client,
        session_id=claims.get("sid"),
        redirect_uri=uri if client is not None and uri in client.post_logout_redirect_uris else "",
        state=parameters.get("state", ""),
    )


def _ask(exchange: Exchange, parameters: Parameters, request: LogoutRequest, live: LiveSession) -> Response:
    return render_page(
        exchange,
        "login/logout_confirm.html",
        form_action=(origin_of(request.redirect_uri),) if request.redirect_uri else (),
        action=exchange.url(CONFIRM_PATH),
        name=live.user.name,
        application=_application(request.client),
        parameters={name: parameters[name] for name in _CARRIED if request.client is not None and name in parameters},
    )


def _end(exchange: Exchange, session_id: str, request: LogoutRequest, live: LiveSession | None) -> None:
    if end_session(exchange.session, exchange.services.clock, session_id, reason=Ending.LOGOUT):
        exchange.record(
            Tag.LOGOUT,
            user_id=live.user.id if live is not None else None,
            client_id=request.client.client_id if request.client is not None else None,
            session_id=session_id,
        )
    if live is not None:
        exchange.cookies.remove(session_cookie_name(exchange.realm.name))


def _leave(exchange: Exchange, request: LogoutRequest, live: LiveSession | None) -> Response:
    if request.return_address:
        return see_other(request.return_address)
    return render_page(
        exchange,
        "login/logged_out.html",
        application=_application(request.client),
        used_certificate=live is not None and live.certificate_claims is not None,
    )


def _application(client: ClientRegistration | None) -> dict[str, str] | None:
    return None if client is None else {"name": client.title, "url": client.home_uri}
