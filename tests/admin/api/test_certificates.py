"""People's certificates over REST: search, pages, issue, revoke, remind; and the second factor."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from idp.models import Certificate, OutgoingMail, RecoveryCode, User, UserSession
from idp.sessions.sessions import Authentication, create_session
from idp.users.recovery_codes import create_recovery_codes
from tests.admin.api.household import Household
from tests.certification_requests import request_pem

ALL = "/certificates"
VIEW, MANAGE = "view-certificates", "manage-certificates"


@pytest.fixture(scope="module")
def laptop(household: Household) -> Certificate:
    return household.issue("demo", household.alice, "Laptop")


@pytest.fixture(scope="module")
def foreign(household: Household) -> Certificate:
    """A certificate of the other realm."""
    return household.issue("other", household.stranger, "Laptop")


def mails(household: Household, template: str) -> int:
    with household.world.transaction() as session:
        return session.query(OutgoingMail).filter_by(template=template).count()


def sign_in_with(household: Household, certificate: Certificate) -> str:
    """Begin a session that rests on the certificate, and return its id."""
    world = household.world
    proven = Authentication(auth_time=world.clock.now(), acr="2", amr=("pwd", "x509"), certificate_id=certificate.id)
    with world.services.database.begin() as transaction:
        row, _ = create_session(
            transaction,
            world.clock,
            user=world.user(certificate.user_id),
            authentication=proven,
            lifetime=timedelta(hours=1),
            address="",
            user_agent="",
        )
        return row.id


def found(household: Household, query: str) -> list[str]:
    response = household.call(VIEW, "GET", f"{ALL}?{query}")
    assert response.status_code == 200, response.text
    return [one["id"] for one in response.json()]


def test_search_finds_by_every_part(household: Household, laptop: Certificate, foreign: Certificate) -> None:
    serial = int(laptop.serial_number, 16)
    colons = ":".join(laptop.fingerprint[i : i + 2] for i in range(0, 20, 2)).upper()
    for query in (
        "user=Alice", "user=ALICE@example.org", f"userId={household.alice}", f"serialNumber={serial:x}",
        f"serialNumber=00{laptop.serial_number}", f"fingerprint={colons}", "subject=cn%3Dalice", "device=lap",
        "status=active", "expiresAfter=2020-01-01", "user=alice&device=lap&soonestFirst=true",
    ):  # fmt: skip
        assert laptop.id in found(household, query), query
        assert foreign.id not in found(household, query), query
    for query in (
        "user=bob", "userId=nobody", "serialNumber=zz", "fingerprint=zz", "subject=%25", "device=_",
        "status=revoked", "expiresBefore=2020-01-01", f"trustAnchorId={household.alice}",
    ):  # fmt: skip
        assert laptop.id not in found(household, query), query


def test_pages_follow_one_another_and_end(household: Household) -> None:
    carl = household.world.add_person("demo", "carl")
    made = {household.issue("demo", carl, f"Device {number}").id for number in range(5)}
    for direction in ("", "&soonestFirst=true"):
        seen: list[str] = []
        while page := found(household, f"user=carl&max=2{direction}" + (f"&after={seen[-1]}" if seen else "")):
            seen += page
        assert (len(seen), set(seen)) == (5, made)  # none twice, though all end in the same second


def test_one_is_told_with_its_certificate_and_no_key(household: Household, laptop: Certificate) -> None:
    told = household.call(VIEW, "GET", f"{ALL}/{laptop.id}").json()
    parsed = x509.load_pem_x509_certificate(told["certificate"].encode())
    assert f"{parsed.serial_number:x}".zfill(len(told["serialNumber"])) == told["serialNumber"]
    assert (told["username"], told["status"], told["boundBy"]) == ("alice", "active", "requested")
    assert "PRIVATE" not in str(told)
    listed = household.call(VIEW, "GET", f"/users/{household.alice}/certificates").json()
    assert laptop.id in [one["id"] for one in listed]
    assert all("certificate" not in one for one in listed)


def test_issued_for_a_request_and_told_to_its_owner(household: Household) -> None:
    before = mails(household, "certificate_issued")
    body = {"userId": household.alice, "request": request_pem(), "deviceName": "Card", "platform": "other"}
    response = household.call(MANAGE, "POST", ALL, json=body)
    assert response.status_code == 201, response.text
    made = household.call(VIEW, "GET", f"{ALL}/{response.headers['location'].rpartition('/')[2]}").json()
    assert (made["userId"], made["deviceName"]) == (household.alice, "Card")
    assert "mallory" not in made["subject"]
    assert mails(household, "certificate_issued") == before + 1
    event = household.world.events("admin:certificate:issue")[-1]
    assert (event.user_id, event.details["after"]["serial_number"]) == (household.alice, made["serialNumber"])


def test_nobody_gets_a_certificate_for_an_account_with_more_permissions(household: Household) -> None:
    boss = household.world.add_person("demo", "boss", "realm-admin")
    body = {"userId": boss, "request": request_pem(), "deviceName": "Card"}
    assert household.call(MANAGE, "POST", ALL, json=body).status_code == 403
    assert found(household, f"userId={boss}") == []


def test_revoked_once_with_its_sessions(household: Household) -> None:
    phone = household.issue("demo", household.alice, "Phone")
    session_id, before = sign_in_with(household, phone), mails(household, "certificate_revoked")
    path = f"{ALL}/{phone.id}/revoke"
    assert household.call(MANAGE, "POST", path, json={"reason": "certificateHold"}).status_code == 400
    assert household.call(MANAGE, "POST", path, json={"reason": "keyCompromise"}).status_code == 204
    assert household.call(MANAGE, "POST", path, json={"reason": "superseded"}).status_code == 409
    told = household.call(VIEW, "GET", f"{ALL}/{phone.id}").json()
    assert (told["status"], told["revocationReason"]) == ("revoked", "keyCompromise")
    assert phone.id in found(household, "status=revoked")
    with household.world.transaction() as session:
        assert session.get_one(UserSession, session_id).ended_reason == "certificate revoked"
    assert household.world.events("admin:certificate:revoke")[-1].details["after"]["sessions"] == [session_id]
    assert mails(household, "certificate_revoked") == before + 1
    assert household.call(MANAGE, "POST", f"{ALL}/{phone.id}/remind").status_code == 409


def test_owner_is_reminded(household: Household, laptop: Certificate) -> None:
    before = mails(household, "certificate_expiring")
    assert household.call(MANAGE, "POST", f"{ALL}/{laptop.id}/remind").status_code == 204
    assert mails(household, "certificate_expiring") == before + 1


def test_another_realm_is_not_there(household: Household, foreign: Certificate) -> None:
    for method, path in (
        ("GET", f"{ALL}/{foreign.id}"),
        ("POST", f"{ALL}/{foreign.id}/remind"),
        ("GET", f"/users/{household.stranger}/certificates"),
    ):
        assert household.call(MANAGE, method, path).status_code == 404, path
    assert household.call(MANAGE, "POST", f"{ALL}/{foreign.id}/revoke", json={}).status_code == 404
    body = {"userId": household.stranger, "request": request_pem(), "deviceName": "Card"}
    assert household.call(MANAGE, "POST", ALL, json=body).status_code == 404
    assert household.call(VIEW, "GET", f"{ALL}?after={foreign.id}").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {}, [], None, {"userId": "x" * 10_000, "request": "", "deviceName": ""},
        {"request": "A" * 60_000, "deviceName": "Card"}, {"request": "PEM", "deviceName": "n" * 10_000},
        {"request": request_pem(), "deviceName": "\u202e"}, {"request": request_pem(), "deviceName": "x", "platform": "=cmd"},
        {"request": ["x"], "deviceName": {"a": 1}}, {"request": "B" * 70_000, "deviceName": "Card"},
    ],
)  # fmt: skip
def test_hostile_request_is_refused(household: Household, body: Any) -> None:
    sent = {"userId": household.alice, **body} if isinstance(body, dict) else body
    assert 400 <= household.call(MANAGE, "POST", ALL, json=sent).status_code < 500


@pytest.mark.parametrize(
    "query",
    [
        "status=good", "max=100001", "max=-1", "expiresBefore=tomorrow", "expiresBefore=99999999999999999999",
        "after=nothing", f"subject={'x' * 10_000}", "soonestFirst=maybe",
    ],
)  # fmt: skip
def test_hostile_search_is_refused(household: Household, query: str) -> None:
    assert household.call(VIEW, "GET", f"{ALL}?{query}").status_code == 400


def test_second_factor_is_reset_with_a_reason(household: Household) -> None:
    world = household.world
    dora = world.add_person("demo", "dora", two_factor_enabled_at=world.clock.now())
    card = household.issue("demo", dora)
    sign_in_with(household, card)
    with world.transaction() as session:
        create_recovery_codes(session, world.clock, dora)
    path = f"/users/{dora}/two-factor"
    told = household.call("view-users", "GET", path).json()
    assert (told["enabled"], told["usableCertificates"], told["recoveryCodesLeft"] > 0) == (True, 1, True)
    assert household.call("manage-users", "DELETE", path).status_code == 400  # no reason
    assert household.call("manage-users", "DELETE", f"{path}?reason={'x' * 256}").status_code == 400
    query = "reason=lost+her+card&revokeCertificates=true"
    assert household.call("manage-users", "DELETE", f"{path}?{query}").status_code == 204
    told = household.call("view-users", "GET", path).json()
    assert (told["enabled"], told["usableCertificates"], told["recoveryCodesLeft"]) == (False, 0, 0)
    with world.transaction() as session:
        assert session.query(RecoveryCode).filter_by(user_id=dora).count() == 0
        assert [row.ended_at for row in session.query(UserSession).filter_by(user_id=dora)] != [None]
    event = world.events("admin:user:reset-two-factor")[-1]
    assert (event.user_id, event.details["after"]) == (dora, {"reason": "lost her card", "revoked": 1})
    assert mails(household, "two_factor_disabled") == 1


def test_second_factor_of_somebody_with_more_permissions_stays(household: Household) -> None:
    world = household.world
    chief = world.add_person("demo", "chief", "realm-admin", two_factor_enabled_at=world.clock.now())
    for method, path in (("DELETE", "two-factor?reason=x"), ("POST", "invitation")):
        response = household.call("manage-users", method, f"/users/{chief}/{path}", json={})
        assert response.status_code == 403, path
    assert world.user(chief).two_factor_enabled_at is not None


def test_nobody_resets_their_own_second_factor(household: Household) -> None:
    """A token that is found would be a way around it."""
    world = household.world
    olga = world.add_person("demo", "olga", "manage-users", two_factor_enabled_at=world.clock.now())
    token = household.token("manage-users")
    with world.transaction() as session:
        robot = session.query(User).filter_by(username="service-account-robot-manage-users").one().id
    own = world.call("DELETE", f"/realms/demo/users/{robot}/two-factor?reason=x", token)
    other = world.call("DELETE", f"/realms/demo/users/{olga}/two-factor?reason=x", token)

    assert (own.status_code, other.status_code) == (403, 204)


def test_invitation_goes_to_the_account(household: Household) -> None:
    path = f"/users/{household.alice}/invitation"
    assert household.call("manage-users", "POST", path, json={"lifetime": 60}).status_code == 400
    assert household.call("manage-users", "POST", path, json={"lifetime": 7200}).status_code == 204
    assert mails(household, "invitation") == 1
    assert household.world.events("admin:user:invite")[-1].details["minutes"] == 120
