"""Signing in as somebody else over REST, as with Keycloak: the answer, the cookie, and whom it is open to."""

from datetime import timedelta
from typing import Any

import pytest

from idp.models import User, UserSession
from idp.realms.realms import get_realm
from tests.admin.api.household import Household
from tests.admin.api.world import URL


@pytest.fixture(scope="module", autouse=True)
def allowed(household: Household) -> None:
    """Demo allows it."""
    with household.world.transaction() as session:
        get_realm(session, "demo").impersonation = True
    household.world.forget()
    household.world.add_person("demo", "ida", "impersonation")


def ask(household: Household, user_id: str, token: str, query: str = "reason=Ticket+4711", realm: str = "demo") -> Any:
    return household.world.call("POST", f"/realms/{realm}/users/{user_id}/impersonation?{query}", token)


def count(household: Household) -> int:
    with household.world.transaction() as session:
        return session.query(UserSession).filter(UserSession.begun_in.is_not(None)).count()


def test_answer_is_that_of_keycloak_with_the_cookie_of_the_session(household: Household) -> None:
    world = household.world
    world.add_person("master", "mina", "demo:impersonation", "demo:view-users")
    for realm, username, same in (("demo", "ida", True), ("master", "mina", False)):
        response = ask(household, household.alice, world.sign_in(realm, username))
        assert response.json() == {"sameRealm": same, "redirect": f"{URL}/realms/demo/account/"}
        cookies = response.headers.get_list("set-cookie")
        (cookie,) = [text for text in cookies if "idp-session-demo=" in text]
        assert "HttpOnly; SameSite=Lax" in cookie
        assert response.headers["cache-control"] == "no-store"
        event = world.events("user:impersonation:begin")[-1]
        assert event.user_id == household.alice
        assert (event.details["by"]["username"], event.details["reason"]) == (username, "Ticket 4711")
    listed = household.call("view-users", "GET", f"/users/{household.alice}/sessions").json()
    assert [one.get("impersonatedBy") for one in listed] == ["mina"]  # in the place of the first, whose cookie it was
    told = household.call("view-events", "GET", f"/events?type=IMPERSONATE&user={household.alice}").json()

    assert told[0]["type"] == "IMPERSONATE"


def test_it_is_refused_to_everybody_else(household: Household) -> None:
    """Applications in their own name, the wrong role, somebody stronger, oneself, and what is not there."""
    world, before = household.world, count(household)
    ida = world.sign_in("demo", "ida")
    chief = world.add_person("demo", "chief", "realm-admin")
    off = world.add_person("demo", "off", enabled=False)
    world.add_person("demo", "manny", "manage-users", "view-events")
    robot = household.token("impersonation")
    with world.transaction() as session:
        name = "service-account-robot-impersonation"
        account = session.query(User.id).filter_by(username=name).scalar()
    own = world.call("GET", "/realms/demo/users?username=ida&exact=true", household.token("view-users")).json()[0]["id"]
    for user_id, token, status in (
        (household.alice, robot, 403),
        (household.alice, world.sign_in("demo", "manny"), 403),
        (chief, ida, 403),
        (off, ida, 403),
        (own, ida, 403),
        (household.stranger, ida, 404),
        (account, ida, 403),
    ):
        response = ask(household, user_id, token)
        assert response.status_code == status, user_id
        assert "set-cookie" not in response.headers
    for query in ("", "reason=", f"reason={'x' * 256}", "reason=%0A", "reason=+"):
        assert ask(household, household.alice, ida, query).status_code == 400, query
    assert ask(household, household.stranger, ida, realm="other").status_code == 403
    assert count(household) == before


def test_it_takes_a_recent_sign_in_and_the_realms_consent(household: Household) -> None:
    world, before = household.world, count(household)
    form = {"grant_type": "password", "username": "ida", "password": "correct horse battery", "scope": "openid"}
    tokens = world.token("demo", **form).json()
    with world.transaction() as session:
        get_realm(session, "demo").impersonation = False
    world.forget()
    assert ask(household, household.alice, tokens["access_token"]).status_code == 403
    with world.transaction() as session:
        get_realm(session, "demo").impersonation = True
    world.forget()
    world.clock.advance(timedelta(minutes=16))
    fresh = world.token("demo", grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()

    assert ask(household, household.alice, fresh["access_token"]).status_code == 403
    assert count(household) == before
