"""Trying a certificate says what the verdict would be, and writes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from idp.errors import InvalidInput
from idp.models import Certificate, Realm, User
from idp.pki.anchor_settings import read_anchor_settings
from idp.pki.bindings import bind_certificate
from idp.pki.proposals import BoundBy, Proposal
from idp.pki.rehearsal import Rehearsal, rehearse
from idp.pki.rejections import Reason
from idp.pki.revocation import RevocationReason
from idp.pki.trust import load_trust_store
from idp.pki.trust_anchors import add_anchor, change_anchor
from idp.pki.verdict import judge
from idp.storage.transaction import Transaction
from tests.certificates import DAY, SERVER_AUTH, Authority, Issued, rsa_key, self_sign
from tests.clock import FixedClock
from tests.pki.corporate import pem

BY_MAIL = {"revocation": {"method": "none"}, "mapping": {"source": "san_email", "target": "email"}}


class Room:
    """A realm with an anchor, in which certificates are tried and judged."""

    def __init__(self, transaction: Transaction, realm: Realm) -> None:
        self.transaction, self.realm = transaction, realm
        self.root = Authority.create()
        self.cards = self.root.create_intermediate("Cards")
        self.clock = FixedClock(self.root.certificate.not_valid_before_utc + timedelta(days=1))
        self.anchor = add_anchor(
            transaction.session,
            self.clock,
            realm=realm,
            name="Cards",
            pem=pem(self.root.certificate, self.cards.certificate),
            settings=read_anchor_settings(BY_MAIL),
        )

    def change(self, **settings: Any) -> None:
        """Set the anchor's settings."""
        change_anchor(self.transaction.session, self.clock, self.anchor, read_anchor_settings({**BY_MAIL, **settings}))

    def rehearse(self, leaf: Issued) -> Rehearsal:
        """Try it."""
        trust = load_trust_store(self.transaction.session, self.realm.id)
        return rehearse(self.transaction, self.clock, pem=leaf.pem.encode(), trust=trust)

    def judge(self, leaf: Issued, user: User) -> Reason:
        """Judge it for *user*."""
        trust = load_trust_store(self.transaction.session, self.realm.id)
        return judge(
            self.transaction, self.clock, leaf=leaf.der, intermediates=(), trust=trust, realm_id=self.realm.id,
            user_id=user.id,
        ).reason  # fmt: skip

    def bind(self, leaf: Issued, user: User) -> Certificate:
        """Register it."""
        self.change(registration=True)
        return bind_certificate(
            self.transaction, self.clock, realm_id=self.realm.id,
            proposal=Proposal(self.anchor.id, user.id, BoundBy.REGISTERED, leaf.der),
        ).row  # fmt: skip


@pytest.fixture
def room(transaction: Transaction, realm: Realm) -> Room:
    return Room(transaction, realm)


def failed(outcome: Rehearsal) -> list[str]:
    return [step.name for step in outcome.steps if not step.ok]


def test_rehearsal_and_verdict_agree(room: Room, alice: User, bob: User) -> None:
    """Whatever is wrong; and of several flaws all are told, while the first is the reason."""
    both = [x509.RFC822Name("alice@example.org"), x509.RFC822Name("bob@example.org")]
    for leaf, wrong in (
        (room.cards.issue("alice"), []),
        (room.cards.issue("nobody"), ["account"]),
        (room.cards.issue("x", names=both), ["account"]),
        (room.cards.issue("alice", not_before=-DAY, not_after=-timedelta(minutes=5)), ["time"]),
        (room.cards.issue("nobody", usages=(SERVER_AUTH,), key=rsa_key(1024)), ["usage", "key", "account"]),
        (self_sign("alice"), ["path"]),
    ):
        outcome = room.rehearse(leaf)
        assert failed(outcome) == wrong
        assert outcome.reason is room.judge(leaf, alice)
        assert outcome.username == (
            "alice" if "alice" in leaf.certificate.subject.rfc4514_string() and "path" not in wrong else None
        )
    assert room.transaction.session.query(Certificate).count() == 0


def test_what_is_bound_is_found_by_its_row(room: Room, alice: User, bob: User) -> None:
    """And no longer where its owner has revoked it."""
    card = room.cards.issue("card-7")
    row = room.bind(card, bob)
    assert (room.rehearse(card).username, room.rehearse(card).reason) == ("bob", Reason.ACCEPTED)
    assert room.judge(card, bob) is Reason.ACCEPTED
    assert room.judge(card, alice) is Reason.OTHER_USER

    row.revoked_at = room.clock.now()
    room.transaction.session.flush()
    assert (room.rehearse(card).reason, room.judge(card, bob)) == (Reason.REVOKED, Reason.REVOKED)

    row.revocation_reason = RevocationReason.KEY_COMPROMISE
    room.transaction.session.flush()
    again = room.cards.issue("alice", key=card.key)
    assert (room.rehearse(again).reason, room.judge(again, alice)) == (Reason.REVOKED, Reason.REVOKED)


def test_unknown_revocation_and_policies_fail(room: Room, alice: User) -> None:
    room.change(revocation={"method": "ocsp"}, policies=["1.2.3"])
    outcome = room.rehearse(room.cards.issue("alice"))
    assert failed(outcome) == ["policies", "revocation"]
    assert outcome.reason is Reason.WRONG_POLICY


def test_file_without_a_certificate_is_refused(room: Room) -> None:
    trust = load_trust_store(room.transaction.session, room.realm.id)
    with pytest.raises(InvalidInput):
        rehearse(room.transaction, room.clock, pem=b"junk", trust=trust)
