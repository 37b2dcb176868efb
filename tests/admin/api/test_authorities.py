"""The certificate authority, trust anchors and the tryout of mappings over REST."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from idp.pki.authorities import list_issuing_authorities
from tests.admin.api.household import Household
from tests.certificates import Authority
from tests.revocation_lists import build_list

CA, ANCHORS = "/certificate-authority", "/trust-anchors"
VIEW, MANAGE = "view-certificates", "manage-certificates"
BOUND = {"revocation": {"method": "none"}}
MAPPED = {**BOUND, "mapping": {"source": "san_email", "target": "email"}}


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.create("Cards Root")


@pytest.fixture(scope="module")
def cards(root: Authority) -> Authority:
    return root.create_intermediate("Cards")


@pytest.fixture
def anchor(household: Household, root: Authority, cards: Authority) -> Iterator[str]:
    """The id of an anchor of demo, which is gone afterwards."""
    response = household.call(MANAGE, "POST", ANCHORS, json=describe(root, cards))
    assert response.status_code == 201, response.text
    anchor_id = response.headers["location"].rpartition("/")[2]
    yield anchor_id
    household.call(MANAGE, "DELETE", f"{ANCHORS}/{anchor_id}")


def describe(root: Authority, *below: Authority, **more: Any) -> dict[str, Any]:
    return {"name": "Cards", "chain": "".join(one.pem for one in (root, *below)), "settings": BOUND, **more}


def chain(household: Household) -> list[dict[str, Any]]:
    told = household.call(VIEW, "GET", CA).json()
    assert "PRIVATE" not in str(told)
    return list(told["authorities"])


def issuing_now(household: Household) -> dict[str, Any]:
    (active,) = [one for one in chain(household) if (one["kind"], one["status"]) == ("issuing", "active")]
    return active


def test_chain_is_told_with_what_it_publishes(household: Household) -> None:
    issuing, root = chain(household)[0], chain(household)[-1]
    assert (issuing["status"], issuing["parentId"], root["kind"]) == ("active", root["id"], "root")
    assert issuing["revocationList"]["number"] >= 1
    assert issuing["ocspSigner"]["notAfter"] > issuing["ocspSigner"]["notBefore"]
    assert household.call(VIEW, "GET", f"{CA}/{root['id']}").json() == root
    assert household.call(MANAGE, "POST", CA).status_code == 409  # there is one that issues


def test_rolled_over_retired_and_revoked(household: Household) -> None:
    eve = household.world.add_person("demo", "eve")
    old, card = issuing_now(household), household.issue("demo", eve)
    household.world.clock.advance(seconds=1)  # the newest one issues
    response = household.call(MANAGE, "POST", f"{CA}/roll-over")
    assert response.status_code == 201, response.text
    assert response.headers["location"].endswith(issuing_now(household)["id"])
    assert [one["status"] for one in chain(household) if one["id"] == old["id"]] == ["retired"]
    assert household.call(MANAGE, "POST", f"{CA}/{old['id']}/retire").status_code == 409
    path = f"{CA}/{old['id']}/revoke"
    assert household.call(MANAGE, "POST", path, json={"reason": "keyCompromise"}).status_code == 400
    assert household.call(MANAGE, "POST", path, json={"reason": "cACompromise"}).status_code == 204
    assert household.call(MANAGE, "POST", path, json={"reason": "superseded"}).status_code == 409
    told = household.call(VIEW, "GET", f"/certificates/{card.id}").json()
    assert (told["status"], told["revocationReason"]) == ("revoked", "superseded")
    assert household.world.events("admin:authority:revoke")[-1].details["after"]["root_list"] is True
    parent = household.call(VIEW, "GET", f"{CA}/{old['parentId']}").json()
    assert parent["revocationList"]["number"] == 2
    assert (
        household.call(MANAGE, "POST", f"{CA}/{old['parentId']}/revoke", json={"reason": "superseded"}).status_code
        == 400
    )


def test_corporate_root_certifies_a_request(household: Household) -> None:
    corporate = Authority.create("Corporate Root")
    assert household.call(MANAGE, "POST", f"{CA}/import", json={"certificate": corporate.pem}).status_code == 404
    made = household.call(MANAGE, "POST", f"{CA}/request").json()
    request = x509.load_pem_x509_csr(made["request"].encode())
    assert household.call(VIEW, "GET", CA).json()["requestPending"] is True
    for wrong in ("", "nonsense", corporate.pem, "x" * 300_000):
        response = household.call(MANAGE, "POST", f"{CA}/import", json={"certificate": wrong})
        assert response.status_code in {400, 413}, wrong[:20]
    pem = certify(corporate, request) + corporate.pem
    household.world.clock.advance(seconds=1)  # the newest one issues
    response = household.call(MANAGE, "POST", f"{CA}/import", json={"certificate": pem})
    assert response.status_code == 201, response.text
    made = issuing_now(household)
    assert response.headers["location"].endswith(made["id"])
    assert (made["keyHere"], household.call(VIEW, "GET", f"{CA}/{made['parentId']}").json()["keyHere"]) == (True, False)
    assert household.call(MANAGE, "POST", f"{CA}/roll-over").status_code == 409  # its root's key is elsewhere


def certify(issuer: Authority, request: x509.CertificateSigningRequest) -> str:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.certificate.not_valid_before_utc)
        .not_valid_after(issuer.certificate.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .sign(issuer.key, hashes.SHA256())  # type: ignore[arg-type]
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def test_profile_is_read_and_changed(household: Household) -> None:
    path = f"{CA}/profile"
    before = household.call(VIEW, "GET", path).json()
    assert household.call(MANAGE, "PUT", path, json={"upn": "{username}@corp.example"}).status_code == 204
    assert household.call(VIEW, "GET", path).json() == {**before, "upn": "{username}@corp.example"}
    for wrong in ({"upn": "{password}"}, {"key_types": []}, {"nonsense": 1}, {"uris": ["x" * 10_000]}, []):
        assert household.call(MANAGE, "PUT", path, json=wrong).status_code == 400, wrong
    assert household.call(MANAGE, "PUT", path, json=before).status_code == 204
    event = household.world.events("admin:realm:change")[-1]
    assert event.details["before"] == {"upn": "{username}@corp.example"}


def test_anchor_is_added_changed_and_removed(household: Household, root: Authority, cards: Authority) -> None:
    response = household.call(MANAGE, "POST", ANCHORS, json=describe(root))
    path = response.headers["location"].partition("/realms/demo")[2]
    read = household.call(VIEW, "GET", path)
    told = read.json()
    assert (told["name"], told["enabled"], told["chain"]) == ("Cards", True, root.pem)
    assert household.call(MANAGE, "POST", ANCHORS, json=describe(root)).status_code == 409
    match = {"If-Match": read.headers["etag"]}
    changed = {"chain": root.pem + cards.pem, "settings": {**BOUND, "first_use": True}, "enabled": False}
    assert household.call(MANAGE, "PUT", path, json=changed, headers=match).status_code == 204
    assert household.call(MANAGE, "PUT", path, json={"enabled": True}, headers=match).status_code == 412
    told = household.call(VIEW, "GET", ANCHORS).json()[0]
    assert (told["enabled"], told["settings"]["first_use"]) == (False, True)
    assert told["chain"] == root.pem + cards.pem
    assert household.call(MANAGE, "PUT", path, json={"name": "Other"}).status_code == 400
    assert household.call(MANAGE, "PUT", path, json={"chain": cards.pem}).status_code == 400
    assert household.call(MANAGE, "DELETE", path).status_code == 204
    assert household.call(VIEW, "GET", path).status_code == 404
    assert household.world.events("admin:anchor:change")[-1].details["after"]["enabled"] is False


@pytest.mark.parametrize(
    "more",
    [
        {"name": ""}, {"name": "n" * 10_000}, {"name": "a\nb"}, {"chain": ""}, {"chain": "A" * 300_000},
        {"chain": None}, {"settings": {"mapping": {"source": "subject", "pattern": "(a"}}}, {"settings": []},
        {"settings": {"revocation": {"crl_urls": ["file:///etc/passwd"]}}}, {"settings": {"nonsense": True}},
    ],
)  # fmt: skip
def test_hostile_anchor_is_refused(household: Household, root: Authority, more: dict[str, Any]) -> None:
    response = household.call(MANAGE, "POST", ANCHORS, json=describe(root, **more))
    assert response.status_code in {400, 413}
    assert household.call(VIEW, "GET", ANCHORS).json() == []


def test_who_decides_who_somebody_is_has_every_permission(household: Household, root: Authority, anchor: str) -> None:
    """Otherwise whoever manages certificates could let themselves in as the realm's administrator."""
    path = f"{ANCHORS}/{anchor}"
    assert household.call(MANAGE, "PUT", path, json={"settings": MAPPED}).status_code == 403
    other = Authority.create("Another Root")
    mapped = {**describe(other), "name": "Another", "settings": MAPPED}
    assert household.call(MANAGE, "POST", ANCHORS, json=mapped).status_code == 403
    assert household.call("realm-admin", "PUT", path, json={"settings": MAPPED, "enabled": False}).status_code == 204
    assert household.call(MANAGE, "PUT", path, json={"enabled": True}).status_code == 403
    assert household.call(MANAGE, "PUT", path, json={"chain": root.pem, "enabled": True}).status_code == 403
    assert household.call(VIEW, "GET", path).json()["enabled"] is False
    assert household.call("realm-admin", "PUT", path, json={"enabled": True}).status_code == 204
    whole = household.call(VIEW, "GET", path).json()
    trusting_less = household.call(MANAGE, "PUT", path, json={**whole, "enabled": False})
    assert trusting_less.status_code == 204  # that is always allowed


def test_list_is_taken_in_and_told(household: Household, root: Authority, cards: Authority, anchor: str) -> None:
    path = f"{ANCHORS}/{anchor}/revocation-lists"
    serial = cards.issue("alice").certificate.serial_number
    pem = x509.load_der_x509_crl(build_list(cards, [serial], number=7)).public_bytes(Encoding.PEM).decode()
    forged = (
        x509.load_der_x509_crl(build_list(cards, [5], signer=Authority.create())).public_bytes(Encoding.PEM).decode()
    )
    for wrong in ("", "nonsense", pem[:200], forged):
        assert household.call(MANAGE, "POST", path, json={"list": wrong}).status_code == 400
    taken = household.call(MANAGE, "POST", path, json={"list": pem})
    assert (taken.status_code, taken.json()["new"], taken.json()["number"]) == (200, True, "7")
    assert household.call(MANAGE, "POST", path, json={"list": pem}).json()["new"] is False
    status = household.call(VIEW, "GET", f"{ANCHORS}/{anchor}/status").json()
    (held,) = status["lists"]
    assert (held["number"], held["entries"], held["inTime"], status["boundCertificates"]) == ("7", 1, True, 0)
    assert household.world.events("admin:anchor:upload-list")[-1].details["after"]["number"] == "7"


def test_mapping_is_tried_before_anything_is_saved(household: Household, root: Authority, cards: Authority) -> None:
    alice = cards.issue("alice")
    tried = {"certificate": alice.chain_pem, "chain": root.pem + cards.pem, "settings": MAPPED}
    outcome = household.call(MANAGE, "POST", "/identity-mappings/try", json=tried).json()
    assert (outcome["accepted"], outcome["username"], outcome["names"]) == (True, "alice", ["alice@example.org"])
    nobody = {**tried, "certificate": cards.issue("zoe").chain_pem}
    outcome = household.call(MANAGE, "POST", "/identity-mappings/try", json=nobody).json()
    assert (outcome["accepted"], outcome["reason"], "username" in outcome) == (False, "unmapped", False)
    assert household.call(VIEW, "GET", ANCHORS).json() == []


def test_mapping_is_tried_on_an_anchor(household: Household, cards: Authority, anchor: str) -> None:
    tried: dict[str, Any] = {"certificate": cards.issue("alice").chain_pem, "trustAnchorId": anchor}
    outcome = household.call(MANAGE, "POST", "/identity-mappings/try", json=tried).json()
    assert (outcome["accepted"], outcome["reason"]) == (False, "unmapped")
    outcome = household.call(MANAGE, "POST", "/identity-mappings/try", json={**tried, "settings": MAPPED}).json()
    assert (outcome["accepted"], outcome["username"]) == (True, "alice")
    strange = {"certificate": Authority.create("Strange").issue("alice").chain_pem}
    outcome = household.call(MANAGE, "POST", "/identity-mappings/try", json=strange).json()
    assert (outcome["accepted"], outcome["steps"][0]["name"]) == (False, "path")
    for wrong in (
        {}, {"certificate": ""}, {"certificate": "x" * 10_000}, {"certificate": "A" * 900_000},
        {**tried, "trustAnchorId": household.alice}, {**tried, "chain": cards.pem},
        {"certificate": cards.pem, "settings": MAPPED},
    ):  # fmt: skip
        assert 400 <= household.call(MANAGE, "POST", "/identity-mappings/try", json=wrong).status_code < 500


def test_authorities_of_another_realm_are_not_there(household: Household) -> None:
    with household.world.transaction() as session:
        realm_id = household.world.realm_id("other")
        other = list_issuing_authorities(session, realm_id)[0].id
    assert household.call(VIEW, "GET", f"{CA}/{other}").status_code == 404
    assert household.call(MANAGE, "POST", f"{CA}/{other}/retire").status_code == 404
    assert household.call(MANAGE, "POST", f"{CA}/{other}/revoke", json={"reason": "superseded"}).status_code == 404
