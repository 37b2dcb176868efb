"""A client's address for logout tokens: a real web server, which checks what it gets as the specification says."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

from joserfc import jws, jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from idp.fetching.fetcher import Fetcher
from idp.models import Client, LogoutNotice
from idp.web.services import Services
from tests.oidc.provider import ISSUER, Provider
from tests.web_server import Asked, Reply, WebServer

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Receiver:
    """Checks each token (section 2.6) and answers `reply`, or 400 where it is wrong; `told` holds the claims of the right ones."""

    provider: Provider
    client_id: str
    reply: Reply = field(default_factory=Reply)
    told: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    issuer: str = ISSUER

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request."""
        try:
            self.told.append(self._verify(asked))
        except AssertionError as error:
            self.wrong.append(str(error))
            return Reply(status=400)
        return self.reply

    def _verify(self, asked: Asked) -> dict[str, Any]:
        assert (asked.method, asked.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
        form = parse_qs(asked.body.decode(), strict_parsing=True)
        assert list(form) == ["logout_token"], form
        (token,) = form["logout_token"]
        keys = KeySet.import_key_set(self.provider.http.get(self.provider.path("certs")).json())
        algorithms = ["RS256", "ES256", "PS256", "EdDSA"]
        header = jws.extract_compact(token.encode()).headers()
        assert (header["typ"], header["alg"] in algorithms) == ("logout+jwt", True), header
        claims = jwt.decode(token, keys, algorithms=algorithms).claims
        now = self.provider.clock.now().timestamp()
        assert (claims["iss"], claims["aud"]) == (self.issuer, self.client_id), claims
        assert claims["iat"] <= now < claims["exp"] <= claims["iat"] + 120, claims
        assert claims["events"] == {EVENT: {}}, claims
        assert "nonce" not in claims
        assert claims["jti"]
        assert claims["sub"]
        assert claims["sid"]
        return {**claims, "alg": header["alg"]}


def add_receiver(provider: Provider, web: WebServer, client_id: str = "app", **columns: Any) -> Receiver:
    """Have *client_id* told at *web*, under a path of its own."""
    path = f"/{client_id}/backchannel?a=b"
    set_columns(provider, client_id, backchannel_logout_uri=web.url(path), **columns)
    receiver = Receiver(provider, client_id)
    web.replies[path.partition("?")[0]] = receiver
    return receiver


def set_columns(provider: Provider, client_id: str, **columns: Any) -> None:
    """Change columns of a client."""
    with provider.transaction() as session:
        row = session.scalars(
            select(Client).where(Client.client_id == client_id, Client.realm_id == provider.realm_id)
        ).one()
        for name, value in columns.items():
            setattr(row, name, value)
    provider.forget()


def fetching(provider: Provider, *hosts: str) -> Services:
    """Return the provider's parts with a fetcher that may reach *hosts* as well."""
    settings = provider.services.settings.model_copy(update={"fetch_allowed_hosts": hosts})
    return replace(provider.services, fetcher=Fetcher(settings, seconds=2))


def list_notices(provider: Provider) -> list[LogoutNotice]:
    """Return all notices."""
    with provider.transaction() as session:
        return list(session.scalars(select(LogoutNotice).order_by(LogoutNotice.created_at)))
