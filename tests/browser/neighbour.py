"""An application of somebody else's, on a port of its own: pages that a browser loads, and who asked for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page
from sqlalchemy import select

from idp.clients.clients import create_client
from idp.demo.seed import DEMO
from idp.models import Client, TokenFamily, User, UserSession
from idp.realms.realms import get_realm
from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.browser.steps import type_password
from tests.web_server import Reply, WebServer, web_server

_PAGE = Reply(b"<!doctype html><title>Neighbour</title><h1>Neighbour</h1>", content_type="text/html")


@dataclass
class Neighbour:
    """The application: `client_id` is registered, and `web` serves its pages."""

    demo: RunningDemo
    web: WebServer
    client_id: str

    @property
    def callback(self) -> str:
        """Its redirect URI."""
        return self.web.url("/callback")

    @property
    def farewell(self) -> str:
        """Where people come after signing out."""
        return self.web.url("/bye")

    def sign_in(self, page: Page, person: Person | None = None, **parameters: str) -> dict[str, str]:
        """Sign in, as *person* where the browser is asked to; return the parameters that came back."""
        query = {"client_id": self.client_id, "redirect_uri": self.callback, "response_type": "code", "scope": "openid", **parameters}  # fmt: skip
        page.goto(f"{self.demo.realm_url}/protocol/openid-connect/auth?{urlencode(query)}")
        if person is not None:
            type_password(page, person)
        page.wait_for_url(f"{self.callback}?*")
        return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}

    def redeem(self, page: Page, code: str) -> dict[str, Any]:
        """Exchange a code for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.callback, "client_id": self.client_id, "client_secret": "neighbours-secret"}  # fmt: skip
        answer = page.request.post(f"{self.demo.realm_url}/protocol/openid-connect/token", form=form)
        assert answer.ok, answer.text()
        tokens: dict[str, Any] = answer.json()
        return tokens

    def asked_for(self, path: str) -> list[dict[str, str]]:
        """Return the queries that *path* was asked for with."""
        asked = (urlsplit(request.path) for request in list(self.web.asked))
        return [
            {name: values[0] for name, values in parse_qs(parts.query).items()} for parts in asked if parts.path == path
        ]


@contextmanager
def open_neighbour(demo: RunningDemo, client_id: str, **columns: Any) -> Iterator[Neighbour]:
    """Serve and register it; *columns* are set as they are, with ``{}`` for its address."""
    with web_server(dict.fromkeys(("/", "/callback", "/bye", "/out"), _PAGE)) as web:
        neighbour = Neighbour(demo, web, client_id)
        services = demo.services
        with services.database.transaction() as session:
            row = create_client(
                session, services.cipher, services.clock, realm_id=get_realm(session, DEMO).id, client_id=client_id,
                secret="neighbours-secret", redirect_uris=[neighbour.callback],
                post_logout_redirect_uris=[neighbour.farewell], pkce_required=False, name=client_id.title(),
            )  # fmt: skip
            for name, value in columns.items():
                setattr(row, name, value.format(web.url("")) if isinstance(value, str) else value)
        try:
            yield neighbour
        finally:
            with services.database.transaction() as session:
                session.delete(session.scalars(select(Client).where(Client.client_id == client_id)).one())


def session_ids(demo: RunningDemo, person: Person) -> list[str]:
    """Return the ids of the person's live sessions."""
    with demo.services.database.transaction() as session:
        live = select(UserSession.id).join(User).where(User.id == person.id, UserSession.ended_at.is_(None))
        return list(session.scalars(live))


def has_tokens(demo: RunningDemo, person: Person) -> bool:
    """Tell whether any application has tokens of the person's that are not revoked."""
    with demo.services.database.transaction() as session:
        families = select(TokenFamily.id).where(TokenFamily.user_id == person.id, TokenFamily.revoked_at.is_(None))
        return session.scalar(families) is not None
