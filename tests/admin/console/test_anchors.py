"""Trust anchors: tried before they are saved, added, changed, switched, removed; and what others' realms and hostile files get."""

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from idp.models import Certificate, ForeignList, TrustAnchor
from tests.admin.console.anchored import Anchored, make_anchored
from tests.admin.console.people import Desk, token_of
from tests.foreign import Cards
from tests.pki.corporate import pem
from tests.pki.hostile import Bench
from tests.provider import PUBLIC, Browser, Forms
from tests.revocation_lists import build_list

SETTINGS = {"mapping.source": "san_email", "mapping.target": "email", "revocation.method": "none"}


@pytest.fixture(scope="module")
def anchored(desk: Desk) -> Anchored:
    return make_anchored(desk)


@pytest.fixture(scope="module")
def root(desk: Desk, anchored: Anchored) -> Browser:
    return desk.sign_in()


def rows(desk: Desk, table: Any = TrustAnchor) -> list[Any]:
    with desk.provider.services.database.transaction() as session:
        return list(session.scalars(select(table)))


def fill(browser: Browser, button: str, do: str, **fields: Any) -> Any:
    """Press a button that has a name, with what the page's form holds."""
    form = next(form for form in Forms(browser.page.html).forms if button in form["buttons"])
    names = ("revocation.crl_urls", "policies", "revocation.ocsp_signer", "trial")
    values = {**dict.fromkeys(names, ""), **form["fields"], **fields, "do": do}
    return browser.post(form["action"], {name: value for name, value in values.items() if value is not None})


def begin(root: Browser, desk: Desk, cards: Cards, name: str) -> Any:
    root.get(desk.address("anchors/add"))
    return root.press("Next", name=name, chain=pem(cards.root.certificate, cards.issuing.certificate).decode())


def test_certificate_is_tried_before_the_anchor_is_there(desk: Desk, root: Browser) -> None:
    """Nothing is written by it; the settings of the form stay, and are what is saved then."""
    cards, before = Cards(desk.provider), len(rows(desk))
    begin(root, desk, cards, "Company")
    page = fill(root, "Try", "try", trial=cards.issue("alice").pem, **SETTINGS)
    assert "It would sign in alice." in page.text
    assert "alice@example.org" in page.text
    assert page.html.count('class="trial-good"') == 7
    page = fill(root, "Try", "try", trial=cards.issue("nobody").pem)
    assert "It is good, but belongs to no account." in page.text
    assert "nobody@example.org" in page.text
    assert len(rows(desk)) == before

    page = fill(root, "Trust it", "save")
    assert "Trusted from now on." in page.text
    row = next(row for row in rows(desk) if row.name == "Company")
    assert row.settings["mapping"]["source"] == "san_email"
    assert desk.events("admin:anchor:add")[-1].details["anchor"] == "Company"


def test_revocation_is_left_for_later(desk: Desk, root: Browser) -> None:
    """What is learnt of it is kept with the anchor, so that of a new one is not looked up, and the page says so."""
    cards = Cards(desk.provider)
    begin(root, desk, cards, "Later")
    page = fill(root, "Try", "try", trial=cards.issue("alice").pem, **{**SETTINGS, "revocation.method": "crl"})

    assert "Revocation is looked up once the anchor is saved." in page.text
    assert page.html.count('class="trial-later"') == 1


def test_saved_anchor_is_tried_with_other_settings(desk: Desk, root: Browser, anchored: Anchored) -> None:
    """Those are of the form alone; and a list that was never seen fails closed."""
    root.get(desk.address(f"anchors/{anchored.anchor_id}"))
    trial = anchored.cards.issue("alice").pem
    page = fill(root, "Try", "try", trial=trial, **{"revocation.method": "crl"})
    assert "Whether it is revoked cannot be learnt at the moment." in page.text
    page = fill(root, "Try", "try", trial=trial, policies="1.2.3", **{"revocation.method": "none"})

    assert "It is not issued under the policies that are demanded." in page.text
    saved = next(row for row in rows(desk) if row.id == anchored.anchor_id)
    assert (saved.settings["policies"], saved.settings["revocation"]["method"]) == ([], "none")


def test_hostile_certificates_are_tried_without_harm(desk: Desk, root: Browser, anchored: Anchored) -> None:
    bench = Bench.create()
    odd = [
        bench.operate(version=b"\x02"),
        bench.good.der[:-20],
        bench.good.der,
        b"\x30\x80" + b"\x00" * 64,
        b"\xff" * 400_000,
    ]
    root.get(desk.address(f"anchors/{anchored.anchor_id}"))
    form = next(form for form in Forms(root.page.html).forms if "Try" in form["buttons"])
    for der in odd:
        answer = root.client.post(
            PUBLIC + desk.address(f"anchors/{anchored.anchor_id}"),
            data={**form["fields"], "do": "try"},
            files={"file": ("x.der", der)},
        )
        assert answer.status_code == 200
        assert re.search("not a certificate in PEM or DER|It cannot be read|No path leads", answer.text)
    answer = root.client.post(
        PUBLIC + desk.address(f"anchors/{anchored.anchor_id}"),
        data={**form["fields"], "do": "try"},
        files={"file": ("x.der", b"\x00" * 700_000)},
    )
    assert answer.status_code == 413


def test_chain_that_does_not_fit_is_told(desk: Desk, root: Browser) -> None:
    cards = Cards(desk.provider)
    token = token_of(root.get(desk.address("anchors/add")))
    for chain in ("", "x", cards.issue("alice").pem, pem(cards.root.certificate, cards.root.certificate).decode()):
        page = root.post(desk.address("anchors/add"), {"csrf_token": token, "name": "Odd", "chain": chain})
        assert page.status == 422
        assert 'aria-invalid="true"' in page.html
    page = root.post(desk.address("anchors/add"), {"csrf_token": token, "name": "  ", "chain": chain})
    assert page.status == 422


def test_name_that_is_taken_is_told(desk: Desk, root: Browser) -> None:
    begin(root, desk, Cards(desk.provider), "Cards")
    page = fill(root, "Trust it", "save", **SETTINGS)

    assert page.status == 422
    assert "already" in page.text


def test_settings_that_do_not_fit_are_all_told(desk: Desk, root: Browser, anchored: Anchored) -> None:
    root.get(desk.address(f"anchors/{anchored.anchor_id}"))
    wrong = {
        "policies": "x",
        "mapping.source": "subject",
        "mapping.pattern": "(",
        "revocation.crl_urls": "ldap://x",
        "revocation.ocsp_url": "x",
        "revocation.ocsp_signer": "x",
        "revocation.maximum_age": "-1",
    }
    page = fill(root, "Save Changes", "save", **wrong)

    assert page.status == 422
    for name in wrong.keys() - {"mapping.source"}:
        assert f'id="{name}-error"' in page.html


def test_settings_are_saved_once(desk: Desk, root: Browser, anchored: Anchored) -> None:
    """A form made before somebody else has saved changes nothing, and shows what was typed."""
    root.get(desk.address(f"anchors/{anchored.anchor_id}"))
    old = next(form for form in Forms(root.page.html).forms if "Save Changes" in form["buttons"])["fields"]
    desk.provider.clock.advance(seconds=1)
    page = fill(root, "Save Changes", "save", policies="1.2.3\n1.2.4", registration="yes")
    assert "Saved." in page.text
    event = desk.events("admin:anchor:change")[-1]
    assert (event.details["before"]["policies"], event.details["after"]["policies"]) == ([], ["1.2.3", "1.2.4"])
    page = root.post(desk.address(f"anchors/{anchored.anchor_id}"), {**old, "do": "save", "policies": "1.2.9"})
    assert page.status == 409
    assert "somebody else has changed this anchor" in page.text
    assert "1.2.9" in page.html
    page = fill(root, "Save Changes", "save", policies="", registration=None)
    assert next(row for row in rows(desk) if row.id == anchored.anchor_id).settings["policies"] == []


def test_revocation_list_is_taken_in(desk: Desk, root: Browser, anchored: Anchored) -> None:
    """Of the anchor's own; what is none is not believed, and too much is not read."""
    address = desk.address(f"anchors/{anchored.anchor_id}/list")
    fields = {"csrf_token": token_of(root.get(address))}
    crl = build_list(anchored.cards.root, this_update=anchored.cards.now)
    assert root.post(address, fields).status == 422
    for content, status in ((b"x", 422), (crl, 303), (crl, 303), (b"\x30" * 5_000_000, 413)):
        answer = root.client.post(PUBLIC + address, data=fields, files={"file": ("a.crl", content)})
        assert answer.status_code == status
    assert len([row for row in rows(desk, ForeignList) if row.anchor_id == anchored.anchor_id]) == 1
    assert desk.events("certificate:revocation-list:upload")[-1].details["new"] is False
    page = root.get(desk.address("anchors"))
    assert "1 list, 0 answers" in page.text


def test_anchor_of_another_realm_is_not_found(desk: Desk, root: Browser, anchored: Anchored) -> None:
    token = token_of(root.get(desk.address("anchors")) if "csrf_token" in root.page.html else root.page)
    for path in ("", "/switch", "/remove", "/list"):
        address = desk.address(f"anchors/{anchored.anchor_id}{path}", managed="master")
        assert root.get(address).status == 404
        assert root.post(address, {"csrf_token": token, "confirmation": "Cards", "enabled": "no"}).status == 404


def test_forged_form_changes_nothing(desk: Desk, root: Browser, anchored: Anchored) -> None:
    for path in ("", "/switch", "/remove", "/list"):
        address = desk.address(f"anchors/{anchored.anchor_id}{path}")
        assert root.post(address, {"csrf_token": "x", "confirmation": "Cards", "enabled": "no"}).status == 403


def test_switch_ends_sessions_and_removal_forgets_what_is_bound(desk: Desk, root: Browser) -> None:
    """Twice does no harm; removing takes the anchor's name."""
    cards = Cards(desk.provider)
    mine = Anchored(desk, cards, cards.trust("Gone"))
    certificate_id = mine.plant(cards.issue("bob"), "bob")
    address = f"anchors/{mine.anchor_id}"
    root.get(desk.address(f"{address}/switch"))
    assert "count no more" in root.press("Switch off").text
    root.get(desk.address(f"{address}/switch"))
    assert "count again" in root.press("Switch on").text
    root.get(desk.address(f"{address}/remove"))
    assert "1 bound certificate is forgotten" in root.page.text
    assert root.press("Remove", confirmation="Cards").status == 422
    page = root.press("Remove", confirmation="Gone")

    assert "The trust anchor is gone" in page.text
    assert certificate_id not in [row.id for row in rows(desk, Certificate)]
    assert desk.events("admin:anchor:remove")[-1].details["bound"] == 1


def test_who_may_not_decide_who_somebody_is_lets_no_certificate_decide_it(desk: Desk, anchored: Anchored) -> None:
    """An authority of one's own, trusted to name people, would be a way to sign in as any of them."""
    desk.hire("certifier", home="master", roles=["manage-certificates"], over="demo")
    lesser, cards, before = desk.sign_in("certifier"), Cards(desk.provider), len(rows(desk))
    begin(lesser, desk, cards, "Mine")
    page = fill(lesser, "Trust it", "save", **SETTINGS)
    assert (page.status, len(rows(desk))) == (403, before)
    assert "decide who somebody is" in page.text
    page = fill(lesser, "Trust it", "save", **{"mapping.source": "bound", "revocation.method": "none"})
    assert "Trusted from now on." in page.text

    mine = next(row for row in rows(desk) if row.name == "Mine")
    lesser.get(desk.address(f"anchors/{mine.id}"))
    page = fill(lesser, "Save Changes", "save", **SETTINGS)
    assert page.status == 403
    lesser.get(desk.address(f"anchors/{anchored.anchor_id}"))
    assert fill(lesser, "Save Changes", "save", policies="1.2.3").status == 403
    lesser.get(desk.address(f"anchors/{anchored.anchor_id}"))
    chain = pem(anchored.cards.root.certificate, anchored.cards.issuing.certificate).decode()
    assert fill(lesser, "Replace", "chain", chain=chain).status == 403
    assert [row.settings["mapping"]["source"] for row in rows(desk) if row.id == mine.id] == ["bound"]

    address = desk.address(f"anchors/{anchored.anchor_id}/switch")
    lesser.get(address)
    assert "count no more" in lesser.press("Switch off").text
    lesser.get(address)
    page = lesser.press("Switch on")
    assert page.status == 403
    assert "decide who somebody is" in page.text
    assert [row.enabled for row in rows(desk) if row.id == anchored.anchor_id] == [False]
    root = desk.sign_in()
    root.get(address)
    assert "count again" in root.press("Switch on").text


def test_certificates_below_are_replaced_as_they_were_seen(desk: Desk, root: Browser, anchored: Anchored) -> None:
    root.get(desk.address(f"anchors/{anchored.anchor_id}"))
    old = next(form for form in Forms(root.page.html).forms if "Replace" in form["buttons"])["fields"]
    chain = pem(anchored.cards.root.certificate, anchored.cards.issuing.certificate).decode()
    desk.provider.clock.advance(seconds=1)
    assert "Saved." in fill(root, "Replace", "chain", chain=chain).text
    page = root.post(desk.address(f"anchors/{anchored.anchor_id}"), {**old, "do": "chain", "chain": chain})

    assert page.status == 409
    assert "somebody else has changed this anchor" in page.text


def test_der_is_taken_as_well(desk: Desk, root: Browser) -> None:
    cards = Cards(desk.provider)
    token = token_of(root.get(desk.address("anchors/add")))
    der = cards.root.certificate.public_bytes(Encoding.DER)
    fields = {"csrf_token": token, "name": "DER", "step": "chain"}
    answer = root.client.post(PUBLIC + desk.address("anchors/add"), data=fields, files={"file": ("a.cer", der)})

    assert answer.status_code == 200
    assert "Cards Root" in answer.text
