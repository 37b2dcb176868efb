"""Signing keys: made, published ahead, rotated, published behind, revoked, removed."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from idp.encryption import Cipher
from idp.errors import InvalidInput, NotFound
from idp.keys.algorithms import ALGORITHMS
from idp.keys.keyring import KeyRing, load_keyring
from idp.keys.publication import JWKS_LIFETIME
from idp.keys.retention import purge_retired_keys
from idp.keys.signing_keys import (
    NextKeyTooYoung,
    create_missing_keys,
    create_signing_keys,
    find_algorithms_to_tend,
    revoke_signing_keys,
    rotate_signing_keys,
    tend_signing_keys,
)
from idp.keys.spare_keys import SpareKeys
from idp.models import Client, Realm, SigningKey
from idp.storage.cache import LIFETIME as WORKERS_CACHE
from idp.storage.database import Database
from tests.clock import FixedClock

ONCE_EACH = {"next": 4, "active": 4}


class Keys:
    """The functions under test, each in a transaction of its own."""

    def __init__(self, database: Database, cipher: Cipher, clock: FixedClock, realm_id: str, spares: SpareKeys) -> None:
        self.database, self.cipher, self.clock, self.realm_id, self.spares = database, cipher, clock, realm_id, spares

    def create(self) -> list[str]:
        with self.database.transaction() as session:
            rows = create_signing_keys(session, self.cipher, self.clock, self.realm_id, spares=self.spares)
            return [row.kid for row in rows]

    def rotate(self, *algorithms: str) -> list[str]:
        with self.database.transaction() as session:
            rows = rotate_signing_keys(
                session, self.cipher, self.clock, self.realm_id,
                algorithms=algorithms or ALGORITHMS, spares=self.spares,
            )  # fmt: skip
            return [row.kid for row in rows]

    def tend(self) -> list[str]:
        with self.database.transaction() as session:
            rows = tend_signing_keys(session, self.cipher, self.clock, self.realm_id, spares=self.spares)
            return [row.kid for row in rows]

    def revoke(self, *kids: str) -> list[str]:
        with self.database.transaction() as session:
            _, rows = revoke_signing_keys(
                session, self.cipher, self.clock, self.realm_id, kids or None, spares=self.spares
            )
            return [row.kid for row in rows]

    def to_tend(self) -> list[str]:
        with self.database.transaction() as session:
            return find_algorithms_to_tend(session, self.clock, self.realm_id)

    def purge(self) -> int:
        with self.database.transaction() as session:
            return purge_retired_keys(session, self.clock, self.realm_id)

    def rows(self) -> list[SigningKey]:
        with self.database.transaction() as session:
            return session.query(SigningKey).filter_by(realm_id=self.realm_id).all()

    def kids(self, status: str, algorithm: str = "") -> set[str]:
        return {row.kid for row in self.rows() if row.status == status and algorithm in {"", row.algorithm}}

    def counts(self) -> dict[str, int]:
        return dict(Counter(row.status for row in self.rows()))

    def ring(self) -> KeyRing:
        with self.database.transaction() as session:
            return load_keyring(session, self.cipher, self.realm_id)

    def set_realm(self, **values: object) -> None:
        with self.database.transaction() as session:
            for name, value in values.items():
                setattr(session.get_one(Realm, self.realm_id), name, value)


@pytest.fixture
def keys(database: Database, cipher: Cipher, clock: FixedClock, realm_id: str, spares: SpareKeys) -> Keys:
    """A realm that has no keys yet."""
    return Keys(database, cipher, clock, realm_id, spares)


@pytest.mark.every_database
def test_new_realm_has_an_active_key_and_the_next_per_algorithm(keys: Keys) -> None:
    """RSA with 2048 bits, P-256, Ed25519; private keys are encrypted, kids are RFC 7638 thumbprints."""
    active = keys.create()
    rows = {row.kid: row for row in keys.rows()}
    assert [rows[kid].algorithm for kid in active] == list(ALGORITHMS) == ["RS256", "PS256", "ES256", "EdDSA"]
    assert keys.counts() == ONCE_EACH
    assert len(rows) == 8
    for row in rows.values():
        assert not {"d", "p", "q", "dp", "dq", "qi"} & row.public_jwk.keys()
        assert len(row.public_jwk.get("n", "x" * 342)) == 342
        assert row.private_key_encrypted[:1] == b"\x01"
        assert b"0\x82" not in row.private_key_encrypted[:2]
        assert len(row.kid) == 43
    assert keys.to_tend() == []


@pytest.mark.every_database
def test_rotation_promotes_the_published_next_key(keys: Keys) -> None:
    """The new signers were in the key set before; another next key takes their place, and the old ones stay."""
    old = set(keys.create())
    upcoming, published = keys.kids("next"), set(keys.ring().verifiers)
    assert set(keys.rotate()) == upcoming
    ring = keys.ring()
    assert {signer.kid for signer in ring.signers.values()} == upcoming <= published
    assert keys.kids("retired") == old
    assert keys.counts() == {**ONCE_EACH, "retired": 4}
    assert set(ring.verifiers) == old | upcoming | keys.kids("next")
    assert {key["kid"] for key in json.loads(ring.jwks)["keys"]} == set(ring.verifiers)


def test_rotation_of_one_algorithm_leaves_the_others(keys: Keys) -> None:
    """And an algorithm that is not ours, or none at all, is refused."""
    before = set(keys.create())
    (new,) = keys.rotate("ES256")
    assert before & keys.kids("active") == before - keys.kids("retired", "ES256")
    assert keys.kids("active", "ES256") == {new}
    for wrong in (["HS256"], ["none"], ["ES256", "es256"]):
        with pytest.raises(InvalidInput):
            keys.rotate(*wrong)
    assert keys.counts() == {**ONCE_EACH, "retired": 1}


def test_key_that_a_cached_key_set_may_lack_does_not_sign(keys: Keys, clock: FixedClock) -> None:
    """RFC 9111 section 4.2: not before max-age and the workers' own second are over, for all algorithms or none."""
    keys.create()
    keys.rotate("PS256")
    before = keys.kids("active")
    clock.advance(JWKS_LIFETIME + timedelta(seconds=WORKERS_CACHE))
    with pytest.raises(NextKeyTooYoung) as refusal:
        keys.rotate()
    assert "PS256" in str(refusal.value)
    assert keys.kids("active") == before
    clock.advance(refusal.value.ready_at - clock.now())
    assert not set(keys.rotate()) & before


def test_realm_of_before_gets_what_it_lacks_published_first(keys: Keys, clock: FixedClock) -> None:
    """A realm that had two algorithms and no next keys: nobody sees a new kid in a token before it was published."""
    keys.create()
    with keys.database.transaction() as session:
        for row in session.query(SigningKey):
            if row.status == "next" or row.algorithm in {"PS256", "EdDSA"}:
                session.delete(row)
    clock.advance(days=1)
    assert keys.to_tend() == list(ALGORITHMS)
    assert keys.tend() == []
    assert set(keys.ring().signers) == {"RS256", "ES256"}
    assert keys.to_tend() == []
    clock.advance(JWKS_LIFETIME + timedelta(seconds=WORKERS_CACHE))
    assert keys.tend() == []
    clock.advance(seconds=60)
    assert len(keys.tend()) == 2
    assert set(keys.ring().signers) == set(ALGORITHMS)
    assert keys.counts() == ONCE_EACH


def test_missing_next_keys_can_be_made_by_themselves(keys: Keys, clock: FixedClock) -> None:
    """Without a rotation that is due as well."""
    keys.create()
    with keys.database.transaction() as session:
        session.query(SigningKey).filter_by(status="next", algorithm="ES256").delete()
    clock.advance(days=1000)
    active = keys.kids("active")
    with pytest.raises(NextKeyTooYoung):
        keys.rotate("ES256")
    for _ in range(2):
        with keys.database.transaction() as session:
            create_missing_keys(session, keys.cipher, clock, keys.realm_id)
        assert keys.counts() == ONCE_EACH
    assert keys.kids("active") == active


def test_schedule_rotates_when_the_interval_is_over(keys: Keys, clock: FixedClock) -> None:
    """An interval of 0 is by hand."""
    keys.set_realm(key_rotation_interval=86400)
    first = set(keys.create())
    clock.advance(seconds=86399)
    assert keys.to_tend() == keys.tend() == []
    clock.advance(seconds=1)
    assert keys.to_tend() == list(ALGORITHMS)
    assert len(keys.tend()) == 4
    assert keys.tend() == []
    assert keys.kids("retired") == first
    keys.set_realm(key_rotation_interval=0)
    clock.advance(days=3000)
    assert keys.to_tend() == keys.tend() == []


@pytest.mark.every_database
def test_many_workers_at_once_rotate_once(keys: Keys, clock: FixedClock) -> None:
    """Each of them finds the rotation due; one does it."""
    keys.set_realm(key_rotation_interval=3600)
    keys.create()
    clock.advance(hours=1)
    workers = 5
    barrier = threading.Barrier(workers)

    def tend(_: int) -> int:
        assert len(keys.to_tend()) == 4
        barrier.wait(20)
        with keys.database.transaction() as session:
            return len(tend_signing_keys(session, keys.cipher, clock, keys.realm_id, spares=SpareKeys(ALGORITHMS)))

    with ThreadPoolExecutor(workers) as threads:
        activated = list(threads.map(tend, range(workers)))
    assert sorted(activated) == [0] * (workers - 1) + [4]
    assert keys.counts() == {**ONCE_EACH, "retired": 4}


@pytest.mark.every_database
def test_manual_rotations_at_once_promote_no_young_key(keys: Keys, clock: FixedClock) -> None:
    """The second would promote what the first has just published."""
    keys.create()
    clock.advance(hours=1)
    barrier = threading.Barrier(3)

    def rotate(_: int) -> bool:
        barrier.wait(20)
        try:
            with keys.database.transaction() as session:
                rotate_signing_keys(session, keys.cipher, clock, keys.realm_id, algorithms=["ES256", "EdDSA"])
        except NextKeyTooYoung:
            return False
        return True

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(rotate, range(3))) == [False, False, True]
    assert keys.counts() == {**ONCE_EACH, "retired": 2}


def test_every_signer_was_in_the_key_set_that_anybody_may_still_have(
    keys: Keys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of a realm that rotates by the clock and by hand; who verifies may hold what was published 61 s before."""
    monkeypatch.setattr("idp.keys.signing_keys.ALGORITHMS", ("ES256", "EdDSA"))
    keys.spares = SpareKeys()
    keys.set_realm(key_rotation_interval=600)
    keys.create()
    step, stale = timedelta(seconds=7), JWKS_LIFETIME + timedelta(seconds=WORKERS_CACHE)
    published: list[tuple[datetime, set[str]]] = []
    by_hand = by_clock = 0
    for number in range(450):
        if number % 8 == 0:
            by_clock += len(keys.tend())
        if number % 11 == 0:
            with suppress(NextKeyTooYoung):
                by_hand += len(keys.rotate("ES256"))
        ring = keys.ring()
        published.append((clock.now(), set(ring.verifiers)))
        held = [kids for at, kids in published if at <= clock.now() - stale] or [set(ring.verifiers)]
        assert {signer.kid for signer in ring.signers.values()} <= held[-1]
        clock.advance(step)
    assert by_hand > 20
    assert by_clock >= 4


def test_retired_key_stays_until_all_it_signed_has_expired(keys: Keys, clock: FixedClock) -> None:
    """Tokens, the hints of a session, and those of an offline session, which lasts longest."""
    old = set(keys.create())
    keys.rotate()
    clock.advance(days=60)
    assert keys.purge() == 0
    assert old <= set(keys.ring().verifiers)
    clock.advance(seconds=1)
    assert keys.purge() == 4
    assert not old & set(keys.ring().verifiers)
    assert keys.counts() == ONCE_EACH


@pytest.mark.parametrize("longest", ["access_token_lifetime", "session_lifetime", "offline_lifetime", "client"])
def test_longest_lifetime_keeps_a_retired_key(keys: Keys, clock: FixedClock, longest: str) -> None:
    """Whichever it is; a day at least, as lifetimes may have been shortened since."""
    keys.set_realm(access_token_lifetime=60, session_lifetime=60, offline_lifetime=60)
    keys.create()
    keys.rotate("ES256")
    clock.advance(days=1)
    assert keys.purge() == 0
    with keys.database.transaction() as session:
        if longest == "client":
            session.add(
                Client(realm_id=keys.realm_id, client_id="app", access_token_lifetime=172800, created_at=clock.now())
            )
        else:
            setattr(session.get_one(Realm, keys.realm_id), longest, 172800)
    clock.advance(days=1)
    assert keys.purge() == 0
    clock.advance(seconds=1)
    assert keys.purge() == 1


@pytest.mark.every_database
def test_revoked_key_is_gone_and_the_next_one_signs(keys: Keys) -> None:
    """Also where the next one is new; the private key is wiped, and the kid remembered."""
    keys.create()
    for _ in range(2):
        (compromised,) = keys.kids("active", "ES256")
        (upcoming,) = keys.kids("next", "ES256")
        assert keys.revoke(compromised) == [upcoming]
        ring = keys.ring()
        assert compromised not in ring.verifiers
        assert compromised.encode() not in ring.jwks
        assert ring.signers["ES256"].kid == upcoming
    assert keys.counts() == {**ONCE_EACH, "revoked": 2}
    for row in keys.rows():
        assert (keys.cipher.decrypt(row.private_key_encrypted, "signing_key.private_key") == b"") == (
            row.status == "revoked"
        )
    assert keys.revoke(compromised) == []


def test_next_and_retired_keys_can_be_revoked_too(keys: Keys) -> None:
    """Nothing else changes then but that a revoked next key is replaced."""
    keys.create()
    keys.rotate("RS256")
    active = keys.kids("active")
    (upcoming,) = keys.kids("next", "RS256")
    assert keys.revoke(upcoming, *keys.kids("retired")) == []
    assert keys.kids("active") == active
    assert keys.counts() == {**ONCE_EACH, "revoked": 2}
    assert keys.kids("next", "RS256") != {upcoming}


def test_all_keys_can_be_revoked_together(keys: Keys) -> None:
    """As after a theft of the database and its master key."""
    keys.create()
    before = set(keys.ring().verifiers)
    assert len(keys.revoke()) == 4
    ring = keys.ring()
    assert not before & set(ring.verifiers)
    assert set(ring.signers) == set(ALGORITHMS)
    assert keys.counts() == {**ONCE_EACH, "revoked": 8}
    with pytest.raises(NextKeyTooYoung):
        keys.rotate()


def test_unknown_kid_revokes_nothing(keys: Keys) -> None:
    """All or none; another realm's kid is as unknown."""
    active = keys.create()
    with pytest.raises(NotFound):
        keys.revoke(active[0], "nobody's")
    assert keys.counts() == ONCE_EACH
