"""People's certificates: found among many, revoked with their sessions, reminded of; hostile names, and other realms' ids."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from idp.admin.console.certificate_policies import Policies
from idp.models import Certificate, UserSession, new_id
from idp.pki import certificate_mentions
from idp.pki.holders import count_holders
from tests.admin.console.anchored import Anchored, make_anchored
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser, open_dashboard


@pytest.fixture(scope="module")
def anchored(desk: Desk) -> Anchored:
    return make_anchored(desk)


@pytest.fixture(scope="module")
def root(desk: Desk, anchored: Anchored) -> Browser:
    return desk.sign_in()


@pytest.fixture(scope="module")
def planted(anchored: Anchored) -> dict[str, str]:
    """Certificates of each state by it."""
    now, issue = anchored.cards.now, anchored.cards.issue
    return {
        "active": anchored.plant(issue("alice"), device="Blue card", not_after=now + timedelta(days=60)),
        "expiring": anchored.plant(issue("alice"), device="Ending", not_after=now + timedelta(days=7)),
        "expired": anchored.plant(issue("bob"), "bob", device="Old card", not_after=now - timedelta(days=1)),
        "revoked": anchored.plant(issue("bob"), "bob", device="Lost 100%_card", revoked_at=now),
        "superseded": anchored.plant(issue("bob"), "bob", device="Renewed", superseded_at=now - timedelta(days=1)),
    }


def found(browser: Browser, desk: Desk, planted: dict[str, str], query: str) -> set[str]:
    html = browser.get(desk.address(f"certificates?{query}")).html
    return {state for state, certificate_id in planted.items() if f"certificates/{certificate_id}" in html}


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("all", {"active", "expiring", "expired", "revoked", "superseded"}),
        ("active", {"active", "expiring"}),
        ("expiring", {"expiring"}),
        ("expired", {"expired"}),
        ("revoked", {"revoked", "superseded"}),
        ("foreign", {"active", "expiring", "expired", "revoked", "superseded"}),
        ("odd", {"active", "expiring"}),
    ],
)
def test_states(desk: Desk, root: Browser, planted: dict[str, str], state: str, wanted: set[str]) -> None:
    assert found(root, desk, planted, f"state={state}") == wanted


def test_search(desk: Desk, root: Browser, anchored: Anchored, planted: dict[str, str]) -> None:
    """By person, device, subject, serial number and fingerprint; what means something to SQL means nothing here."""
    row = anchored.row(planted["active"])
    colons = ":".join(row.serial_number[i : i + 2].upper() for i in range(0, 12, 2))
    for text, wanted in (
        ("BOB", {"expired", "revoked", "superseded"}),
        ("bob@example", {"expired", "revoked", "superseded"}),
        ("blue", {"active"}),
        ("CN=alice", {"active", "expiring"}),
        (row.serial_number, {"active"}),
        (colons, {"active"}),
        (row.fingerprint[:10], {"active"}),
        ("100%25_c", {"revoked"}),
        ("%25", {"revoked"}),
        ("' OR 1=1 --", set()),
        ("%F0%9F%92%A9", set()),
    ):
        assert found(root, desk, planted, f"state=all&search={text}") == wanted, text


def test_search_by_two_letters_finds_beginnings_and_very_many_are_listed_by_their_ends(
    desk: Desk, root: Browser, planted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that finds more than are sorted is a walk through the list, which finds the same."""
    for many in (2_000, 2):
        monkeypatch.setattr(certificate_mentions, "_MANY", many)

        assert found(root, desk, planted, "state=all&search=bo") == {"expired", "revoked", "superseded"}
        assert found(root, desk, planted, "state=all&search=ob@") == {"expired", "revoked", "superseded"}
        assert found(root, desk, planted, "state=all&search=b@") == set()


def test_pages_follow_one_another_by_key(desk: Desk, root: Browser, anchored: Anchored) -> None:
    """Nothing twice and nothing left out, with ends that are the same."""
    user, now = desk.provider.user("bob"), anchored.cards.now
    end, der = now + timedelta(days=400), anchored.cards.issue("bob").der
    common = {
        "realm_id": user.realm_id, "user_id": user.id, "trust_anchor_id": anchored.anchor_id, "subject": "CN=many",
        "issuer": "CN=many", "certificate": der, "key_type": "p256", "platform": "other", "not_before": now,
        "not_after": end, "created_at": now, "bound_by": "registered",
    }  # fmt: skip
    many = [
        {**common, "id": new_id(), "serial_number": f"{n:08x}", "fingerprint": f"{n:064x}", "device_name": f"many {n}"}
        for n in range(120)
    ]
    with desk.provider.services.database.transaction() as session:
        session.execute(insert(Certificate), many)
    seen: list[str] = []
    page = root.get(desk.address("certificates?search=CN%3Dmany"))
    while True:
        seen += [row["id"] for row in many if f"certificates/{row['id']}" in page.html]
        if 'rel="next"' not in page.html:
            break
        page = root.follow("Next page")

    assert len(seen) == len(set(seen)) == 120


def test_revoked_certificate_ends_its_sessions_and_its_owner_is_told(
    desk: Desk, root: Browser, anchored: Anchored
) -> None:
    certificate_id = anchored.plant(anchored.cards.issue("alice"), device="Stolen <b>card</b>")
    alice = desk.provider.browser()
    open_dashboard(alice)
    with desk.provider.services.database.transaction() as session:
        own = session.query(UserSession).filter_by(user_id=desk.provider.user("alice").id, ended_at=None).first()
        assert own is not None
        own.certificate_id = certificate_id
    root.get(desk.address(f"certificates/{certificate_id}/revoke"))
    assert "1 session that rests on it ends." in root.page.text
    assert root.press("Revoke", reason="certificateHold").status == 422
    assert anchored.row(certificate_id).revoked_at is None
    page = root.press("Revoke", reason="keyCompromise")

    assert "The certificate is revoked." in page.text
    assert "<b>card</b>" not in page.html
    assert anchored.row(certificate_id).revocation_reason == "keyCompromise"
    assert alice.get("/realms/demo/account/").title.startswith("Sign in")
    assert "an administrator has revoked" in desk.provider.mails("certificate_revoked")[-1]
    event = desk.events("certificate:revoke")[-1]
    assert (event.details["by"]["username"], event.details["sessions"]) == ("root", 1)
    first = anchored.row(certificate_id).revoked_at
    root.get(desk.address(f"certificates/{certificate_id}/revoke"))
    assert "nothing to change" in root.press("Revoke", reason="superseded").text
    assert (anchored.row(certificate_id).revoked_at, anchored.row(certificate_id).revocation_reason) == (
        first,
        "keyCompromise",
    )


def test_owner_is_reminded(desk: Desk, root: Browser, planted: dict[str, str]) -> None:
    root.get(desk.address(f"certificates/{planted['expiring']}"))
    before = len(desk.provider.mails("certificate_expiring"))
    page = root.press("Remind now")
    assert "The reminder is on its way." in page.text
    token = token_of(page)
    page = root.post(desk.address(f"certificates/{planted['expired']}/remind"), {"csrf_token": token})

    assert "No reminder was sent" in page.text
    assert len(desk.provider.mails("certificate_expiring")) == before + 1


def test_certificate_of_another_realm_is_not_found(desk: Desk, root: Browser, planted: dict[str, str]) -> None:
    token = token_of(root.get(desk.address("")))
    for path in ("", "/revoke", "/remind"):
        address = desk.address(f"certificates/{planted['active']}{path}", managed="master")
        fields = {"csrf_token": token, "reason": "superseded"}
        assert root.post(address, fields).status in {404, 405}
    assert root.get(desk.address(f"certificates/{planted['active']}", managed="master")).status == 404
    assert planted["active"] not in root.get(desk.address("certificates?state=all", managed="master")).html


def test_whoever_may_only_look_revokes_nothing(desk: Desk, anchored: Anchored, planted: dict[str, str]) -> None:
    desk.hire("vic", home="demo", roles=["view-certificates"])
    browser = desk.sign_in("vic", home="demo")
    page = browser.get(desk.address(f"certificates/{planted['active']}", home="demo"))
    assert page.status == 200
    assert "Revoke" not in page.text
    assert "Remind" not in page.text
    for path in (f"certificates/{planted['active']}/revoke", f"anchors/{anchored.anchor_id}", "authorities/roll-over"):
        fields = {"csrf_token": token_of(page), "reason": "superseded", "do": "save"}
        assert browser.post(desk.address(path, home="demo"), fields).status == 403
    assert anchored.row(planted["active"]).revoked_at is None


def test_revocation_takes_a_recent_sign_in(desk: Desk, anchored: Anchored, planted: dict[str, str]) -> None:
    browser = desk.sign_in()
    browser.get(desk.address(f"certificates/{planted['active']}/revoke"))
    desk.provider.clock.advance(timedelta(minutes=16))

    assert browser.press("Revoke", reason="superseded").title.startswith("Sign in to")
    assert anchored.row(planted["active"]).revoked_at is None


def test_people_are_counted_now_and_then_and_the_page_says_when(desk: Desk) -> None:
    policies, realm = Policies(desk.provider.services), desk.realm()
    counted_at, holders = policies.holders.get(realm.id)
    with desk.provider.services.database.transaction() as session:
        assert holders == count_holders(session, desk.provider.clock, realm.id)
    assert policies.holders.get(realm.id)[0] == counted_at == desk.provider.clock.now()
    assert "the last time:" in desk.sign_in().get(desk.address("certificate-policies")).text


def test_policies_say_whom_they_concern(desk: Desk) -> None:
    page = desk.sign_in().get(desk.address("certificate-policies"))

    assert "strict" in page.text
    assert "settings/recovery" in page.html
