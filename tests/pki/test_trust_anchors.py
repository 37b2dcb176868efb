"""Adding, changing and removing foreign trust anchors."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy.orm import Session

from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import CertificateAuthority, Realm, TrustAnchor
from idp.pki.anchor_settings import AnchorSettings
from idp.pki.anchor_texts import change_settings, show_settings
from idp.pki.trust import load_trust_store
from idp.pki.trust_anchors import (
    MAXIMUM,
    add_anchor,
    change_anchor,
    get_anchor,
    list_anchors,
    remove_anchor,
    replace_chain,
    switch_anchor,
)
from tests.certificates import SERVER_AUTH, Authority, ec_key, ed25519_key, rsa_key
from tests.clock import FixedClock
from tests.pki.corporate import pem


@pytest.fixture
def clock(root: Authority) -> FixedClock:
    """The present of the authorities that are made in memory."""
    return FixedClock(root.certificate.not_valid_before_utc + timedelta(days=2))


def add(session: Session, clock: FixedClock, realm: Realm, *chain: Authority, name: str = "Cards") -> TrustAnchor:
    content = pem(*(authority.certificate for authority in chain))
    return add_anchor(session, clock, realm=realm, name=name, pem=content, settings=AnchorSettings())


def test_anchor_counts_with_those_below_it(session: Session, clock: FixedClock, realm: Realm, root: Authority) -> None:
    """In whatever order these were given; and no longer when it is disabled."""
    upper = root.create_intermediate("Upper", path_length=None)
    lower = upper.create_intermediate("Lower")
    row = add(session, clock, realm, root, lower, upper)

    (anchor,) = load_trust_store(session, realm.id).foreign
    assert (anchor.certificate, set(anchor.intermediates)) == (root.certificate, {upper.certificate, lower.certificate})
    assert (row.enabled, row.subject) == (True, "CN=Test Root")

    assert switch_anchor(session, clock, row, enabled=False)
    assert not switch_anchor(session, clock, row, enabled=False)
    assert load_trust_store(session, realm.id).foreign == ()


def test_authority_of_somebody_elses_root_can_be_an_anchor(
    session: Session, clock: FixedClock, realm: Realm, issuing: Authority
) -> None:
    assert add(session, clock, realm, issuing)


def unfit(root: Authority) -> list[tuple[bytes, str]]:
    upper = root.create_intermediate("Upper", path_length=None)
    leaf, certificate = root.issue("alice"), root.certificate
    return [
        (b"", "PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM"),
        (pem(certificate) * 2000, "at most 256 kB"),
        (pem(certificate, *(root.create_intermediate(str(n)).certificate for n in range(33))), "at most 32"),
        (pem(leaf.certificate), "no authority"),
        (pem(certificate, leaf.certificate), "no authority"),
        (pem(certificate, certificate), "twice"),
        (pem(certificate, Authority.create("Test Root").certificate), "does not lead"),
        (pem(certificate, upper.create_intermediate("Lower").certificate), "does not lead"),
        (pem(upper.certificate, certificate), "does not lead"),
        (pem(Authority.create(key=rsa_key(1024)).certificate), "too weak"),
        (pem(Authority.create(key=ed25519_key()).certificate), "too weak"),
        (pem(root.create_intermediate(extensions=[(x509.ExtendedKeyUsage([SERVER_AUTH]), False)]).certificate), "client"),
    ]  # fmt: skip


def test_what_is_no_anchor_is_refused(session: Session, clock: FixedClock, realm: Realm, root: Authority) -> None:
    """Each with what is wrong with it, and nothing is kept."""
    for content, problem in unfit(root):
        with pytest.raises(InvalidInput) as caught:
            add_anchor(session, clock, realm=realm, name="Cards", pem=content, settings=AnchorSettings())
        assert problem in caught.value.fields["certificate"]
    assert list_anchors(session, realm.id) == []


@pytest.mark.parametrize(("days", "problem"), [(400, "past"), (-40, "future")])
def test_anchor_outside_its_time_is_refused(
    session: Session, clock: FixedClock, realm: Realm, root: Authority, days: int, problem: str
) -> None:
    clock.advance(days=days)
    with pytest.raises(InvalidInput, match=problem):
        add(session, clock, realm, root)


def test_nothing_is_there_twice(session: Session, clock: FixedClock, realm: Realm, root: Authority) -> None:
    """Neither the certificate nor the name; the same in another realm is something else."""
    add(session, clock, realm, root)
    for authority, name in ((root, "Other"), (Authority.create(), "Cards")):
        with pytest.raises(Conflict):
            add(session, clock, realm, authority, name=name)
    other = Realm(name="other", created_at=clock.now())
    session.add(other)
    session.flush()
    assert add(session, clock, other, root)
    assert len(list_anchors(session, realm.id)) == 1


@pytest.mark.parametrize("name", ["", " Cards", "a\nb", "x" * 65, "a\u202eb"])
def test_names_are_for_people(session: Session, clock: FixedClock, realm: Realm, root: Authority, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        add(session, clock, realm, root, name=name)


def test_number_of_anchors_is_bounded(session: Session, clock: FixedClock, realm: Realm) -> None:
    key = ec_key()
    for number in range(MAXIMUM):
        add(session, clock, realm, Authority.create(str(number), key=key), name=str(number))
    with pytest.raises(Conflict):
        add(session, clock, realm, Authority.create(), name="more")


def test_own_authority_is_no_foreign_anchor(session: Session, realm: Realm, authority: CertificateAuthority) -> None:
    clock = FixedClock(authority.not_before + timedelta(days=1))
    own = x509.load_der_x509_certificate(authority.certificate)
    with pytest.raises(InvalidInput, match="own authority"):
        add_anchor(session, clock, realm=realm, name="Own", pem=pem(own), settings=AnchorSettings())


def test_chain_can_grow_and_the_anchor_stays(
    session: Session, clock: FixedClock, realm: Realm, root: Authority, issuing: Authority
) -> None:
    """Another first certificate would be another anchor."""
    row = add(session, clock, realm, root)
    replace_chain(session, clock, row, pem(root.certificate, issuing.certificate))
    assert load_trust_store(session, realm.id).foreign[0].intermediates == (issuing.certificate,)
    with pytest.raises(InvalidInput):
        replace_chain(session, clock, row, pem(issuing.certificate))


def test_settings_are_changed_as_they_are_shown(
    session: Session, clock: FixedClock, realm: Realm, root: Authority
) -> None:
    """By their dotted names; an empty text is the default."""
    row = add(session, clock, realm, root)
    typed = {
        "policies": "1.2.3, 1.2.4",
        "require_client_auth": "no",
        "mapping.source": "subject",
        "mapping.pattern": "CN=([a-z]+),.*",
        "revocation.crl_urls": "http://crl.example.org/a.crl",
    }
    wanted = change_settings(AnchorSettings(), typed)
    changed = change_anchor(session, clock, row, wanted)

    assert set(changed) == {"policies", "require_client_auth", "mapping", "revocation"}
    shown = show_settings(load_trust_store(session, realm.id).foreign[0].settings)
    assert shown["policies"] == "1.2.3,1.2.4"
    assert change_settings(AnchorSettings(), shown) == wanted
    assert change_settings(wanted, dict.fromkeys(shown, "")) == AnchorSettings()


@pytest.mark.parametrize(
    "typed", [{"mapping.shoe": "1"}, {"mapping": "x"}, {"first_use": "perhaps"}, {"mapping.source": "subject"}]
)
def test_settings_that_do_not_fit_are_named(typed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        change_settings(AnchorSettings(), typed)
    assert set(caught.value.fields) <= {*typed, "mapping"}


def test_anchor_with_settings_of_another_version_trusts_nobody(
    session: Session, clock: FixedClock, realm: Realm, root: Authority, issuing: Authority
) -> None:
    """And everybody else's certificates count as before."""
    add(session, clock, realm, root).settings = {"surprise": 1}
    add(session, clock, realm, issuing, name="Other")
    assert [anchor.name for anchor in load_trust_store(session, realm.id).foreign] == ["Other"]


def test_removed_anchor_is_gone(session: Session, clock: FixedClock, realm: Realm, root: Authority) -> None:
    row = add(session, clock, realm, root)
    assert get_anchor(session, realm.id, "Cards") is row
    remove_anchor(session, row)
    with pytest.raises(NotFound):
        get_anchor(session, realm.id, "Cards")
