"""Signing keys, looked after by several workers on one database."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.app import build_services
from idp.encryption import create_master_key
from idp.keys.keyring import KeyRing
from idp.keys.signing_keys import create_signing_keys, revoke_signing_keys, rotate_signing_keys
from idp.keys.tokens import ACCESS_TOKEN, TokenInvalid, sign_jwt, verify_jwt
from idp.models import Event, Realm, SigningKey
from idp.realms.realms import create_realm
from idp.serving.housekeeping import sweep
from idp.serving.key_rotation import tend_keys
from idp.settings import Settings
from idp.storage.cache import LIFETIME
from idp.web.services import Services
from tests.clock import FixedClock

ISSUER = "https://idp.example/realms/demo"
ALGORITHM = "ES256"

Workers = list[Services]


@pytest.fixture
def workers(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Workers]:
    """The parts of three processes, each with caches of its own."""
    create_master_key(tmp_path / "master.key")
    settings = Settings(
        public_url="https://idp.example", certificate_url="https://{label}.cert.example",
        database_url=database_url, master_key_file=tmp_path / "master.key",
    )  # fmt: skip
    workers = [build_services(settings, clock) for _ in range(3)]
    yield workers
    for services in workers:
        services.ephemeral.close()
        services.database.close()


@pytest.fixture
def realm_id(workers: Workers) -> str:
    """A realm that rotates its keys every day."""
    services = workers[0]
    with services.database.transaction() as session:
        realm = create_realm(session, services.clock, name="demo")
        realm.key_rotation_interval = 86400
        create_signing_keys(session, services.cipher, services.clock, realm.id)
        return realm.id


def sign(ring: KeyRing, clock: FixedClock) -> str:
    """Return a token of a minute."""
    return sign_jwt(ring, ALGORITHM, ACCESS_TOKEN, {"iss": ISSUER, "exp": int(clock.now().timestamp()) + 60})


def accepts(ring: KeyRing, token: str, clock: FixedClock) -> bool:
    """Tell whether the token verifies."""
    try:
        verify_jwt(ring, token, ACCESS_TOKEN, clock=clock, issuer=ISSUER)
    except TokenInvalid:
        return False
    return True


def for_a_second(look: Callable[[], None]) -> None:
    """Look again and again for as long as a worker may rely on what it knew."""
    end = time.monotonic() + LIFETIME
    while time.monotonic() <= end:
        look()
        threading.Event().wait(0.02)


@pytest.mark.every_database
def test_rotation_is_in_every_worker_within_a_second_and_nobody_refuses_a_token_meanwhile(
    workers: Workers, realm_id: str, clock: FixedClock
) -> None:
    """Tokens of either key are good with what any worker knew before, between and afterwards."""
    stale = [services.keyrings.get(realm_id) for services in workers]
    with workers[0].database.transaction() as session:
        new = rotate_signing_keys(session, workers[0].cipher, clock, realm_id, algorithms=[ALGORITHM])[0].kid

    def look() -> None:
        rings = [services.keyrings.get(realm_id) for services in workers]
        tokens = [sign(ring, clock) for ring in rings]
        assert all(accepts(ring, token, clock) for token in tokens for ring in (*rings, *stale))

    for_a_second(look)
    rings = [services.keyrings.get(realm_id) for services in workers]
    assert {ring.signers[ALGORITHM].kid for ring in rings} == {new}
    assert len({ring.etag for ring in (*rings, stale[0])}) == 2


@pytest.mark.every_database
def test_revoked_key_is_gone_from_every_worker_within_a_second(
    workers: Workers, realm_id: str, clock: FixedClock
) -> None:
    """From the key set and from verification."""
    rings = [services.keyrings.get(realm_id) for services in workers]
    token, kid = sign(rings[0], clock), rings[0].signers[ALGORITHM].kid
    assert all(accepts(ring, token, clock) for ring in rings)
    with workers[0].database.transaction() as session:
        revoke_signing_keys(session, workers[0].cipher, clock, realm_id, [kid])

    def look() -> None:
        assert all(services.keyrings.get(realm_id) for services in workers)

    for_a_second(look)
    for services in workers:
        ring = services.keyrings.get(realm_id)
        assert not accepts(ring, token, clock)
        assert kid.encode() not in ring.jwks
        assert accepts(ring, sign(ring, clock), clock)


@pytest.mark.every_database
def test_one_of_several_workers_rotates_what_is_due(workers: Workers, realm_id: str, clock: FixedClock) -> None:
    """However often they look at the same moment, and one event says so."""
    clock.advance(days=1)
    barrier = threading.Barrier(len(workers))

    def tend(services: Services) -> None:
        barrier.wait(20)
        tend_keys(services)
        tend_keys(services)

    with ThreadPoolExecutor(len(workers)) as threads:
        list(threads.map(tend, workers))
    with workers[0].database.transaction() as session:
        (event,) = session.query(Event).all()
        rows = session.query(SigningKey).all()
    assert (event.tag, event.realm_id, event.at) == ("server:keys:rotate", realm_id, clock.now())
    assert sorted(event.details["kids"]) == sorted(row.kid for row in rows if row.status == "active")
    assert sorted(row.status for row in rows) == ["active"] * 4 + ["next"] * 4 + ["retired"] * 4


@pytest.mark.every_database
def test_sweep_looks_after_every_realm(workers: Workers, realm_id: str, clock: FixedClock) -> None:
    """Heals what an earlier version has left, rotates, and removes what has had its time."""
    services = workers[0]
    with services.database.transaction() as session:
        other = create_realm(session, clock, name="other").id
        session.query(SigningKey).filter_by(status="next").delete()
    sweep(services)
    assert services.keyrings.get(other).signers.keys() == services.keyrings.get(realm_id).signers.keys()

    def statuses(of: str) -> list[str]:
        with services.database.transaction() as session:
            return sorted(row.status for row in session.query(SigningKey).filter_by(realm_id=of, algorithm="EdDSA"))

    assert statuses(realm_id) == statuses(other) == ["active", "next"]
    with services.database.transaction() as session:
        session.query(Realm).filter_by(id=other).one().key_rotation_interval = 0
    clock.advance(days=1)
    sweep(services)
    assert (statuses(realm_id), statuses(other)) == (["active", "next", "retired"], ["active", "next"])
    with services.database.transaction() as session:
        session.query(Realm).filter_by(id=realm_id).one().key_rotation_interval = 0
    clock.advance(days=60, seconds=1)
    sweep(services)
    assert statuses(realm_id) == ["active", "next"]
