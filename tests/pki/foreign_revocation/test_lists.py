"""Lists in force, and what a login learns of them: from an address, from the certificate itself, from a file."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select

from idp.models import ForeignList, ForeignListEntry, ForeignListSource, Realm, TrustAnchor
from idp.pki.anchor_settings import RevocationSettings
from idp.pki.foreign_revocation import list_sources, list_store
from idp.pki.foreign_revocation.errors import ListRefused, NothingLearnt
from idp.pki.foreign_revocation.list_sources import (
    MAX_LEARNT,
    claim,
    claim_due_source,
    keep_configured,
    learn,
    purge_sources,
)
from idp.pki.foreign_revocation.list_store import sweep_lists
from idp.pki.foreign_revocation.refreshing import TakenIn, refresh_list, upload_list
from idp.pki.foreign_status import Assurance
from idp.pki.rejections import CertificateRevoked, StatusUnknown
from tests.certificates import Authority
from tests.foreign_anchors import World, points_to
from tests.pki.foreign_revocation.test_list_verification import HTTP_POINT, issued_for
from tests.revocation_lists import HOUR, build_list, entry
from tests.web_server import Asked, Reply

MANY = 5000


def upload(world: World, issuer: Authority, *numbers: int, **changes: object) -> TakenIn:
    """Take in a list from a file."""
    return upload_list(world.means, world.anchor_id, io.BytesIO(build_list(issuer, numbers, **changes)))  # type: ignore[arg-type]


def count_entries(world: World) -> int:
    """Count the entries of all lists, also those that are not in force."""
    with world.database.transaction() as session:
        return session.scalar(select(func.count()).select_from(ForeignListEntry)) or 0


def fetch(world: World) -> TakenIn:
    """Do what the background does for the address that is due."""
    with world.database.transaction() as session:
        source = claim_due_source(session, world.clock)
    assert source is not None
    return refresh_list(world.means, source, pause=lambda: None)


def learn_and_claim(world: World, url: str) -> ForeignListSource:
    """Learn an address and claim it."""
    with world.database.transaction() as session:
        learn(session, world.clock, world.anchor_id, [url], world.issuing.certificate)
        source = claim_due_source(session, world.clock)
    assert source is not None
    return source


@pytest.mark.every_database
def test_uploaded_lists(world: World) -> None:
    """Both of the path's issuers have to have said something; what one of them names is revoked."""
    alice, bob = world.issuing.issue("alice"), world.issuing.issue("bob")
    with pytest.raises(StatusUnknown) as unknown:
        world.look_up(*world.path(alice))
    assert "alice" in str(unknown.value)
    assert unknown.value.presented is not None
    upload(world, world.issuing, bob.certificate.serial_number)
    with pytest.raises(StatusUnknown, match="Foreign Issuing"):
        world.look_up(*world.path(alice))
    upload(world, world.root)
    assert world.look_up(*world.path(alice)) is Assurance.CHECKED
    with pytest.raises(CertificateRevoked, match="bob"):
        world.look_up(*world.path(bob))
    with pytest.raises(CertificateRevoked, match="bob"):
        world.look_up(*world.path(bob), fail_open=True)
    assert world.look_up(world.root.certificate) is Assurance.CHECKED
    assert world.look_up(*world.path(bob), method="none") is Assurance.NOT_DEMANDED


def test_revoked_authority_revokes_what_it_has_issued(world: World) -> None:
    """And is told before what is unknown."""
    upload(world, world.root, world.issuing.certificate.serial_number)
    with pytest.raises(CertificateRevoked, match="Foreign Issuing"):
        world.look_up(*world.path(world.issuing.issue("alice")), fail_open=True)


def test_same_number_of_another_issuer_is_another_certificate(world: World) -> None:
    """Also where that one has the same name, and the same anchor."""
    twin = world.root.create_intermediate("Foreign Issuing")
    alice, other = world.issuing.issue("alice", serial_number=77), twin.issue("alice", serial_number=77)
    with world.database.transaction() as session:
        session.get_one(TrustAnchor, world.anchor_id).intermediates = (world.issuing.pem + twin.pem).encode()
    for issuer, numbers in ((world.root, []), (world.issuing, [77]), (twin, [])):
        upload(world, issuer, *numbers)
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(alice))
    assert world.look_up(other.certificate, twin.certificate, world.root.certificate) is Assurance.CHECKED


def test_fail_open_says_so(world: World) -> None:
    """Only where nothing can be learnt."""
    alice = world.issuing.issue("alice")
    assert world.look_up(*world.path(alice), fail_open=True) is Assurance.FAILED_OPEN
    upload(world, world.issuing)
    upload(world, world.root)
    assert world.look_up(*world.path(alice), fail_open=True) is Assurance.CHECKED


def test_old_list_shows_nothing_but_what_it_names(world: World) -> None:
    """After nextUpdate it no longer shows that something is good; nobody has taken a revocation back."""
    alice, bob = world.issuing.issue("alice"), world.issuing.issue("bob")
    upload(world, world.root)
    upload(world, world.issuing, bob.certificate.serial_number)
    world.clock.advance(days=2)
    upload(world, world.root, number=2, this_update=world.clock.now(), next_update=world.clock.now() + HOUR)
    with pytest.raises(StatusUnknown):
        world.look_up(*world.path(alice))
    assert world.look_up(*world.path(alice), fail_open=True) is Assurance.FAILED_OPEN
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(bob), fail_open=True)


@pytest.mark.every_database
def test_newer_list_replaces_the_older(world: World) -> None:
    """At once; the old entries are swept up, a batch at a time, and nothing else."""
    alice = world.issuing.issue("alice", serial_number=77)
    upload(world, world.root)
    assert upload(world, world.issuing, 77, *range(1000, 1000 + MANY), number=1).new
    assert upload(world, world.issuing, 78, number=2).new
    assert world.look_up(*world.path(alice)) is Assurance.CHECKED
    assert {row.number: row.entries for row in world.lists} == {"1": 0, "2": 1}
    assert count_entries(world) == MANY + 2
    pauses: list[None] = []
    assert sweep_lists(world.database, world.clock, pause=lambda: pauses.append(None)) == 1
    assert len(pauses) > MANY // list_store.BATCH
    assert (count_entries(world), len(world.rows(ForeignList))) == (1, 2)
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(world.issuing.issue("bob", serial_number=78)))


def test_replayed_list_is_refused(world: World) -> None:
    """A lower number, none any more, or the same with an older date; the very same list changes nothing."""
    now = world.clock.now().replace(microsecond=0)
    data = build_list(world.issuing, [77], number=5, this_update=now)
    assert upload_list(world.means, world.anchor_id, io.BytesIO(data)).new
    assert not upload_list(world.means, world.anchor_id, io.BytesIO(data)).new
    for changes in ({"number": 4, "this_update": now}, {"number": None, "this_update": now}, {"number": 6}):
        with pytest.raises(ListRefused, match="is held"):
            upload(world, world.issuing, **changes)
    assert [row.number for row in world.lists] == ["5"]
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(world.issuing.issue("alice", serial_number=77)))


def test_list_with_a_flaw_in_its_middle_changes_nothing(world: World) -> None:
    """What was written of it by then is swept up."""
    upload(world, world.issuing, 77)
    entries = b"".join(map(entry, range(1, MANY))) + b"\x30\x00"
    with pytest.raises(ListRefused):
        upload(world, world.issuing, number=2, entries=entries)
    assert [row.number for row in world.lists] == ["1"]
    sweep_lists(world.database, world.clock)
    assert count_entries(world) == 1


def test_number_that_is_named_twice(world: World) -> None:
    """Is revoked once."""
    upload(world, world.issuing, 77, 77)
    assert count_entries(world) == 1


def test_part_lists_are_for_their_part(world: World) -> None:
    """For user certificates, for authorities, for one distribution point (RFC 5280 section 5.2.5)."""
    alice = world.issuing.issue("alice")
    here = world.issuing.issue("bob", extensions=[points_to(HTTP_POINT[0].value)])
    for issuer, part in (
        (world.root, issued_for(only_contains_user_certs=True)),
        (world.issuing, issued_for(only_contains_ca_certs=True)),
        (world.issuing, issued_for(full_name=HTTP_POINT)),
    ):
        upload(world, issuer, extensions=[(part, True)])
    with pytest.raises(StatusUnknown, match="alice"):
        world.look_up(*world.path(alice), use_distribution_points=False)
    with pytest.raises(StatusUnknown, match="Foreign Issuing"):
        world.look_up(*world.path(here), use_distribution_points=False)
    upload(world, world.root, extensions=[(issued_for(only_contains_ca_certs=True), True)])
    assert world.look_up(*world.path(here), use_distribution_points=False) is Assurance.CHECKED
    with pytest.raises(StatusUnknown, match="alice"):
        world.look_up(*world.path(alice), use_distribution_points=False)


@pytest.mark.every_database
def test_login_fetches_a_small_list_itself(world: World) -> None:
    """From the certificate's own distribution point and from an address that was set; both are fetched once."""
    point = world.serve("/issuing", build_list(world.issuing, [78]))
    root_list = world.serve("/root", build_list(world.root))
    alice, bob = (world.issuing.issue("alice", serial_number=n, extensions=[points_to(point)]) for n in (77, 78))
    for _ in range(2):
        assert world.look_up(*world.path(alice), crl_urls=[root_list]) is Assurance.CHECKED
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(bob), crl_urls=[root_list])
    assert sorted(asked.path for asked in world.web.asked) == ["/issuing", "/root"]
    assert {(row.url, bool(row.issuer_key), row.last_error) for row in world.sources} == {
        (point, True, ""),
        (root_list, False, ""),
    }
    due = min(row.next_fetch_at for row in world.sources if row.next_fetch_at)
    assert timedelta(hours=11) < due - world.clock.now() <= timedelta(hours=12)


def test_distribution_points_may_be_left_alone(world: World) -> None:
    """Nothing is asked, and nothing is learnt."""
    point = world.serve("/issuing", build_list(world.issuing))
    alice = world.issuing.issue("alice", extensions=[points_to(point)])
    with pytest.raises(StatusUnknown):
        world.look_up(*world.path(alice), use_distribution_points=False)
    assert (world.web.asked, world.sources) == ([], [])


def test_point_that_lies_is_not_believed(world: World) -> None:
    """Another authority's list, a page, a redirect inward, an expired list: unknown, and said to the administrator."""
    alice = world.issuing.issue("alice", extensions=[points_to(world.web.url("/list"))])
    upload(world, world.root)
    expired = build_list(world.issuing, this_update=world.clock.now() - 2 * HOUR, next_update=world.clock.now() - HOUR)
    for reply, reason in (
        (Reply(build_list(world.root)), "not known here"),
        (Reply(build_list(Authority.create("Foreign Issuing"))), "signature"),
        (Reply(b"<html>"), "malformed"),
        (Reply(expired), "too old"),
        (Reply(status=302, headers={"Location": "http://169.254.169.254/"}), "302"),
    ):
        world.web.replies["/list"] = reply
        with pytest.raises(StatusUnknown):
            world.look_up(*world.path(alice))
        if reason != "not known here":  # a login tries what has not failed yet
            with pytest.raises(NothingLearnt):
                fetch(world)
        (source,) = [row for row in world.sources if row.url]
        assert reason in source.last_error
        world.clock.advance(hours=1, seconds=1)
    assert [row for row in world.lists if row.issuer == "CN=Foreign Issuing"] == []


def test_failed_fetch_keeps_the_list(world: World) -> None:
    """Until its own time is over; the next tries come later and later."""
    settings = world.configure(crl_urls=[world.serve("/list", build_list(world.issuing, [77]))])
    with world.database.transaction() as session:
        keep_configured(session, world.clock, world.anchor_id, settings)
    fetch(world)
    world.web.replies["/list"] = Reply(status=503)
    delays = []
    world.clock.advance(hours=13)
    for _ in range(8):
        with pytest.raises(NothingLearnt, match="503"):
            fetch(world)
        (source,) = world.sources
        assert source.next_fetch_at is not None
        delays.append((source.next_fetch_at - world.clock.now()).total_seconds() / 60)
        world.clock.advance(source.next_fetch_at - world.clock.now())
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [row.entries for row in world.lists] == [1]
    world.serve(
        "/list",
        build_list(
            world.issuing, [77, 78], number=2, this_update=world.clock.now(), next_update=world.clock.now() + HOUR
        ),
    )
    assert fetch(world).new
    (source,) = world.sources
    assert (source.failures, source.last_error) == (0, "")


def test_list_that_is_too_large_for_a_login_is_for_the_background(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login says unknown at once, and the background finds it due."""
    monkeypatch.setattr("idp.pki.foreign_revocation.asking.SMALL_LIST_OCTETS", 10_000)
    point = world.serve("/list", build_list(world.issuing, range(1, MANY)))
    alice = world.issuing.issue("alice", extensions=[points_to(point)])
    upload(world, world.root)
    with pytest.raises(StatusUnknown):
        world.look_up(*world.path(alice))
    assert fetch(world).new
    assert world.look_up(*world.path(alice)) is Assurance.CHECKED


def test_server_that_hangs_keeps_a_login_for_its_time_and_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many addresses there are."""
    over = threading.Event()

    def hang(_: Asked) -> Reply:
        over.wait(20)
        return Reply()

    monkeypatch.setattr("idp.pki.foreign_revocation.lookup.LOOKUP_SECONDS", 0.3)
    points = [world.web.url(f"/{number}") for number in range(3)]
    world.web.replies.update({f"/{number}": hang for number in range(3)})
    alice = world.issuing.issue("alice", extensions=[points_to(*points)])
    with pytest.raises(StatusUnknown):
        world.look_up(*world.path(alice))
    over.set()
    assert len(world.web.asked) <= 2


def test_of_two_at_once_one_fetches(world: World) -> None:
    """A claim is one statement; a worker that died lets go after its lease."""
    with world.database.transaction() as session:
        learn(session, world.clock, world.anchor_id, ["http://crl.example/"], world.issuing.certificate)
    with world.database.transaction() as session:
        claimed = claim_due_source(session, world.clock)
        assert claimed is not None
        assert claim(session, world.clock, claimed.id, list_sources.LEASE) is None
        assert claim_due_source(session, world.clock) is None
    world.clock.advance(list_sources.LEASE)
    with world.database.transaction() as session:
        assert claim_due_source(session, world.clock, busy=[world.anchor_id]) is None
        assert claim_due_source(session, world.clock) is not None


@pytest.mark.every_database
def test_ten_thousand_distribution_points_are_not_learnt(world: World) -> None:
    """So many of an anchor, of a certificate a few; one that is not needed any more makes room."""
    with world.database.transaction() as session:
        urls = [f"http://crl.example/{number}" for number in range(10_000)]
        learn(session, world.clock, world.anchor_id, urls, world.issuing.certificate)
    assert len(world.sources) == MAX_LEARNT
    world.clock.advance(days=1, seconds=1)
    many = world.issuing.issue("many", extensions=[points_to(*(f"http://crl.example/x/{n}" for n in range(100)))])
    with pytest.raises(StatusUnknown):
        world.look_up(*world.path(many))
    assert len(world.sources) == MAX_LEARNT
    assert len([row for row in world.sources if "/x/" in row.url]) == 3
    world.clock.advance(days=31)
    with world.database.transaction() as session:
        assert purge_sources(session, world.clock) == MAX_LEARNT


def test_addresses_that_are_not_set_any_more_go_with_their_lists(world: World) -> None:
    """And what was learnt, where nothing is to be learnt any more; what was uploaded stays."""
    upload(world, world.root)
    url = world.serve("/list", build_list(world.issuing, [77]))
    settings = world.configure(crl_urls=[url])
    with world.database.transaction() as session:
        keep_configured(session, world.clock, world.anchor_id, settings)
        learn(session, world.clock, world.anchor_id, ["http://crl.example/"], world.issuing.certificate)
    fetch(world)
    with world.database.transaction() as session:
        keep_configured(session, world.clock, world.anchor_id, RevocationSettings(use_distribution_points=False))
    assert [row.url for row in world.sources] == [""]
    sweep_lists(world.database, world.clock)
    assert [row.issuer for row in world.lists] == ["CN=Foreign Root"]
    assert count_entries(world) == 0


@pytest.mark.every_database
def test_anchor_is_deleted_quickly_and_its_entries_follow(world: World) -> None:
    """Also while a list of it is written."""
    upload(world, world.issuing, *range(1, MANY))

    def delete_realm() -> None:
        with world.database.transaction() as session:
            session.delete(session.scalars(select(Realm)).one())

    pauses: list[Callable[[], None]] = [delete_realm]
    world.serve("/list", build_list(world.issuing, range(1, MANY), number=2))
    source = learn_and_claim(world, world.web.url("/list"))
    with pytest.raises(NothingLearnt, match="gone"):
        refresh_list(world.means, source, pause=lambda: pauses.pop()() if pauses else None)
    assert world.sources == []
    sweep_lists(world.database, world.clock, pause=lambda: None)
    assert (count_entries(world), world.rows(ForeignList), world.rows(ForeignListSource)) == (0, [], [])


def test_list_that_is_being_swept_up_shows_nothing(world: World) -> None:
    """Its address is forgotten, and half of its entries are gone already: none of them has become good by that."""
    upload(world, world.root)
    alice = world.issuing.issue("alice", serial_number=1)
    world.serve("/list", build_list(world.issuing, range(1, MANY)))
    source = learn_and_claim(world, world.web.url("/list"))
    refresh_list(world.means, source, pause=lambda: None)
    with pytest.raises(CertificateRevoked):
        world.look_up(*world.path(alice))
    with world.database.transaction() as session:
        session.delete(session.get_one(ForeignListSource, source.id))
    standings: list[type[Exception]] = []

    def look() -> None:
        with pytest.raises((StatusUnknown, CertificateRevoked)) as caught:
            world.look_up(*world.path(alice))
        standings.append(caught.type)

    sweep_lists(world.database, world.clock, pause=look)
    assert len(standings) > MANY // list_store.BATCH
    assert set(standings) == {StatusUnknown}


def test_list_of_a_worker_that_died_is_swept_up(world: World) -> None:
    """Not while somebody may still be writing."""

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    world.serve("/list", build_list(world.issuing, range(1, MANY)))
    source = learn_and_claim(world, world.web.url("/list"))
    with pytest.raises(Killed):
        refresh_list(world.means, source, pause=die)
    with world.database.transaction() as session:  # as if it had been killed before it could even say so
        session.scalars(select(ForeignList)).one().superseded_at = None
    assert world.lists == []
    assert sweep_lists(world.database, world.clock, pause=lambda: None) == 0
    world.clock.advance(hours=1, seconds=1)
    assert sweep_lists(world.database, world.clock, pause=lambda: None) == 1
    assert count_entries(world) == 0


def test_upload_in_pem(world: World) -> None:
    """As openssl writes it."""
    crl = x509.load_der_x509_crl(build_list(world.issuing, range(1, MANY)))
    pem = crl.public_bytes(Encoding.PEM)
    assert upload_list(world.means, world.anchor_id, io.BytesIO(pem)).new
    assert world.lists[0].entries == MANY - 1
    for broken in (pem.replace(b"\nM", b"\n!"), pem[:5000], b"-----BEGIN X509 CRL-----\n", b""):
        broken_file = io.BytesIO(broken)
        with pytest.raises(ListRefused):
            upload_list(world.means, world.anchor_id, broken_file)


def test_trial_of_other_settings_deletes_nothing(world: World) -> None:
    """What an administrator only tries takes no list from those who sign in meanwhile."""
    urls = [
        world.serve(f"/{number}", build_list(authority, [77]))
        for number, authority in enumerate((world.root, world.issuing))
    ]
    saved = world.configure(crl_urls=urls)
    with world.database.transaction() as session:
        keep_configured(session, world.clock, world.anchor_id, saved)
    fetch(world)
    fetch(world)
    world.web.replies.clear()
    another = world.root.create_intermediate("Another")
    path = (another.issue("bob").certificate, another.certificate, world.root.certificate)
    with pytest.raises(StatusUnknown):
        world.look_up(*path, crl_urls=["http://127.0.0.1:9/"], use_distribution_points=False)

    assert {row.url for row in world.sources} >= set(urls)
    assert all(row.source_id for row in world.lists)
