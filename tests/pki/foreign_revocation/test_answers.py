"""OCSP answers: OpenSSL's responder and our own as real peers, and one of our making that lies in every way that we could think of."""

import io
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from sqlalchemy import update

from idp.fetching.fetcher import Fetcher
from idp.models import Realm, TrustAnchor
from idp.pki.anchor_settings import RevocationSettings
from idp.pki.foreign_revocation.answers import ASK_AGAIN, ask, claim_due_answer, purge_answers
from idp.pki.foreign_revocation.refreshing import upload_list
from idp.pki.foreign_revocation.sources import Means
from idp.pki.foreign_status import Assurance
from idp.pki.rejections import CertificateRevoked, StatusUnknown
from idp.settings import Settings
from idp.web.status_sources import FetchedSources
from tests.certificates import DAY, Authority, Issued, rsa_key
from tests.foreign_anchors import World, answered_at
from tests.revocation_lists import build_list
from tests.web_server import Asked, Reply

HOUR = timedelta(hours=1)
OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING
GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
TYPE = "application/ocsp-response"


def answer(
    world: World,
    certificate: x509.Certificate,
    signer: Issued,
    *,
    status: ocsp.OCSPCertStatus = GOOD,
    issuer: x509.Certificate | None = None,
    this_update: timedelta = -HOUR,
    next_update: timedelta | None = HOUR,
    nonce: bytes | None = None,
    chain: tuple[x509.Certificate, ...] | None = None,
    algorithm: hashes.HashAlgorithm | None = None,
    certificate_id: hashes.HashAlgorithm | None = None,
) -> bytes:
    """Return an answer in DER."""
    now = world.clock.now().replace(microsecond=0)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate,
            issuer or world.issuing.certificate,
            certificate_id or hashes.SHA1(),
            status,
            now + this_update,
            now + next_update if next_update else None,
            now if status is REVOKED else None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    )
    if chain := (signer.certificate,) if chain is None else chain:
        builder = builder.certificates(list(chain))
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(signer.key, algorithm or hashes.SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


@pytest.fixture
def checked_root(world: World) -> World:
    """The root has revoked nothing, so that only the person's certificate is in question."""
    upload_list(world.means, world.anchor_id, io.BytesIO(build_list(world.root)))
    return world


def person(world: World, **options: object) -> Issued:
    """Return a certificate that names the responder."""
    return world.issuing.issue("alice", extensions=[answered_at(world.web.url("/ocsp"))], **options)  # type: ignore[arg-type]


def look_up(world: World, certificate: Issued, **settings: object) -> Assurance:
    """Ask as a login does, the responder first."""
    return world.look_up(*world.path(certificate), **{"method": "ocsp_then_crl", **settings})


@contextmanager
def openssl_responder(folder: Path, world: World, *arguments: str, index: str, signer: Issued) -> Iterator[str]:
    """Run `openssl ocsp` and yield its address."""
    certificate, key = signer.write_pem(folder)
    (folder / "issuer.pem").write_text(world.issuing.pem)
    (folder / "index").write_text(index)
    command = ["openssl", "ocsp", "-port", "0", "-index", folder / "index", "-CA", folder / "issuer.pem"]
    process = subprocess.Popen(
        [*command, "-rsigner", certificate, "-rkey", key, "-nmin", "10", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        while not (found := re.search(r"ACCEPT \S*?:(\d+)", process.stdout.readline())):
            assert process.poll() is None
        yield f"http://localhost:{found[1]}/"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("signed_by", ["issuer", "delegate", "told"])
def test_openssl_answers(checked_root: World, tmp_path: Path, signed_by: str) -> None:
    """Good, revoked and unknown, signed by each of the three who may; with our nonce in it."""
    world, told = checked_root, Authority.create("Somebody").issue("Responder", usages=(OCSP_SIGNING,))
    signer = {
        "issuer": world.issuing,
        "delegate": world.issuing.issue("Responder", usages=(OCSP_SIGNING,)),
        "told": told,
    }[signed_by]
    index = (
        "V\t300101000000Z\t\t0A\tunknown\t/CN=a\nR\t300101000000Z\t250101000000Z,keyCompromise\t0B\tunknown\t/CN=b\n"
    )
    with openssl_responder(tmp_path, world, index=index, signer=signer) as url:
        port = url.split(":")[2].strip("/")
        sources = FetchedSources(Fetcher(Settings(fetch_allowed_hosts=[f"localhost:{port}"])))
        world.means = Means(world.database, world.clock, sources)
        settings = {"ocsp_url": url, **({"ocsp_signer": told.pem} if signed_by == "told" else {})}
        assert look_up(world, world.issuing.issue(serial_number=10), **settings) is Assurance.CHECKED
        with pytest.raises(CertificateRevoked):
            look_up(world, world.issuing.issue(serial_number=11), **settings, fail_open=True)
        with pytest.raises(StatusUnknown):
            look_up(world, world.issuing.issue(serial_number=12), **settings)
    statuses = {row.serial_number: (row.status, row.last_error) for row in world.answers}
    assert statuses[b"\x0a"] == ("good", "")
    assert statuses[b"\x0b"] == ("revoked", "")
    assert statuses[b"\x0c"] == ("unknown", "")


@pytest.mark.every_database
def test_answer_is_kept_until_its_time_is_over(checked_root: World) -> None:
    """One question for any number of logins; then another, and no answer is no yes."""
    world, alice = checked_root, person(checked_root)
    world.serve("/ocsp", answer(world, alice.certificate, world.issuing), TYPE)
    for _ in range(3):
        assert look_up(world, alice) is Assurance.CHECKED
    assert len(world.web.asked) == 1
    world.clock.advance(minutes=61)
    with pytest.raises(StatusUnknown):
        look_up(world, alice)
    assert len(world.web.asked) == 2
    assert "too old" in world.answers[0].last_error


def test_silent_responder_is_not_asked_by_every_login(checked_root: World) -> None:
    """Each would wait for it; after a while the next one may."""
    world, alice = checked_root, person(checked_root)
    world.web.replies["/ocsp"] = Reply(status=503)
    for _ in range(5):
        assert look_up(world, alice, fail_open=True) is Assurance.FAILED_OPEN
    assert len(world.web.asked) == 1
    world.clock.advance(ASK_AGAIN)
    world.serve("/ocsp", answer(world, alice.certificate, world.issuing), TYPE)
    assert look_up(world, alice) is Assurance.CHECKED


def test_revoked_stays_revoked(checked_root: World) -> None:
    """Also when the answer is old and nobody answers any more, and whatever is open."""
    world, alice = checked_root, person(checked_root)
    world.serve("/ocsp", answer(world, alice.certificate, world.issuing, status=REVOKED), TYPE)
    for _ in range(2):
        with pytest.raises(CertificateRevoked):
            look_up(world, alice, fail_open=True)
        world.web.replies["/ocsp"] = Reply(status=503)
        world.clock.advance(hours=5)


def test_answer_without_next_update_has_an_age(checked_root: World) -> None:
    """As long as the settings say."""
    world, alice = checked_root, person(checked_root)
    world.serve("/ocsp", answer(world, alice.certificate, world.issuing, next_update=None), TYPE)
    with pytest.raises(StatusUnknown):
        look_up(world, alice, maximum_age=3600)
    world.clock.advance(ASK_AGAIN)
    assert look_up(world, alice, maximum_age=7300) is Assurance.CHECKED
    world.clock.advance(2 * HOUR)
    with pytest.raises(StatusUnknown):
        look_up(world, alice, maximum_age=7300)


LIES: dict[str, tuple[str, Callable[[World, x509.Certificate], bytes]]] = {
    "key of another": ("issuer itself", lambda w, c: answer(w, c, Authority.create("Other"))),
    "other CA of the same name": (
        "nobody's",
        lambda w, c: answer(w, c, w.root.create_intermediate("Foreign Issuing"), chain=()),
    ),
    "delegate of an other CA of the same name": (
        "issuer itself",
        lambda w, c: answer(w, c, w.root.create_intermediate("Foreign Issuing").issue("R", usages=(OCSP_SIGNING,))),
    ),
    "delegate of the root": ("issuer itself", lambda w, c: answer(w, c, w.root.issue("R", usages=(OCSP_SIGNING,)))),
    "another person": ("id-kp-OCSPSigning", lambda w, c: answer(w, c, w.issuing.issue("mallory"))),
    "person of any purpose": ("id-kp-OCSPSigning", lambda w, c: answer(w, c, w.issuing.issue("m", usages=()))),
    "expired delegate": (
        "expired",
        lambda w, c: answer(w, c, w.issuing.issue("R", usages=(OCSP_SIGNING,), not_before=-9 * DAY, not_after=-DAY)),
    ),
    "delegate to come": (
        "not valid yet",
        lambda w, c: answer(w, c, w.issuing.issue("R", usages=(OCSP_SIGNING,), not_before=DAY, not_after=9 * DAY)),
    ),
    "delegate with a weak key": (
        "nobody's",
        lambda w, c: answer(w, c, w.issuing.issue("R", usages=(OCSP_SIGNING,), key=rsa_key(1024))),
    ),
    "delegate with a critical extension": (
        "critical",
        lambda w, c: answer(
            w,
            c,
            w.issuing.issue(
                "R",
                usages=(OCSP_SIGNING,),
                extensions=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True)],
            ),
        ),
    ),
    "delegate that is not sent along": (
        "nobody's",
        lambda w, c: answer(w, c, w.issuing.issue("R", usages=(OCSP_SIGNING,)), chain=()),
    ),
    "another serial number": (
        "another certificate",
        lambda w, _: answer(w, w.issuing.issue("bob").certificate, w.issuing),
    ),
    "another issuer": (
        "another certificate",
        lambda w, c: answer(w, c, w.issuing, issuer=w.root.create_intermediate("Foreign Issuing").certificate),
    ),
    "hashed otherwise": ("another certificate", lambda w, c: answer(w, c, w.issuing, certificate_id=hashes.SHA256())),
    "too old": ("too old", lambda w, c: answer(w, c, w.issuing, this_update=-3 * HOUR, next_update=-HOUR)),
    "of the future": ("future", lambda w, c: answer(w, c, w.issuing, this_update=HOUR, next_update=2 * HOUR)),
    "another nonce": ("nonce", lambda w, c: answer(w, c, w.issuing, nonce=b"x" * 32)),
    "too short a digest": ("accepted", lambda w, c: answer(w, c, w.issuing, algorithm=hashes.SHA224())),
    "not signed": (
        "internal_error",
        lambda _w, _c: ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.INTERNAL_ERROR).public_bytes(
            Encoding.DER
        ),
    ),
    "a page": ("malformed", lambda _w, _c: b"<html>"),
    "nothing": ("malformed", lambda _w, _c: b""),
    "deep nesting": ("malformed", lambda _w, _c: b"\x30\x80" * 20_000),
    "endless": ("too large", lambda _w, _c: b"\x30" * 100_000),
    "broken off": ("malformed", lambda w, c: answer(w, c, w.issuing)[:-1]),
    "changed": ("nobody's", lambda w, c: _change_status(answer(w, c, w.issuing, status=UNKNOWN))),
}


def _change_status(data: bytes) -> bytes:
    assert data.count(b"\x82\x00\x18\x0f") == 1  # unknown, before thisUpdate
    return data.replace(b"\x82\x00\x18\x0f", b"\x80\x00\x18\x0f")


@pytest.mark.parametrize("lie", LIES)
def test_lies_are_not_believed(checked_root: World, lie: str) -> None:
    """Nothing is learnt, the settings decide, and the administrator can read why."""
    world, alice = checked_root, person(checked_root)
    reason, build = LIES[lie]
    world.serve("/ocsp", build(world, alice.certificate), TYPE)
    with pytest.raises(StatusUnknown):
        look_up(world, alice)
    (row,) = world.answers
    assert reason in row.last_error
    assert row.status == ""


def test_expired_signer_of_our_own_is_refused(checked_root: World) -> None:
    """An administrator's word has an end, too."""
    world, alice = checked_root, person(checked_root)
    told = Authority.create("Somebody").issue("R", usages=(OCSP_SIGNING,), not_before=-9 * DAY, not_after=-DAY)
    world.serve("/ocsp", answer(world, alice.certificate, told), TYPE)
    with pytest.raises(StatusUnknown):
        look_up(world, alice, ocsp_signer=told.pem)
    assert "expired" in world.answers[0].last_error


def test_delegate_that_is_on_the_issuers_list_is_refused(checked_root: World) -> None:
    """A stolen responder's key is worth nothing once its certificate is revoked."""
    world, alice = checked_root, person(checked_root)
    delegate = world.issuing.issue("R", usages=(OCSP_SIGNING,))
    data = build_list(world.issuing, [delegate.certificate.serial_number])
    upload_list(world.means, world.anchor_id, io.BytesIO(data))
    world.serve("/ocsp", answer(world, alice.certificate, delegate), TYPE)
    with pytest.raises(StatusUnknown):
        look_up(world, alice, method="ocsp")
    assert "revoked" in {row.last_error.rpartition(" ")[2] for row in world.answers}


def test_old_answer_is_not_believed_after_a_newer_one(checked_root: World) -> None:
    """Good, replayed after revoked, by a server that is asked again."""
    world, alice = checked_root, person(checked_root)
    old = answer(world, alice.certificate, world.issuing, next_update=9 * HOUR)
    world.serve("/ocsp", answer(world, alice.certificate, world.issuing, status=UNKNOWN, this_update=-HOUR / 2), TYPE)
    with pytest.raises(StatusUnknown):
        look_up(world, alice)
    world.serve("/ocsp", old, TYPE)
    with pytest.raises(StatusUnknown):
        look_up(world, alice)
    assert "older" in world.answers[0].last_error


@pytest.mark.parametrize(
    ("method", "listed", "status", "outcome"),
    [
        ("crl_then_ocsp", False, REVOKED, Assurance.CHECKED),
        ("ocsp_then_crl", True, GOOD, CertificateRevoked),
        ("ocsp_then_crl", False, GOOD, Assurance.CHECKED),
        ("ocsp_then_crl", False, REVOKED, CertificateRevoked),
        ("ocsp_then_crl", True, UNKNOWN, CertificateRevoked),
        ("ocsp_then_crl", False, UNKNOWN, Assurance.CHECKED),
        ("ocsp", False, UNKNOWN, StatusUnknown),
        ("crl", True, GOOD, CertificateRevoked),
        ("crl_then_ocsp", None, GOOD, Assurance.CHECKED),
        ("crl_then_ocsp", None, REVOKED, CertificateRevoked),
        ("crl", None, GOOD, StatusUnknown),
    ],
)
def test_order_of_the_two(
    world: World, method: str, listed: bool | None, status: ocsp.OCSPCertStatus, outcome: object
) -> None:
    """The second is asked where the first is silent; what either is known to have revoked is that."""
    root_answer = answered_at(world.web.url("/root"))
    world.issuing = world.root.create_intermediate("Named", extensions=[root_answer])
    with world.database.transaction() as session:
        session.get_one(TrustAnchor, world.anchor_id).intermediates = world.issuing.pem.encode()
    alice = person(world)
    world.serve("/root", answer(world, world.issuing.certificate, world.root, issuer=world.root.certificate), TYPE)
    world.serve("/ocsp", answer(world, alice.certificate, world.issuing, status=status), TYPE)
    upload_list(world.means, world.anchor_id, io.BytesIO(build_list(world.root)))
    if listed is not None:
        numbers = [alice.certificate.serial_number] if listed else []
        upload_list(world.means, world.anchor_id, io.BytesIO(build_list(world.issuing, numbers)))
    if isinstance(outcome, Assurance):
        assert look_up(world, alice, method=method) is outcome
    else:
        with pytest.raises(outcome):  # type: ignore[call-overload]
            look_up(world, alice, method=method)


def test_background_asks_again_for_what_is_in_use(checked_root: World) -> None:
    """At half of its time; not for certificates that nobody has used for a day, and after a month they are forgotten."""
    world, alice = checked_root, person(checked_root)
    world.serve(
        "/ocsp", answer(world, alice.certificate, world.issuing, this_update=timedelta(0), next_update=4 * HOUR), TYPE
    )
    look_up(world, alice)

    def turn() -> str | None:
        with world.database.transaction() as session:
            row = claim_due_answer(session, world.clock)
        return None if row is None else ask(world.means, row, RevocationSettings())

    assert turn() is None
    world.clock.advance(hours=2, seconds=1)
    world.serve("/ocsp", answer(world, alice.certificate, world.issuing, status=REVOKED), TYPE)
    assert turn() is None or world.answers[0].status == "revoked"
    with pytest.raises(CertificateRevoked):
        look_up(world, alice)
    assert turn() is None
    world.clock.advance(days=2)
    assert turn() is None
    world.clock.advance(days=30)
    with world.database.transaction() as session:
        assert purge_answers(session, world.clock) == 1


def test_hanging_responder_ends_with_the_login(checked_root: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not hold the database meanwhile."""
    over = threading.Event()

    def hang(_: Asked) -> Reply:
        with checked_root.database.transaction() as session:
            session.execute(update(Realm).values(display_name="changed"))  # nobody holds the writer's lock
        over.wait(20)
        return Reply()

    world, alice = checked_root, person(checked_root)
    monkeypatch.setattr("idp.pki.foreign_revocation.asking.ASK_SECONDS", 0.3)
    world.web.replies["/ocsp"] = hang
    with pytest.raises(StatusUnknown):
        look_up(world, alice)
    over.set()


def test_responder_told_by_hand_wins(checked_root: World) -> None:
    """The certificate's own is not asked then."""
    world, alice = checked_root, person(checked_root)
    url = world.serve("/other", answer(world, alice.certificate, world.issuing), TYPE)
    assert look_up(world, alice, ocsp_url=url) is Assurance.CHECKED
    assert {asked.path for asked in world.web.asked} == {"/other"}
    assert world.web.asked[0].headers["content-type"] == "application/ocsp-request"
