"""Sessions of the realm: who is signed in, and how that ends."""

from tests.admin.console.people import Desk, token_of
from tests.provider import open_dashboard


def test_session_is_listed_and_ended(desk: Desk) -> None:
    """Its owner is asked to sign in again with the very next request."""
    alice, root = desk.provider.browser(), desk.sign_in()
    open_dashboard(alice)
    page = root.get(desk.address("sessions?person=alice"))
    assert page.html.count('name="session"') == 1
    session_id = page.html.partition('name="session" value="')[2].partition('"')[0]
    page = root.post(desk.address("sessions"), {"csrf_token": token_of(page), "session": session_id})

    assert "Ended." in page.text
    assert alice.get("/realms/demo/account/").title.startswith("Sign in")
    event = desk.events("admin:session:end")[-1]
    assert event.user_id == desk.provider.user("alice").id
    assert event.details["ended"] == session_id


def test_session_of_another_realm_is_out_of_reach(desk: Desk) -> None:
    desk.hire("hugo", home="demo", roles=["realm-admin"])
    root, hugo = desk.sign_in(), desk.sign_in("hugo", home="demo")
    page = root.get(desk.address("sessions?person=root", managed="master"))
    session_id = page.html.partition('name="session" value="')[2].partition('"')[0]
    token = token_of(hugo.get(desk.address("sessions", home="demo")))

    for chosen in (session_id, "x", ""):
        answer = hugo.post(desk.address("sessions", home="demo"), {"csrf_token": token, "session": chosen})
        assert "Nothing was done" in answer.text
    assert root.get(desk.address("")).status == 200


def test_all_end_but_ones_own(desk: Desk) -> None:
    desk.hire("ines", home="demo", roles=["realm-admin"])
    alice, ines = desk.provider.browser(), desk.sign_in("ines", home="demo")
    open_dashboard(alice)
    ines.get(desk.address("sessions/end-all", home="demo"))
    assert ines.press("End all sessions", confirmation="demo ").status == 422
    assert alice.get("/realms/demo/account/").status == 200
    page = ines.press("End all sessions", confirmation="demo")

    assert "Ended." in page.text
    assert "this one" in page.text
    assert alice.get("/realms/demo/account/").title.startswith("Sign in")


def test_nobody_of_that_name(desk: Desk) -> None:
    page = desk.sign_in().get(desk.address("sessions?person=nobody&before=x"))

    assert "No live session" in page.text
