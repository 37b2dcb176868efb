"""The password grant (RFC 6749 section 4.3): off, and for those whose login is a password and nothing else."""

from typing import Any

import pytest

from idp.models import User, UserSession
from idp.users.groups import create_group, join_group
from tests.oidc.provider import Provider, decode_claims

PASSWORD = "correct horse battery"


@pytest.fixture
def tool(provider: Provider) -> Provider:
    """The provider with a public client that may ask for passwords; alice has one."""
    provider.add_client("tool", secret=None, redirect_uris=[], grant_types=["refresh_token"])
    change_client(provider, "tool", direct_access_grants_enabled=True)
    change_alice(provider, password_hash=provider.services.passwords.hash(PASSWORD))
    return provider


def change_client(provider: Provider, client_id: str, **values: Any) -> None:
    from idp.clients.clients import get_client

    with provider.transaction() as session:
        row = get_client(session, provider.realm_id, client_id)
        for name, value in values.items():
            setattr(row, name, value)
    provider.forget()


def change_alice(provider: Provider, **values: Any) -> None:
    with provider.transaction() as session:
        user = session.get_one(User, provider.user_id)
        for name, value in values.items():
            setattr(user, name, value)


def ask(provider: Provider, **form: Any) -> Any:
    sent = {"grant_type": "password", "client_id": "tool", "username": "alice", "password": PASSWORD, **form}
    return provider.token(auth=None, **{name: value for name, value in sent.items() if value is not None})


def test_tokens_of_a_session_of_its_own(tool: Provider) -> None:
    """They say what was proven, can be refreshed, and end with the session."""
    response = ask(tool, scope="openid")
    tokens = response.json()
    claims = decode_claims(tokens["access_token"])
    assert response.headers["cache-control"] == "no-store"
    assert (claims["sub"], claims["acr"], claims["amr"]) == (tool.user_id, "1", ["pwd"])
    assert decode_claims(tokens["id_token"])["sid"] == claims["sid"]
    assert tool.userinfo(tokens["access_token"]).status_code == 200
    assert tool.refresh(tokens["refresh_token"], auth=None, client_id="tool").status_code == 200
    (event,) = tool.events("user:login:success")
    assert (event.user_id, event.client_id, event.session_id) == (tool.user_id, "tool", claims["sid"])
    with tool.transaction() as session:
        session.get_one(UserSession, claims["sid"]).ended_at = tool.clock.now()
    assert tool.userinfo(tokens["access_token"]).status_code == 401


def test_client_without_the_switch_is_refused_before_anything_is_tried(tool: Provider) -> None:
    response = ask(tool, client_id="spa", password="wrong")
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")
    assert tool.events("user:login:failure") == []


def test_confidential_client_has_to_authenticate(tool: Provider) -> None:
    change_client(tool, "app", direct_access_grants_enabled=True)
    assert ask(tool, client_id="app").status_code == 401
    assert tool.token(grant_type="password", username="alice", password=PASSWORD).status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
def test_wrong_guesses_look_alike(tool: Provider, wrong: dict[str, str]) -> None:
    response = ask(tool, **wrong)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert response.json() == ask(tool, password="another").json()
    assert len(tool.events("user:login:failure")) == 2


@pytest.mark.parametrize("missing", ["username", "password"])
def test_incomplete_requests_are_told_so(tool: Provider, missing: str) -> None:
    assert ask(tool, **{missing: None}).json()["error"] == "invalid_request"


def test_guessing_is_braked(tool: Provider) -> None:
    """As on the page: after five failures not even the right password helps for a minute."""
    for _ in range(5):
        assert ask(tool, password="wrong").json()["error"] == "invalid_grant"
    assert ask(tool).json()["error"] == "invalid_grant"
    assert tool.events("user:login:locked")
    tool.clock.advance(seconds=3600)
    assert ask(tool).status_code == 200


@pytest.mark.parametrize("more", ["two-factor", "realm", "client", "action", "disabled", "service account"])
def test_whoever_needs_more_than_a_password_is_refused(tool: Provider, more: str) -> None:
    """And learns it only with the right password."""
    if more == "two-factor":
        change_alice(tool, two_factor_enabled_at=tool.clock.now())
    elif more == "realm":
        tool.change_realm(certificate_policy="required")
    elif more == "client":
        change_client(tool, "tool", certificate_policy="required")
    elif more == "action":
        change_alice(tool, required_actions=["UPDATE_PASSWORD"])
    elif more == "disabled":
        change_alice(tool, enabled=False)
    else:
        from idp.clients.clients import get_client

        with tool.transaction() as session:
            client = get_client(session, tool.realm_id, "app")
            session.get_one(User, tool.user_id).service_account_client_id = client.id
    right, wrong = ask(tool), ask(tool, password="wrong")
    assert (right.status_code, right.json()["error"]) == (400, "invalid_grant")
    told = "Sign in with a browser" in right.json()["error_description"]
    assert told is (more not in {"disabled", "service account"})
    assert "Sign in with a browser" not in wrong.json()["error_description"]
    with tool.transaction() as session:
        assert session.query(UserSession).count() == 0


def test_discovery_does_not_name_it(tool: Provider) -> None:
    metadata = tool.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert "password" not in metadata["grant_types_supported"]


def test_clients_that_ask_for_consent_or_keep_a_profile_cannot_have_it() -> None:
    from idp.clients.metadata.document import create_metadata
    from idp.errors import InvalidInput

    for more in ({"consent_required": True}, {"security_profile": "fapi2"}):
        with pytest.raises(InvalidInput) as refused:
            create_metadata({"direct_access_grants_enabled": True, "redirect_uris": [], **more})
        assert "direct_access_grants_enabled" in refused.value.fields


def test_application_cannot_register_itself_for_it() -> None:
    """Neither for the grant nor for the administrators' API."""
    from idp.clients.metadata.document import read_registration
    from idp.clients.metadata.values import ClientMetadata

    document = {"redirect_uris": [], "grant_types": [], "direct_access_grants_enabled": True, "admin_api": True}
    metadata = read_registration(document, ClientMetadata())
    assert (metadata.direct_access_grants_enabled, metadata.admin_api) == (False, False)


def test_member_of_a_group_that_demands_a_certificate_is_refused(tool: Provider) -> None:
    with tool.transaction() as session:
        group = create_group(
            session, tool.realm_id, None, {"name": "staff", "attributes": {"certificate_policy": ["required"]}}
        )
        join_group(session, tool.user_id, group.id)
    tool.forget()
    response = ask(tool)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert "certificate" in response.json()["error_description"]
