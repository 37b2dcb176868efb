"""Offline access: what outlives the session, and what does not (OpenID Connect Back-Channel Logout 1.0 section 2.7)."""

from typing import Any

import pytest

from idp.models import User
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session, end_sessions_of
from tests.oidc.provider import Provider

SCOPE = "openid email offline_access"


def end(provider: Provider, reason: Ending) -> None:
    """End the session."""
    with provider.transaction() as session:
        end_session(session, provider.clock, provider.session_id, reason=reason)


def is_worth_something(provider: Provider, tokens: dict[str, Any]) -> bool:
    """Tell whether the tokens still are, and that all endpoints agree about it."""
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    opinions = {
        provider.userinfo(access).status_code == 200,
        provider.introspect(access)["active"],
        provider.introspect(refresh)["active"],
        provider.refresh(refresh).status_code == 200,
    }
    assert len(opinions) == 1
    return opinions.pop()


@pytest.mark.parametrize("reason", list(Ending))
def test_reason_of_the_end_decides(signed_in: Provider, reason: Ending) -> None:
    """Whoever leaves keeps it, at every endpoint; what is revoked for safety is worth nothing anywhere."""
    offline, online = signed_in.get_tokens(scope=SCOPE), signed_in.get_tokens(scope="openid email")
    end(signed_in, reason)
    assert is_worth_something(signed_in, offline) is reason.spares_offline_access
    signed_in.clock.advance(seconds=1)
    assert not is_worth_something(signed_in, online)


@pytest.mark.every_database
def test_what_was_left_ends_with_a_later_reset(signed_in: Provider) -> None:
    """Somebody who signs out and resets the password a week later has ended all."""
    tokens = signed_in.get_tokens(scope=SCOPE)
    end(signed_in, Ending.LOGOUT)
    signed_in.clock.advance(days=7)
    tokens = signed_in.refresh(tokens["refresh_token"]).json()
    with signed_in.transaction() as session:
        end_sessions_of(session, signed_in.clock, signed_in.user_id, reason=Ending.PASSWORD_RESET)
    assert not is_worth_something(signed_in, tokens)


def test_disabled_account_has_no_offline_access(signed_in: Provider) -> None:
    """Also when its sessions had been left before."""
    tokens = signed_in.get_tokens(scope=SCOPE)
    end(signed_in, Ending.LOGOUT)
    with signed_in.transaction() as session:
        session.get_one(User, signed_in.user_id).enabled = False
    assert not is_worth_something(signed_in, tokens)


def test_offline_access_has_lifetimes_of_its_own(signed_in: Provider) -> None:
    """It ends after 30 days without use, and after 60 days in any case (ASVS 5 10.4.8)."""
    used, unused = (signed_in.get_tokens(scope=SCOPE) for _ in range(2))
    end(signed_in, Ending.LOGOUT)
    for _ in range(2):
        signed_in.clock.advance(days=29)
        used = signed_in.refresh(used["refresh_token"]).json()
    assert signed_in.refresh(unused["refresh_token"]).json()["error"] == "invalid_grant"
    signed_in.clock.advance(days=2)
    assert signed_in.refresh(used["refresh_token"]).json()["error"] == "invalid_grant"


def test_offline_use_keeps_no_session_alive(signed_in: Provider) -> None:
    """The person is not there: the browser's session goes idle as if nothing had happened, and stays so."""
    tokens = signed_in.get_tokens(scope=SCOPE)
    for _ in range(2):
        signed_in.clock.advance(minutes=20)
        tokens = signed_in.refresh(tokens["refresh_token"]).json()
    assert "error=login_required" in signed_in.authorize(prompt="none").headers["location"]
