"""The introspection endpoint."""

from tests.oidc.provider import ISSUER, SECRET, Provider, basic


def test_access_token_is_described_to_any_confidential_client(signed_in: Provider) -> None:
    """RFC 7662 section 2.2: resource servers are clients too."""
    signed_in.add_client("api", redirect_uris=[])
    token = signed_in.get_tokens(scope="openid reports")["access_token"]
    answer = signed_in.introspect(token, auth=("api", SECRET))
    assert answer.pop("jti")
    now = int(signed_in.clock.now().timestamp())
    assert answer == {
        "active": True, "token_type": "Bearer", "iss": ISSUER, "aud": ISSUER, "sub": signed_in.user_id, "username": "alice",
        "client_id": "app", "scope": "openid reports", "iat": now, "exp": now + 300, "sid": signed_in.session_id,
        "acr": "1", "amr": ["pwd"], "auth_time": now,
    }  # fmt: skip


def test_refresh_token_is_described_to_its_client_alone(signed_in: Provider) -> None:
    """And only while it is the last one."""
    signed_in.add_client("api", redirect_uris=[])
    token = signed_in.get_tokens()["refresh_token"]
    answer = signed_in.introspect(token)
    assert (answer["active"], answer["sub"], answer["client_id"]) == (True, signed_in.user_id, "app")
    assert signed_in.introspect(token, auth=("api", SECRET)) == {"active": False}
    signed_in.refresh(token)
    assert signed_in.introspect(token) == {"active": False}


def test_public_client_may_not_ask(signed_in: Provider) -> None:
    """RFC 7662 section 2.1: the endpoint is protected, or tokens could be guessed at."""
    token = signed_in.get_tokens()["access_token"]
    response = signed_in.http.post(signed_in.path("token/introspect"), data={"token": token, "client_id": "spa"})
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"


def test_request_without_token_is_an_error(signed_in: Provider) -> None:
    """An unknown hint is none."""
    path, header = signed_in.path("token/introspect"), basic("app", SECRET)
    assert signed_in.http.post(path, headers=header).json()["error"] == "invalid_request"
    sent = {"token": signed_in.get_tokens()["access_token"], "token_type_hint": "nonsense"}
    assert signed_in.http.post(path, data=sent, headers=header).json()["active"] is True


def test_ended_session_and_disabled_client_make_tokens_inactive(signed_in: Provider) -> None:
    """What the token stands on has to be there."""
    from sqlalchemy import update

    from idp.models import Client
    from idp.sessions.endings import Ending
    from idp.sessions.sessions import end_session

    signed_in.add_client("api", redirect_uris=[])
    tokens = signed_in.get_tokens()
    with signed_in.transaction() as session:
        session.execute(update(Client).where(Client.client_id == "app").values(enabled=False))
    signed_in.forget()
    assert signed_in.introspect(tokens["access_token"], auth=("api", SECRET)) == {"active": False}
    with signed_in.transaction() as session:
        session.execute(update(Client).values(enabled=True))
        end_session(session, signed_in.clock, signed_in.session_id, reason=Ending.LOGOUT)
    signed_in.forget()
    assert signed_in.introspect(tokens["access_token"], auth=("api", SECRET)) == {"active": False}
    assert signed_in.introspect(tokens["refresh_token"]) == {"active": False}
