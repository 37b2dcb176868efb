"""Signing in as somebody else: for whom it is open, what applications are told, and every way in which more is tried with it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import delete

from idp.account.impersonated import _READABLE
from idp.account.routes import build_routes
from idp.models import ROLE_OF_USER, Certificate, Client, Consent, User, UserSession
from idp.sessions.endings import Ending
from idp.sessions.sessions import Authentication, digest_token, renew_session
from tests.admin.console.people import Desk, token_of
from tests.provider import CALLBACK, PUBLIC, Browser, Page, enrol, open_dashboard

REASON = "Ticket 4711 <b>sees no invoices</b>"
TOKEN = "/realms/demo/protocol/openid-connect/token"
COOKIE = "idp-session-demo"


@pytest.fixture(autouse=True)
def allowed(desk: Desk) -> Iterator[None]:
    """The realm allows it; what a test has changed is put back."""
    desk.change_realm(impersonation=True)
    yield
    desk.change_realm(impersonation=True, certificate_policy="optional")
    with desk.provider.services.database.transaction() as session:
        session.execute(delete(UserSession).where(UserSession.begun_in.is_not(None)))


def begin(desk: Desk, browser: Browser, username: str = "alice", *, home: str = "master") -> Page:
    """Sign in as that person with the form of their page."""
    user_id = desk.provider.user(username).id
    browser.get(desk.address(f"users/{user_id}/impersonate", home=home))
    return browser.press("Sign in as this person", reason=REASON)


def live(desk: Desk, username: str = "alice") -> list[UserSession]:
    """Return the person's sessions that somebody else began and that have not ended."""
    with desk.provider.services.database.transaction() as session:
        wanted = UserSession.user_id == desk.provider.user(username).id, UserSession.ended_at.is_(None)
        rows = session.query(UserSession).filter(*wanted, UserSession.begun_in.is_not(None)).all()
        session.expunge_all()
        return rows


def set_client(desk: Desk, client_id: str = "app", **columns: object) -> None:
    """Change an application behind everybody's back."""
    with desk.provider.services.database.transaction() as session:
        client = session.query(Client).filter_by(client_id=client_id, realm_id=desk.realm().id).one()
        for name, value in columns.items():
            setattr(client, name, value)
    desk.provider.services.clients.clear()


def redeem(desk: Desk, browser: Browser, **parameters: str) -> dict[str, object]:
    """Open the application and return its token response."""
    page = browser.get(desk.provider.authorization_url(**parameters))
    assert page.url.startswith(CALLBACK), page.title
    return desk.provider.redeem(page.query["code"])


def post(desk: Desk, path: str, **form: str) -> dict[str, object]:
    """Send a form of the application app."""
    client = desk.provider.http(desk.provider.app, PUBLIC)
    return dict(client.post(path, data={"client_id": "app", "client_secret": "app-secret", **form}).json())


def test_it_is_off_until_the_realm_switches_it_on(desk: Desk) -> None:
    desk.change_realm(impersonation=False)
    root, alice = desk.sign_in(), desk.provider.user().id
    assert "Sign in as…" not in root.get(desk.address(f"users/{alice}")).text
    page = root.get(desk.address(f"users/{alice}/impersonate"))
    assert "The realm does not allow it" in page.text
    fields = {"csrf_token": token_of(root.get(desk.address("settings/general"))), "reason": "x"}

    assert root.post(desk.address(f"users/{alice}/impersonate"), fields).status == 409
    assert live(desk) == []
    assert COOKIE not in root.client.cookies


def test_only_whom_it_is_open_to(desk: Desk) -> None:
    """Neither without the role, nor beyond one's own permissions, nor as oneself, a disabled account or an application's."""
    desk.hire("mia", home="demo", roles=["manage-users"])
    desk.hire("ida", home="demo", roles=["impersonation", "view-users"])
    desk.hire("chief", home="demo", roles=["realm-admin"])
    desk.hire("gone", home="demo")
    with desk.provider.services.database.transaction() as session:
        session.query(User).filter_by(username="gone").one().enabled = False
    mia, ida = desk.sign_in("mia", home="demo"), desk.sign_in("ida", home="demo")
    for browser, username, status in (
        (mia, "alice", 403),
        (ida, "chief", 403),
        (ida, "ida", 409),
        (ida, "gone", 409),
    ):
        path = f"users/{desk.provider.user(username).id}/impersonate"
        token = token_of(browser.get(desk.address("", home="demo")))
        answer = browser.post(desk.address(path, home="demo"), {"csrf_token": token, "reason": "x"})
        assert answer.status == status, username
        assert live(desk, username) == []
    token = token_of(ida.get(desk.address("", home="demo")))
    for reason in ("", " ", "x" * 256, "two\nlines"):
        path = f"users/{desk.provider.user().id}/impersonate"
        assert ida.post(desk.address(path, home="demo"), {"csrf_token": token, "reason": reason}).status == 422
    assert ida.post(desk.address(path, home="demo"), {"csrf_token": "x", "reason": "x"}).status == 403
    assert live(desk) == []


def test_tokens_say_who_is_really_there(desk: Desk) -> None:
    set_client(desk, scope="openid profile offline_access", grant_types=["authorization_code", "refresh_token"])
    root = desk.sign_in()
    begin(desk, root)
    tokens = redeem(desk, root, scope="openid profile offline_access")
    claims = tokens["claims"]
    admin = {"iss": f"{PUBLIC}/realms/master", "sub": desk.provider.user("root").id}

    assert (claims["act"], claims["acr"], claims["amr"]) == (admin, "0", [])
    assert claims["sub"] == desk.provider.user().id
    assert tokens["scope"] == "openid profile"
    told = post(desk, f"{TOKEN}/introspect", token=tokens["access_token"])
    assert (told["active"], told["act"], told["username"]) == (True, admin, "alice")
    again = post(desk, TOKEN, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert post(desk, f"{TOKEN}/introspect", token=again["access_token"])["act"] == admin
    assert "act" not in redeem(desk, signed_in(desk))["claims"]


def signed_in(desk: Desk) -> Browser:
    """Return a browser of alice's own."""
    browser = desk.provider.browser()
    open_dashboard(browser)
    return browser


def test_it_ends_after_half_an_hour_whatever_is_done(desk: Desk) -> None:
    """No use and no refresh prolongs it, and no token outlives it."""
    root = desk.sign_in()
    begin(desk, root)
    end = live(desk)[0].expires_at
    assert end == desk.provider.clock.now() + timedelta(minutes=30)
    tokens = redeem(desk, root)
    for _ in range(3):
        desk.provider.clock.advance(timedelta(minutes=9))
        tokens = post(desk, TOKEN, grant_type="refresh_token", refresh_token=str(tokens["refresh_token"]))
    told = post(desk, f"{TOKEN}/introspect", token=str(tokens["access_token"]))
    assert (told["exp"], tokens["expires_in"]) == (int(end.timestamp()), 180)
    assert "on behalf of" in root.get("/realms/demo/account/").text
    desk.provider.clock.advance(timedelta(minutes=4))

    refused = post(desk, TOKEN, grant_type="refresh_token", refresh_token=str(tokens["refresh_token"]))
    assert refused["error"] == "invalid_grant"
    assert root.get(desk.provider.authorization_url()).title.startswith("Sign in to")
    assert post(desk, f"{TOKEN}/introspect", token=str(tokens["access_token"])) == {"active": False}


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": "strict"},
        {"acr_values": "2"},
        {"claims": json.dumps({"id_token": {"acr": {"essential": True, "value": "1"}}})},
        {"claims": json.dumps({"id_token": {"acr": {"essential": True, "value": "2"}}})},
        {"max_age": "3600"},
        {"prompt": "login"},
        {"prompt": "consent"},
        {"client_id": "asking"},
        {"client_id": "tool"},
    ],
)
def test_nothing_is_proven_allowed_or_administered_in_somebodys_name(desk: Desk, parameters: dict[str, str]) -> None:
    """It is as if nobody were signed in: the person is asked for, and a silent request hears so."""
    client_id, set_up = parameters.get("client_id", "app"), {"asking": "consent_required", "tool": "admin_api"}
    if client_id in set_up:
        set_client(desk, "second", **{set_up[client_id]: True})
        parameters = {"client_id": "second"}
    root = desk.sign_in()
    begin(desk, root)
    page = root.get(desk.provider.authorization_url(**parameters))
    assert page.title.startswith("Sign in to")
    assert "csrf_token" in page.html
    if "prompt" not in parameters:
        silent = root.get(desk.provider.authorization_url(**parameters, prompt="none"))
        assert silent.query["error"] == "login_required"
    with desk.provider.services.database.transaction() as session:
        assert session.query(Consent).count() == 0
    set_client(desk, "second", consent_required=False, admin_api=False)

    assert len(live(desk)) == 1


def test_realm_that_demands_certificates_opens_the_dashboard_alone(desk: Desk) -> None:
    desk.change_realm(certificate_policy="required")
    root = desk.sign_in()
    page = begin(desk, root)

    assert "on behalf of" in page.text
    assert root.get(desk.provider.authorization_url()).title.startswith("Sign in to")


def test_second_factor_of_the_person_is_neither_shown_nor_claimed(desk: Desk) -> None:
    """Somebody who has switched it on can be helped as well; what demands it stays shut."""
    with desk.provider.services.database.transaction() as session:
        session.query(User).filter_by(username="bob").one().two_factor_enabled_at = desk.provider.clock.now()
    root = desk.sign_in()
    begin(desk, root, "bob")
    claims = redeem(desk, root)["claims"]

    assert (claims["acr"], claims["amr"]) == ("0", [])
    assert root.get(desk.provider.authorization_url("strict")).title.startswith("Sign in to")


def test_no_device_is_connected(desk: Desk) -> None:
    set_client(desk, "second", grant_types=["urn:ietf:params:oauth:grant-type:device_code"])
    root = desk.sign_in()
    begin(desk, root)
    client = desk.provider.http(desk.provider.app, PUBLIC)
    form = {"client_id": "second", "client_secret": "app-secret", "scope": "openid"}
    device = client.post("/realms/demo/protocol/openid-connect/auth/device", data=form).json()
    root.get(f"/realms/demo/device?{urlencode({'user_code': device['user_code']})}")
    page = root.press("Continue")
    set_client(desk, "second", grant_types=["authorization_code"])

    assert page.title.startswith("Sign in to")


def test_console_is_not_reached(desk: Desk) -> None:
    """Not even as an administrator of the realm whom one's own permissions cover."""
    desk.hire("admina", home="demo", roles=["realm-admin"])
    root = desk.sign_in()
    begin(desk, root, "admina")
    assert root.get("/admin/demo/console/").title.startswith("Sign in to")
    dashboard = root.client.cookies["idp-account-demo"]
    root.client.cookies.set("idp-console-demo", dashboard)
    assert root.get("/admin/demo/console/").title.startswith("Sign in to")
    planted = json.dumps({"session_id": live(desk, "admina")[0].id})
    desk.provider.services.ephemeral.put("console-session", digest_token(dashboard), planted, timedelta(hours=1))

    assert root.get("/admin/demo/console/").title.startswith("Sign in to")
    assert root.get(desk.address("")).status == 200


def test_rest_api_is_not_reached(desk: Desk) -> None:
    """Also by a token of an application that may administer from now on."""
    desk.hire("adele", home="demo", roles=["realm-admin"])
    root = desk.sign_in()
    begin(desk, root, "adele")
    bearer = {"authorization": f"Bearer {redeem(desk, root)['access_token']}"}
    set_client(desk, admin_api=True)
    client = desk.provider.http(desk.provider.app, PUBLIC)
    refused = client.get("/admin/realms/demo/users", headers=bearer)
    set_client(desk, admin_api=False)

    assert refused.status_code == 403


def test_dashboard_is_looked_at_and_nothing_on_it_changed(desk: Desk) -> None:
    """Each page that may be looked at has the banner; every other route is closed, whatever method or token it comes with."""
    enrol(signed_in(desk))
    root = desk.sign_in()
    page = begin(desk, root)
    with desk.provider.services.database.transaction() as session:
        certificate = session.query(Certificate.id).filter_by(user_id=desk.provider.user().id).scalar()
    token = token_of(page)
    before = desk.provider.user()
    assert page.url.endswith("/realms/demo/account/")
    for route in build_routes():
        path = route.path.partition("/account/")[2]
        if path in {"callback", "sign-out"}:
            continue
        address = f"/realms/demo/account/{path}".format(certificate=certificate, kind="pem", client="app")
        for method in sorted((route.methods or set()) - {"HEAD"}):
            fields = {"csrf_token": token, "email": "evil@example.org", "new_password": "evil-password-1"}
            page = root.get(address) if method == "GET" else root.post(address, fields)
            assert "on behalf of" in page.text, address
            assert page.status == (200 if method == "GET" and path in _READABLE else 403), (method, address)
    after = desk.provider.user()
    unchanged = ("email", "password_hash", "two_factor_enabled_at", "given_name", "updated_at")

    assert [getattr(after, name) for name in unchanged] == [getattr(before, name) for name in unchanged]


def test_pages_that_want_a_recent_sign_in_stay_shut(desk: Desk) -> None:
    """A quarter of an hour later they say so still, and the dashboard does not take the session for a fresh sign-in."""
    root = desk.sign_in()
    begin(desk, root)
    desk.provider.clock.advance(timedelta(minutes=16))
    assert root.get("/realms/demo/account/two-factor/enrol").status == 403
    parameters = {"redirect_uri": f"{PUBLIC}/realms/demo/account/callback", "scope": "openid", "max_age": "9000"}

    page = root.get(desk.provider.authorization_url("account-console", **parameters))
    assert page.title.startswith("Sign in to")


def test_end_gives_nothing_back_and_the_person_reads_who_it_was(desk: Desk) -> None:
    root = desk.sign_in()
    begin(desk, root)
    sessions = root.get(desk.address("sessions?person=alice")).text
    assert "by root" in sessions
    session_id = live(desk)[0].id
    root.get("/realms/demo/account/activity")
    page = root.press("End")
    assert page.title == "You are signed out"
    assert live(desk) == []
    assert root.get("/realms/demo/account/").title.startswith("Sign in to")
    assert root.get(desk.address("")).status == 200
    begun, ended = desk.events("user:impersonation:begin")[-1], desk.events("user:impersonation:end")[-1]
    for event in (begun, ended):
        assert (event.user_id, event.session_id) == (desk.provider.user().id, session_id)
        assert (event.details["by"]["username"], event.details["reason"]) == ("root", REASON)
    activity = signed_in(desk).get("/realms/demo/account/activity")

    assert "An administrator signed in as you: root" in activity.text
    assert "Ticket 4711 &lt;b&gt;" in activity.html
    assert "on behalf of" not in activity.text


def test_signing_in_as_the_person_is_another_session(desk: Desk) -> None:
    """Whoever knows the password does not make the marked session one of the person's own."""
    root = desk.sign_in()
    begin(desk, root)
    marked = live(desk)[0].id
    root.get(desk.provider.authorization_url(prompt="login"))
    page = root.press("Sign in", username="alice", password="alice-test-password")
    claims = desk.provider.redeem(page.query["code"])["claims"]

    assert claims["sid"] != marked
    assert (claims["amr"], "act" in claims) == (["pwd"], False)
    assert live(desk) == []
    assert desk.events("user:impersonation:end")[-1].session_id == marked


def test_marked_session_is_never_renewed(desk: Desk) -> None:
    begin(desk, desk.sign_in())
    row, clock = live(desk)[0], desk.provider.clock
    proven = Authentication(auth_time=clock.now(), acr="1", amr=("pwd",))

    with pytest.raises(ValueError, match="not renewed"):
        renew_session(clock, row, authentication=proven, lifetime=timedelta(hours=1))


def test_it_ends_with_what_it_was_begun_by(desk: Desk) -> None:
    """The administrator signs out, loses the account or the role, or the realm changes its mind."""
    desk.hire("ines", home="master", over="demo", roles=["impersonation", "view-users"])
    browser = desk.sign_in("ines")
    begin(desk, browser)
    copy = browser.client.cookies[COOKIE]
    browser.get("/admin/master/console/demo/")
    browser.press("Sign out")
    assert live(desk) == []
    browser.client.cookies.set(COOKIE, copy)
    assert browser.get(desk.provider.authorization_url()).title.startswith("Sign in to")

    browser = desk.sign_in("ines")
    begin(desk, browser)
    refresh = str(redeem(desk, browser)["refresh_token"])
    desk.change_realm(impersonation=False)
    assert browser.get("/realms/demo/account/").title.startswith("Sign in to")
    assert browser.get(desk.provider.authorization_url()).title.startswith("Sign in to")
    desk.change_realm(impersonation=True)
    assert "on behalf of" in browser.get("/realms/demo/account/").text
    root, ines = desk.sign_in(), desk.provider.user("ines").id
    root.get(desk.address(f"users/{ines}/details", managed="master"))
    root.press("Save Changes", enabled=None)
    assert live(desk) == []
    assert post(desk, TOKEN, grant_type="refresh_token", refresh_token=refresh)["error"] == "invalid_grant"
    with desk.provider.services.database.transaction() as session:
        reasons = session.query(UserSession.ended_reason).filter(UserSession.begun_in.is_not(None)).all()
    assert (str(Ending.IMPERSONATOR_LEFT),) in reasons


def test_role_that_is_taken_away_is_gone_at_once(desk: Desk) -> None:
    desk.hire("ilse", home="master", over="demo", roles=["impersonation", "view-users"])
    browser = desk.sign_in("ilse")
    begin(desk, browser)
    with desk.provider.services.database.transaction() as session:
        session.execute(delete(ROLE_OF_USER).where(ROLE_OF_USER.c.user_id == desk.provider.user("ilse").id))

    assert browser.get("/realms/demo/account/").title.startswith("Sign in to")
    assert browser.get(desk.provider.authorization_url()).title.startswith("Sign in to")


def test_in_the_same_realm_the_console_stays_open(desk: Desk) -> None:
    """The dashboard shows the person and not oneself; a second one takes the place of the first; at the end nobody is signed in."""
    desk.hire("rhea", home="demo", roles=["realm-admin"])
    browser = desk.sign_in("rhea", home="demo")
    assert "rhea" in browser.get("/realms/demo/account/").text
    page = begin(desk, browser, home="demo")
    assert "You are signed in as Alice , on behalf of rhea" in page.text
    assert browser.get(desk.address("users", home="demo")).status == 200
    begin(desk, browser, "bob", home="demo")
    assert (live(desk), len(live(desk, "bob"))) == ([], 1)
    browser.get("/realms/demo/account/")
    browser.press("End")

    assert browser.get("/realms/demo/account/").title.startswith("Sign in to")
    assert browser.get(desk.address("users", home="demo")).status == 200


def test_application_ends_it_as_any_session(desk: Desk) -> None:
    root = desk.sign_in()
    begin(desk, root)
    hint = str(redeem(desk, root)["id_token"])
    root.get(f"/realms/demo/protocol/openid-connect/logout?{urlencode({'id_token_hint': hint})}")

    assert live(desk) == []
    assert desk.events("user:impersonation:end")[-1].details["by"]["username"] == "root"


def test_it_takes_a_recent_sign_in(desk: Desk) -> None:
    root, alice = desk.sign_in(), desk.provider.user().id
    root.get(desk.address(f"users/{alice}/impersonate"))
    desk.provider.clock.advance(timedelta(minutes=16))

    assert root.press("Sign in as this person", reason=REASON).title.startswith("Sign in to")
    assert live(desk) == []
