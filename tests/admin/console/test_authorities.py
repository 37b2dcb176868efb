"""Certificate authorities: rolled over once, retired, revoked, under a corporate root; and the profile."""

import json

import pytest
from cryptography import x509
from sqlalchemy import select

from idp.models import Certificate, CertificateAuthority, RevocationList
from idp.pki.authorities import find_chain
from idp.pki.roll_over import OfflineKey, export_root_key, take_offline
from idp.realms.realms import get_realm
from tests.admin.console.people import Desk, token_of
from tests.pki.corporate import Corporation, pem
from tests.provider import PUBLIC, Browser, enrol, sign_in

PASSPHRASE = "a passphrase of some length"


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


def authorities(desk: Desk, realm: str = "demo") -> list[CertificateAuthority]:
    with desk.provider.services.database.transaction() as session:
        realm_id = get_realm(session, realm).id
        own = (CertificateAuthority.realm_id == realm_id, CertificateAuthority.kind == "issuing")
        return list(session.scalars(select(CertificateAuthority).where(*own).order_by(CertificateAuthority.created_at)))


def statuses(desk: Desk) -> list[str]:
    return [row.status for row in authorities(desk)]


def test_roll_over_makes_one(desk: Desk, root: Browser) -> None:
    """A form that is sent twice does so, too."""
    root.get(desk.address("authorities/roll-over"))
    fields = {"csrf_token": token_of(root.page), "after": authorities(desk)[-1].id}
    desk.provider.clock.advance(seconds=1)
    page = root.press("Make it")
    assert "The new authority issues from now on." in page.text
    assert statuses(desk) == ["retired", "active"]
    assert "nothing to change" in root.post(desk.address("authorities/roll-over"), fields).text

    assert statuses(desk) == ["retired", "active"]
    assert desk.events("admin:authority:create")[-1].details["by"]["username"] == "root"


def test_offline_root_wants_its_key(desk: Desk, root: Browser) -> None:
    """The wrong key, or none, makes nothing; nothing of the key is kept."""
    services = desk.provider.services
    with services.database.transaction() as session:
        realm = get_realm(session, "demo")
        row, key = export_root_key(session, services.authority_keys, realm=realm, passphrase=PASSPHRASE)
        take_offline(session, services.authority_keys, services.clock, row, OfflineKey(key, PASSPHRASE))
    address, before = desk.address("authorities/roll-over"), statuses(desk)
    desk.provider.clock.advance(seconds=1)
    page = root.get(address)
    assert "key is offline" in page.text
    fields = {"csrf_token": token_of(page), "after": authorities(desk)[-1].id, "passphrase": PASSPHRASE}
    assert root.post(address, fields).status == 422
    for file, passphrase, status in ((b"x", PASSPHRASE, 422), (key, "wrong", 422), (key, PASSPHRASE, 303)):
        answer = root.client.post(
            PUBLIC + address, data={**fields, "passphrase": passphrase}, files={"file": ("key.pem", file)}
        )
        assert answer.status_code == status
        assert (statuses(desk) == before) == (status != 303)
    with services.database.transaction() as session:
        assert find_chain(session, get_realm(session, "demo").id)[-1].private_key_encrypted is None


def test_revoking_takes_the_realms_name_and_a_reason(desk: Desk, root: Browser) -> None:
    """Everything below it is worth nothing from then on; the list of a root whose key is elsewhere is for later."""
    browser = desk.provider.browser()
    sign_in(browser)
    browser.get("/realms/demo/account/")
    enrol(browser)
    row = authorities(desk)[-1]
    with desk.provider.services.database.transaction() as session:
        number = session.get_one(RevocationList, row.parent_id).number
    address = desk.address(f"authorities/{row.id}/revoke")
    page = root.get(address)
    assert "1 certificate is worth nothing" in page.text
    for fields in ({"reason": "cACompromise"}, {"reason": "x", "confirmation": "demo"}):
        answer = root.post(address, {"csrf_token": token_of(page), **fields})
        assert answer.status == 422
    assert statuses(desk)[-1] == "active"
    root.get(address)
    page = root.press("Revoke", reason="cACompromise", confirmation="demo")

    assert "with everything below it" in page.text
    assert statuses(desk)[-1] == "revoked"
    with desk.provider.services.database.transaction() as session:
        assert session.scalars(select(Certificate.revoked_at).where(Certificate.authority_id == row.id)).one()
        assert session.get_one(RevocationList, row.parent_id).number == number
    assert root.get(address).status == 404
    assert desk.events("admin:authority:revoke")[-1].details["certificates"] == 1


def test_corporate_root_certifies_the_request(desk: Desk, root: Browser) -> None:
    """What is not the answer to it changes nothing."""
    corporation = Corporation(desk.provider.clock.now())
    root.get(desk.address("authorities/request"))
    root.press("Make a request")
    csr = root.get(desk.address("authorities/request/file"))
    assert csr.headers["content-disposition"] == 'attachment; filename="demo.csr"'
    request = x509.load_pem_x509_csr(csr.html.encode())
    other = pem(corporation.root).decode()
    for chain in ("", "x", other, pem(corporation.certify(request, authority=False), corporation.root).decode()):
        root.get(desk.address("authorities/request"))
        page = root.press("Use this authority", chain=chain)
        assert page.status == 422
        assert 'id="chain-error"' in page.html
    root.get(desk.address("authorities/request"))
    page = root.press("Use this authority", chain=pem(corporation.certify(request), corporation.root).decode())

    assert "The new authority issues from now on." in page.text
    assert "Corporate Root" in page.text
    assert root.get(desk.address("authorities/request/file")).status == 404
    assert [row.status for row in authorities(desk)].count("active") == 1


def test_retired_authority_issues_no_more(desk: Desk, root: Browser) -> None:
    row = next(row for row in authorities(desk) if row.status == "active")
    root.get(desk.address(f"authorities/{row.id}/retire"))
    assert "issues no more" in root.press("Retire").text
    page = root.get(desk.address("authorities/roll-over"))

    assert "active" not in statuses(desk)
    assert page.status == 200
    assert desk.events("admin:authority:retire")[-1].details["fingerprint"] == row.fingerprint


def test_authority_of_another_realm_is_not_found(desk: Desk, root: Browser) -> None:
    row = authorities(desk)[0]
    fields = {"csrf_token": token_of(root.get(desk.address(""))), "reason": "superseded", "confirmation": "master"}
    for path in ("retire", "revoke"):
        address = desk.address(f"authorities/{row.id}/{path}", managed="master")
        assert root.get(address).status == 404
        assert root.post(address, fields).status == 404
    assert root.get(desk.address(f"authorities/{row.id}/file", managed="master")).status == 404


def test_profile_is_saved_with_all_problems_told(desk: Desk, root: Browser) -> None:
    root.get(desk.address("authorities/profile"))
    page = root.press("Save Changes", profile="{")
    assert (page.status, "not JSON" in page.text) == (422, True)
    page = root.press("Save Changes", profile=json.dumps({"key_types": [], "odd": 1, "email": "<b>"}))
    assert page.status == 422
    for place in ("key_types", "odd", "email"):
        assert f"<code>{place}</code>" in page.html
    stale = token_of(root.get(desk.address("authorities/profile")))
    page = root.press("Save Changes", profile=json.dumps({"key_types": ["p384"]}))
    assert "issued with this profile" in page.text
    assert desk.realm().certificate_profile == {"key_types": ["p384"]}
    page = root.post(desk.address("authorities/profile"), {"csrf_token": stale, "profile": "{}", "before": "{}"})

    assert page.status == 409
    assert desk.realm().certificate_profile == {"key_types": ["p384"]}
    assert desk.events("admin:realm:change")[-1].details["after"] == {"certificate_profile": {"key_types": ["p384"]}}
