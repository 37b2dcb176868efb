"""Key rings: ready to use, imported once."""

import json

import pytest

from idp.encryption import Cipher, DecryptionFailed
from idp.errors import NotFound
from idp.keys.keyring import load_keyring
from idp.keys.signing_keys import create_signing_keys, rotate_signing_keys
from idp.models import SigningKey
from idp.storage.database import Database
from tests.clock import FixedClock


@pytest.mark.every_database
def test_ring_is_the_same_object_until_keys_change(
    database: Database, cipher: Cipher, clock: FixedClock, realm_id: str
) -> None:
    """Nothing is imported again while the rows are the same."""
    with database.transaction() as session:
        create_signing_keys(session, cipher, clock, realm_id)
        first = load_keyring(session, cipher, realm_id)
    with database.transaction() as session:
        assert load_keyring(session, cipher, realm_id) is first
        rotate_signing_keys(session, cipher, clock, realm_id)
        second = load_keyring(session, cipher, realm_id)
    assert second.etag != first.etag
    assert len(json.loads(second.jwks)["keys"]) == 4
    assert {key["kid"] for key in json.loads(first.jwks)["keys"]} == set(first.verifiers)


def test_realm_without_keys_has_no_ring(database: Database, cipher: Cipher, realm_id: str) -> None:
    """Neither has an algorithm without key."""
    with database.transaction() as session, pytest.raises(NotFound):
        load_keyring(session, cipher, realm_id)


def test_unknown_algorithm_has_no_signer(database: Database, cipher: Cipher, clock: FixedClock, realm_id: str) -> None:
    """`none` and HS256 least of all."""
    with database.transaction() as session:
        create_signing_keys(session, cipher, clock, realm_id)
        ring = load_keyring(session, cipher, realm_id)
    for algorithm in ("none", "HS256", "PS256"):
        with pytest.raises(NotFound):
            ring.get_signer(algorithm)


def test_private_key_moved_to_another_place_does_not_decrypt(
    database: Database, cipher: Cipher, clock: FixedClock, realm_id: str
) -> None:
    """The ciphertext is bound to its column."""
    with database.transaction() as session:
        row = create_signing_keys(session, cipher, clock, realm_id)[1]
        session.get_one(SigningKey, row.id).private_key_encrypted = cipher.encrypt(b"x", "client.secret")
        session.flush()
        with pytest.raises(DecryptionFailed):
            load_keyring(session, cipher, realm_id)
