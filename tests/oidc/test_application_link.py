"""Login initiated by a third party: here, by the provider's own list of applications (OpenID Connect Core section 4)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.clients.clients import get_client
from tests.oidc.provider import ISSUER, Provider


def open_application(provider: Provider, client_id: str = "app", query: str = "") -> Any:
    """Follow the link of the application."""
    return provider.http.get(f"/realms/demo/clients/{client_id}/redirect{query}")


def change(provider: Provider, **values: Any) -> None:
    """Set columns of the client `app`."""
    with provider.transaction() as session:
        client = get_client(session, provider.realm_id, "app")
        for name, value in values.items():
            setattr(client, name, value)
    provider.forget()


def test_login_begins_where_the_client_says(provider: Provider) -> None:
    """oidcc-3rd_party-init-login: the browser comes with our issuer, and with what the application is to show."""
    change(provider, initiate_login_uri="https://app.example/login?tenant=1", home_uri="https://app.example/?a=b&c")
    response = open_application(provider)
    location = urlsplit(response.headers["location"])

    assert response.status_code == 303
    assert f"{location.scheme}://{location.netloc}{location.path}" == "https://app.example/login"
    assert parse_qs(location.query) == {
        "tenant": ["1"], "iss": [ISSUER], "target_link_uri": ["https://app.example/?a=b&c"]
    }  # fmt: skip


def test_no_target_is_invented(provider: Provider) -> None:
    """target_link_uri is optional; nothing of the link goes along, which anybody may have made."""
    change(provider, initiate_login_uri="https://app.example/login")
    query = "?target_link_uri=https://evil.example/&iss=https://evil.example&login_hint=bob"
    location = urlsplit(open_application(provider, query=query).headers["location"])

    assert parse_qs(location.query) == {"iss": [ISSUER]}


def test_client_without_such_a_page_is_opened_at_its_start(provider: Provider) -> None:
    """As it stands, without parameters."""
    change(provider, home_uri="https://app.example/start#top")
    assert open_application(provider).headers["location"] == "https://app.example/start#top"


@pytest.mark.parametrize("client_id", ["app", "nobody", "%00", "a" * 5000, "a/../b", "%ff"])
def test_client_with_nowhere_to_go_is_a_page(provider: Provider, client_id: str) -> None:
    """As a client that does not exist."""
    response = open_application(provider, client_id)
    assert response.status_code in {400, 404}
    assert "location" not in response.headers


def test_disabled_client_is_not_opened(provider: Provider) -> None:
    """Nobody could sign in there."""
    change(provider, initiate_login_uri="https://app.example/login", enabled=False)
    assert open_application(provider).status_code == 404


def test_client_id_with_a_slash_is_found(provider: Provider) -> None:
    """Some clients are named by their address."""
    provider.add_client("https://app.example/", home_uri="https://app.example/start")
    response = open_application(provider, "https%3A//app.example/")
    assert response.headers["location"] == "https://app.example/start"
