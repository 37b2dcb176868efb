"""A logout request, read and checked (OpenID Connect RP-Initiated Logout 1.0 section 2)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import TokenInvalid, audiences_of
from idp.oidc.id_tokens import verify_id_token_hint
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters


@dataclass(frozen=True)
class LogoutRequest:
    """What is asked. `session_id` is that of a genuine ID Token hint, `redirect_uri` is registered, or they are empty.

    `problem` says for the log what is wrong with the request; then nothing in it is to be followed.
    """

    client: ClientRegistration | None = None
    session_id: str = ""
    redirect_uri: str = ""
    state: str = ""
    problem: str = ""

    @property
    def client_id(self) -> str | None:
        """The client_id, for events."""
        return None if self.client is None else self.client.client_id

    @property
    def return_address(self) -> str:
        """Where the browser goes afterwards, with the state; empty where it stays here."""
        if not self.redirect_uri or not self.state:
            return self.redirect_uri
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode({'state': self.state})}"

    @property
    def application(self) -> dict[str, str] | None:
        """The client as pages show it."""
        return None if self.client is None else {"name": self.client.title, "url": self.client.home_uri}

    @property
    def carried(self) -> dict[str, str]:
        """The parameters that say the same once more, when the person has been asked."""
        if self.problem or self.client is None:
            return {}
        carried = {"client_id": self.client.client_id, "post_logout_redirect_uri": self.redirect_uri}
        return {name: value for name, value in {**carried, "state": self.state}.items() if value}


def read_logout_request(exchange: Exchange, parameters: Parameters) -> LogoutRequest:
    """Return what the request says. `logout_hint`, `ui_locales` and what is unknown are passed over."""
    if parameters.duplicates():
        return LogoutRequest(problem="a parameter occurs more than once")
    hint, client_id = parameters.get("id_token_hint", ""), parameters.get("client_id", "")
    try:
        claims = verify_id_token_hint(exchange, hint) if hint else {}
    except TokenInvalid as error:
        return LogoutRequest(problem=f"the ID Token hint is not genuine: {error}")
    if claims and client_id and client_id not in audiences_of(claims):
        return LogoutRequest(problem="the ID Token hint was issued to another client")
    client = exchange.find_client(client_id or _client_of(claims))
    if client is None and (client_id or claims):
        return LogoutRequest(problem="there is no such client")
    uri = parameters.get("post_logout_redirect_uri", "")
    if client is not None and uri and uri not in client.post_logout_redirect_uris:
        return LogoutRequest(client, problem="the post_logout_redirect_uri is not registered")
    return LogoutRequest(
        client=client,
        session_id=str(claims.get("sid", "")),
        redirect_uri=uri if client is not None else "",
        state=parameters.get("state", ""),
    )


def _client_of(claims: dict[str, Any]) -> str:
    """Return the client that the ID Token was issued to (OpenID Connect Core section 2)."""
    return str(claims["azp"] if "azp" in claims else audiences_of(claims)[0]) if claims else ""
