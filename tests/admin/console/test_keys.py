"""Signing keys: rotated when everybody knows the next, revoked by the realm's name."""

from datetime import timedelta

from sqlalchemy import select

from idp.models import SigningKey
from tests.admin.console.people import Desk, token_of


def active(desk: Desk) -> dict[str, str]:
    realm_id = desk.realm().id
    with desk.provider.services.database.transaction() as session:
        rows = session.scalars(select(SigningKey).where(SigningKey.realm_id == realm_id, SigningKey.status == "active"))
        return {row.algorithm: row.kid for row in rows}


def test_keys_rotate_one_algorithm_or_all(desk: Desk) -> None:
    browser, before = desk.sign_in(), active(desk)
    page = browser.get(desk.address("keys"))
    assert browser.post(desk.address("keys"), {"csrf_token": token_of(page), "algorithm": "none"}).status == 422
    page = browser.post(desk.address("keys"), {"csrf_token": token_of(page), "algorithm": "ES256"})
    event = desk.events("admin:keys:rotate")[-1]

    assert "next keys sign from now on" in page.text
    assert [name for name in before if active(desk)[name] != before[name]] == ["ES256"]
    assert (event.details["before"], event.details["after"]["ES256"]) == (
        {"ES256": before["ES256"]},
        active(desk)["ES256"],
    )


def test_keys_that_nobody_knows_yet_do_not_sign(desk: Desk) -> None:
    browser = desk.sign_in()
    fields = {"csrf_token": token_of(browser.get(desk.address("keys"))), "algorithm": "EdDSA"}
    browser.post(desk.address("keys"), fields)
    before = active(desk)
    page = browser.post(desk.address("keys"), fields)

    assert page.status == 409
    assert "Not rotated" in page.text
    assert active(desk) == before


def test_key_is_revoked_by_the_realms_name(desk: Desk) -> None:
    browser, kid = desk.sign_in(), active(desk)["RS256"]
    browser.get(desk.address(f"keys/{kid}/revoke"))
    assert browser.press("Revoke", confirmation=kid).status == 422
    assert active(desk)["RS256"] == kid
    page = browser.press("Revoke", confirmation="demo")

    assert "The key is revoked" in page.text
    assert active(desk)["RS256"] != kid
    assert kid not in browser.get("/realms/demo/protocol/openid-connect/certs").html
    assert desk.events("admin:keys:revoke")[-1].details["kids"] == [kid]
    assert browser.get(desk.address(f"keys/{kid}/revoke")).status == 404


def test_key_of_another_realm_is_not_found(desk: Desk) -> None:
    browser = desk.sign_in()
    token = token_of(browser.get(desk.address("keys")))
    kid = active(desk)["PS256"]

    fields = {"csrf_token": token, "confirmation": "master"}
    assert browser.post(desk.address(f"keys/{kid}/revoke", managed="master"), fields).status == 404
    assert active(desk)["PS256"] == kid


def test_rotation_takes_a_recent_sign_in(desk: Desk) -> None:
    browser, before = desk.sign_in(), active(desk)
    browser.get(desk.address("keys"))
    desk.provider.clock.advance(timedelta(minutes=16))

    assert browser.press("Rotate").title.startswith("Sign in to")
    assert active(desk) == before
