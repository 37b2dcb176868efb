"""Clients are told of ended sessions (OpenID Connect Back-Channel Logout 1.0).

The modules of the Foundation's plan are `test_backchannel_logout_discovery_endpoint_verification` and
`test_backchannel_rp_initiated_logout`.
"""

from collections.abc import Iterator

import pytest

from idp.models import Client, LogoutNotice
from idp.oidc.backchannel_logout import LogoutNotTold, tell_client
from idp.oidc.subjects import subject_of
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session
from tests.oidc.provider import ISSUER, SECRET, Provider
from tests.oidc.receiver import Receiver, add_receiver, fetching, list_notices, set_columns
from tests.web_server import Reply, WebServer, web_server


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The machine that clients run on."""
    with web_server() as web:
        yield web


@pytest.fixture
def receiver(signed_in: Provider, web: WebServer) -> Receiver:
    """Where `app` is told, which alice has signed in to."""
    receiver = add_receiver(signed_in, web)
    signed_in.get_tokens()
    return receiver


def end(provider: Provider) -> LogoutNotice:
    """End the session and return the one notice."""
    with provider.transaction() as session:
        end_session(session, provider.clock, provider.session_id, reason=Ending.ADMINISTRATOR)
    (notice,) = list_notices(provider)
    return notice


def tell(provider: Provider, notice: LogoutNotice) -> None:
    """Tell the client of it, which may be on this machine."""
    tell_client(fetching(provider, "localhost"), notice)


def test_backchannel_logout_discovery_endpoint_verification(provider: Provider) -> None:
    """Section 2.1: oidcc-backchannel-logout-discovery-endpoint-verification."""
    metadata = provider.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert metadata["backchannel_logout_supported"] is True
    assert metadata["backchannel_logout_session_supported"] is True
    assert metadata["end_session_endpoint"] == f"{ISSUER}/protocol/openid-connect/logout"


def test_backchannel_rp_initiated_logout(signed_in: Provider, web: WebServer) -> None:
    """oidcc-backchannel-rp-initiated-logout: the logout at one client reaches it, with `sub` and `sid` of its ID Token."""
    receiver = add_receiver(signed_in, web, backchannel_logout_session_required=True)
    tokens = signed_in.get_tokens()
    headers = {"cookie": signed_in.cookie}
    sent = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://app.example/bye", "state": "s"}
    response = signed_in.http.get(signed_in.path("logout"), params=sent, headers=headers)
    assert response.headers["location"] == "https://app.example/bye?state=s"

    (notice,) = list_notices(signed_in)
    tell(signed_in, notice)
    assert receiver.wrong == []
    ((claims),) = receiver.told
    assert (claims["sub"], claims["sid"]) == (signed_in.user_id, signed_in.session_id)
    assert [asked.path for asked in web.asked] == ["/app/backchannel?a=b"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_token_has_the_algorithm_of_id_tokens(signed_in: Provider, web: WebServer, algorithm: str) -> None:
    """Section 2.4: signed with the client's id_token_signed_response_alg."""
    receiver = add_receiver(signed_in, web, id_token_signed_response_alg=algorithm)
    signed_in.get_tokens()
    tell(signed_in, end(signed_in))
    assert [claims["alg"] for claims in receiver.told] == [algorithm]


def test_pairwise_client_reads_its_own_name_of_the_person(signed_in: Provider, web: WebServer) -> None:
    """OpenID Connect Core section 8.1: the same `sub` as in its ID Tokens."""
    receiver = add_receiver(signed_in, web, subject_type="pairwise")
    signed_in.get_tokens()
    tell(signed_in, end(signed_in))
    client = signed_in.services.clients.get((signed_in.realm_id, "app"))
    assert client is not None
    ((claims),) = receiver.told
    assert claims["sub"] == subject_of(signed_in.services, client, signed_in.user_id) != signed_in.user_id


def test_every_attempt_has_a_token_of_its_own(signed_in: Provider, receiver: Receiver) -> None:
    """A token lives for two minutes and its `jti` is used once; an attempt may come hours later."""
    notice = end(signed_in)
    tell(signed_in, notice)
    signed_in.clock.advance(hours=3)
    tell(signed_in, notice)
    assert receiver.wrong == []
    assert len({claims["jti"] for claims in receiver.told}) == 2


def test_logout_token_is_no_other_token(signed_in: Provider, web: WebServer) -> None:
    """Neither UserInfo nor the end session endpoint takes one (RFC 8725 section 3.12)."""
    add_receiver(signed_in, web)
    signed_in.get_tokens()
    tell(signed_in, end(signed_in))
    token = web.asked[0].body.decode().removeprefix("logout_token=")
    assert signed_in.userinfo(token).status_code == 401
    assert signed_in.introspect(token) == {"active": False}
    signed_in.sign_in()
    headers = {"cookie": signed_in.cookie}
    page = signed_in.http.get(signed_in.path("logout"), params={"id_token_hint": token}, headers=headers)
    assert "Do you want to sign out?" in page.text


@pytest.mark.parametrize("status", [200, 204, 202])
def test_success_is_success(signed_in: Provider, receiver: Receiver, status: int) -> None:
    """Section 2.8: 200, and 204 of frameworks that make it of an empty answer."""
    receiver.reply = Reply(status=status)
    tell(signed_in, end(signed_in))
    assert len(receiver.told) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500, 501, 503])
def test_anything_else_is_none(signed_in: Provider, receiver: Receiver, web: WebServer, status: int) -> None:
    """Section 2.8; redirects are not followed: the token would reach whoever they name."""
    web.replies["/elsewhere"] = Reply()
    receiver.reply = Reply(status=status, headers={"Location": web.url("/elsewhere")})
    with pytest.raises(LogoutNotTold, match=str(status)) as raised:
        tell(signed_in, end(signed_in))
    assert not raised.value.permanent
    assert [asked.path for asked in web.asked] == ["/app/backchannel?a=b"]


def test_client_on_a_forbidden_host_is_not_reached(signed_in: Provider, receiver: Receiver, web: WebServer) -> None:
    """Without the setting nothing is sent to this machine, or to our own network."""
    with pytest.raises(LogoutNotTold) as raised:
        tell_client(signed_in.services, end(signed_in))
    assert not raised.value.permanent
    assert web.asked == receiver.told == []


def test_client_without_the_key_it_asks_for_is_tried_again(signed_in: Provider, receiver: Receiver) -> None:
    """A realm that has no key for the client's algorithm may get one."""
    notice = end(signed_in)
    set_columns(signed_in, "app", id_token_signed_response_alg="RS999")
    with pytest.raises(LogoutNotTold, match="RS999"):
        tell(signed_in, notice)
    assert receiver.told == []


@pytest.mark.parametrize("columns", [{"enabled": False}, {"backchannel_logout_uri": ""}])
def test_client_that_withdrew_is_left_alone(
    signed_in: Provider, receiver: Receiver, web: WebServer, columns: dict[str, object]
) -> None:
    """For good: nobody waits for it."""
    notice = end(signed_in)
    set_columns(signed_in, "app", **columns)
    with pytest.raises(LogoutNotTold) as raised:
        tell(signed_in, notice)
    assert raised.value.permanent
    assert web.asked == receiver.told == []


def test_deleted_client_takes_its_notices_with_it(signed_in: Provider, receiver: Receiver) -> None:
    """And a worker that has claimed one goes on."""
    notice = end(signed_in)
    with signed_in.transaction() as session:
        session.delete(session.get_one(Client, notice.client_id))
    assert list_notices(signed_in) == []
    with pytest.raises(LogoutNotTold):
        tell(signed_in, notice)
    assert receiver.told == []


@pytest.mark.every_database
def test_client_that_revoked_its_tokens_is_told(signed_in: Provider, receiver: Receiver) -> None:
    """Its own session with the person may go on without them; so does one with offline access (section 2.7)."""
    signed_in.revoke(signed_in.get_tokens(scope="openid offline_access")["refresh_token"], auth=("app", SECRET))
    tell(signed_in, end(signed_in))
    assert len(receiver.told) == 1


def test_refused_logins_took_no_part(signed_in: Provider, web: WebServer) -> None:
    """Who never redeemed a code is told nothing about anybody."""
    add_receiver(signed_in, web)
    signed_in.get_code()
    with signed_in.transaction() as session:
        end_session(session, signed_in.clock, signed_in.session_id, reason=Ending.LOGOUT)
    assert list_notices(signed_in) == []
