"""The outbox, templates and test mails over REST, and links for lost certificates."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.errors import LinkInvalid
from idp.mail.outbox import claim_due, enqueue, mark_sent
from idp.models import ActionLink, OutgoingMail, Realm
from idp.users.action_links import Purpose, get_live_link, issue_link, use_link
from tests.admin.api.household import Household
from tests.mail.smtp import smtp_server

VIEW, MANAGE = "view-mail", "manage-mail"
SECRET = "https://idp.example/secret-link"


def queue(household: Household, recipient: str, realm: str = "demo", template: str = "login_failed") -> str:
    world = household.world
    with world.transaction() as session:
        row = session.scalars(select(Realm).where(Realm.name == realm)).one()
        mail = enqueue(
            session,
            world.services.cipher,
            world.clock,
            realm_id=row.id,
            user_id=household.alice,
            template=template,
            recipient=recipient,
            subject="Hello",
            text=SECRET,
            html=SECRET,
        )
        return mail.id


def link(household: Household, user_id: str, purpose: Purpose = Purpose.ENROLMENT) -> tuple[str, str]:
    """Return a link's id and its token."""
    world = household.world
    with world.transaction() as session:
        user = world.user(user_id)
        token = issue_link(session, world.clock, user=user, purpose=purpose, lifetime=timedelta(hours=1))
        return session.scalars(select(ActionLink.id).where(ActionLink.user_id == user_id)).all()[-1], token


def found(household: Household, query: str) -> list[str]:
    response = household.call(VIEW, "GET", f"/mail/outbox?{query}")
    assert response.status_code == 200, response.text
    assert SECRET not in response.text
    return [one["id"] for one in response.json()]


def test_outbox_is_searched_without_what_was_written(household: Household) -> None:
    mine, theirs = queue(household, "search@example.org"), queue(household, "search@example.org", "other")
    for query in ("recipient=SEARCH@", "status=queued", "template=login_failed", f"userId={household.alice}"):
        assert mine in found(household, query), query
        assert theirs not in found(household, query), query
    for query in ("recipient=%25", "status=sent", "template=x", "userId=x", "dateTo=2020-01-01"):
        assert mine not in found(household, query), query
    told = household.call(VIEW, "GET", f"/mail/outbox/{mine}").json()
    assert (told["status"], told["attempts"], "nextAttemptDate" in told) == ("queued", 0, True)
    assert not {"message", "messageEncrypted", "subject", "text"} & set(told)


def test_pages_of_the_outbox_follow_one_another(household: Household) -> None:
    made = {queue(household, f"page{number}@example.net") for number in range(3)}
    seen: list[str] = []
    while page := found(household, "recipient=example.net&max=2" + (f"&after={seen[-1]}" if seen else "")):
        seen += page
    assert (len(seen), set(seen)) == (3, made)
    assert household.call(VIEW, "GET", "/mail/outbox?after=x").status_code == 400


def test_waiting_mail_is_retried_and_dropped(household: Household) -> None:
    mail_id = queue(household, "late@example.org")
    with household.world.transaction() as session:
        session.get_one(OutgoingMail, mail_id).next_attempt_at = household.world.clock.now() + timedelta(hours=1)
    path = f"/mail/outbox/{mail_id}"
    assert household.call(MANAGE, "POST", f"{path}/retry").status_code == 204
    with household.world.transaction() as session:
        assert session.get_one(OutgoingMail, mail_id).next_attempt_at == household.world.clock.now()
    assert household.call(MANAGE, "DELETE", path).status_code == 204
    assert household.call(MANAGE, "DELETE", path).status_code == 409
    assert household.call(MANAGE, "POST", f"{path}/retry").status_code == 409
    with household.world.transaction() as session:
        row = session.get_one(OutgoingMail, mail_id)
        assert (row.status, row.message_encrypted, row.last_error) == ("failed", None, "dropped by an administrator")
    assert household.world.events("admin:mail:drop")[-1].details["after"]["recipient"] == "late@example.org"


def test_mail_under_way_is_not_dropped(household: Household) -> None:
    mail_id = queue(household, "now@example.org")
    with household.world.transaction() as session:
        while session.get_one(OutgoingMail, mail_id, populate_existing=True).status == "queued":
            assert claim_due(session, household.world.clock, 10)
    assert household.call(MANAGE, "DELETE", f"/mail/outbox/{mail_id}").status_code == 409
    with household.world.transaction() as session:
        mark_sent(session, household.world.clock, session.get_one(OutgoingMail, mail_id))
    assert "sentDate" in household.call(VIEW, "GET", f"/mail/outbox/{mail_id}").json()


def test_mail_of_another_realm_is_not_there(household: Household) -> None:
    theirs = queue(household, "them@example.org", "other")
    assert household.call(VIEW, "GET", f"/mail/outbox/{theirs}").status_code == 404
    assert household.call(MANAGE, "DELETE", f"/mail/outbox/{theirs}").status_code == 404
    assert household.call(MANAGE, "POST", f"/mail/outbox/{theirs}/retry").status_code == 404
    assert household.call(VIEW, "GET", f"/mail/outbox?after={theirs}").status_code == 400


def test_every_mail_has_a_preview(household: Household) -> None:
    names = [one["name"] for one in household.call(VIEW, "GET", "/mail/templates").json()]
    assert {"login_failed", "invitation", "test_message"} <= set(names)
    for name in names:
        told = household.call(VIEW, "GET", f"/mail/templates/{name}/preview")
        assert told.status_code == 200, (name, told.text)
        assert all(told.json()[part].strip() for part in ("subject", "text", "html")), name
    for wrong in ("nothing", "..%2Flogin", "base", "x" * 10_000):
        assert household.call(VIEW, "GET", f"/mail/templates/{wrong}/preview").status_code == 404


def test_test_mail_goes_to_the_caller_alone(household: Household) -> None:
    assert household.call(MANAGE, "POST", "/mail/test").status_code == 400  # a client's account has no address
    household.world.add_person("demo", "postmaster", MANAGE)
    token = household.world.sign_in("demo", "postmaster")
    sent = household.world.call("POST", "/realms/demo/mail/test", token, json={"recipient": "victim@example.org"})
    assert sent.status_code == 204
    with household.world.transaction() as session:
        (mail,) = session.scalars(select(OutgoingMail).where(OutgoingMail.template == "test_message"))
        assert mail.recipient == "postmaster@example.org"


def test_smtp_connection_is_tried_with_the_servers_own_settings(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    household.world.add_person("demo", "operator", "manage-realm")
    token = household.world.sign_in("demo", "operator")
    path, settings = "/realms/demo/testSMTPConnection", household.world.services.settings
    with smtp_server() as (server, port):
        monkeypatch.setitem(settings.__dict__, "smtp_url", f"smtp://127.0.0.1:{port}")
        theirs: dict[str, Any] = {"host": "198.51.100.1", "port": "25", "from": "x@example.org"}
        assert household.world.call("POST", path, token, json=theirs).status_code == 204
        ((recipients, message),) = server.received
        assert recipients == ["operator@example.org"]
        assert message["Subject"].startswith("A test mail")
    response = household.world.call("POST", path, token)
    assert response.status_code == 400
    assert "127.0.0.1" not in response.text


def test_links_for_lost_certificates_are_told_without_their_tokens(household: Household) -> None:
    waiting, token = link(household, household.alice)
    foreign, _ = link(household, household.stranger)
    told = household.call("view-users", "GET", "/recovery-requests")
    assert token not in told.text
    states = {one["id"]: one["state"] for one in told.json()}
    assert states[waiting] == "pending"
    assert foreign not in states
    assert household.call("manage-users", "DELETE", f"/recovery-requests/{foreign}").status_code == 404


def test_revoked_link_is_void_and_a_used_one_stays(household: Household) -> None:
    world = household.world
    gina = world.add_person("demo", "gina")
    gone, token = link(household, gina, Purpose.DISABLE_TWO_FACTOR)
    assert household.call("manage-users", "DELETE", f"/recovery-requests/{gone}").status_code == 204
    assert household.call("manage-users", "DELETE", f"/recovery-requests/{gone}").status_code == 404
    sought = {"realm_id": world.realm_id("demo"), "purpose": Purpose.DISABLE_TWO_FACTOR}
    with world.transaction() as session, pytest.raises(LinkInvalid):
        get_live_link(session, world.clock, token=token, **sought)
    used, token = link(household, gina, Purpose.DISABLE_TWO_FACTOR)
    with world.transaction() as session:
        use_link(session, world.clock, get_live_link(session, world.clock, token=token, **sought))
    assert household.call("manage-users", "DELETE", f"/recovery-requests/{used}").status_code == 404
    (told,) = household.call("view-users", "GET", f"/recovery-requests?userId={gina}").json()
    assert (told["id"], told["state"], told["purpose"]) == (used, "used", "disable_two_factor")
    assert world.events("admin:recovery-request:revoke")[-1].user_id == gina


def test_link_for_a_password_is_none_of_these(household: Household) -> None:
    harry = household.world.add_person("demo", "harry")
    reset, _ = link(household, harry, Purpose.RESET_PASSWORD)
    assert household.call("view-users", "GET", f"/recovery-requests?userId={harry}").json() == []
    assert household.call("manage-users", "DELETE", f"/recovery-requests/{reset}").status_code == 404
