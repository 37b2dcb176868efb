"""A realm where clients register themselves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from idp.clients.initial_access_tokens import issue_initial_access_token
from idp.fetching.errors import FetchFailed
from idp.fetching.fetcher import Fetcher
from idp.fetching.http import Fetched
from tests.oidc.provider import CALLBACK, Provider

ENDPOINT = "/realms/demo/clients-registrations/openid-connect"


class Web(Fetcher):
    """The rest of the web: documents by address; what may be fetched is decided as ever."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.services.settings)
        self.documents: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def get(self, url: str, **_: Any) -> Fetched:
        self.verify_fetchable(url)
        self.fetched.append(url)
        if url not in self.documents:
            raise FetchFailed("the answer has status 404")
        return Fetched(200, {"content-type": "application/json"}, self.documents[url])


@dataclass
class Registry:
    """The registration endpoint of the realm demo, and short ways to use it."""

    provider: Provider
    web: Web
    headers: dict[str, str] = field(default_factory=dict)

    def register(self, token: str = "", **metadata: Any) -> Any:
        """Send a registration with a redirect URI; None leaves it out."""
        document = {"redirect_uris": [CALLBACK], **metadata}
        return self.send({name: value for name, value in document.items() if value is not None}, token)

    def send(self, document: Any, token: str = "", *, url: str = ENDPOINT, method: str = "POST") -> Any:
        """Send any JSON; text and bytes are sent as they are."""
        content = document if isinstance(document, str | bytes) else json.dumps(document)
        headers = {"content-type": "application/json", **self.headers, **bearer(token)}
        return self.provider.http.request(method, url, content=content, headers=headers)

    def get_client(self, **metadata: Any) -> dict[str, Any]:
        """Register a client and return what it is told."""
        response = self.register(**metadata)
        assert response.status_code == 201, response.text
        self.provider.forget()
        return dict(response.json())

    def show(self, client: Mapping[str, Any], token: str | None = None) -> Any:
        """Read the registration, as the client or with another *token*."""
        return self._manage("GET", client, token)

    def delete(self, client: Mapping[str, Any], token: str | None = None) -> Any:
        """Delete the client."""
        return self._manage("DELETE", client, token)

    def replace(self, client: Mapping[str, Any], token: str | None = None, **metadata: Any) -> Any:
        """Send other metadata for the client."""
        document = {"client_id": client["client_id"], "redirect_uris": [CALLBACK], **metadata}
        used = client["registration_access_token"] if token is None else token
        response = self.send(document, used, url=client["registration_client_uri"], method="PUT")
        self.provider.forget()
        return response

    def issue_token(self, count: int = 1, hours: int = 1, realm_id: str = "") -> str:
        """Make an initial access token."""
        with self.provider.transaction() as session:
            _, token = issue_initial_access_token(
                session,
                self.provider.clock,
                realm_id=realm_id or self.provider.realm_id,
                count=count,
                lifetime=timedelta(hours=hours),
            )
        return token

    def _manage(self, method: str, client: Mapping[str, Any], token: str | None) -> Any:
        used = client["registration_access_token"] if token is None else token
        response = self.provider.http.request(method, client["registration_client_uri"], headers=bearer(used))
        self.provider.forget()
        return response


def bearer(token: str) -> dict[str, str]:
    """Return the header for *token*; none for an empty one."""
    return {"authorization": f"Bearer {token}"} if token else {}


@pytest.fixture
def closed_registry(provider: Provider) -> Registry:
    """The endpoint while the realm says nothing about it."""
    web = Web(provider)
    provider.services = provider.app.state.services = replace(provider.services, fetcher=web)
    return Registry(provider, web)


@pytest.fixture
def registry(closed_registry: Registry) -> Registry:
    """The endpoint of a realm that is open to everybody."""
    closed_registry.provider.change_realm(client_registration="open")
    return closed_registry
