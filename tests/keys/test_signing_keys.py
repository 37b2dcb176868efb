"""Signing keys: made, rotated, removed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.encryption import Cipher
from idp.keys.keyring import load_keyring
from idp.keys.signing_keys import create_signing_keys, purge_retired_keys, rotate_signing_keys
from idp.models import SigningKey
from idp.storage.database import Database
from tests.clock import FixedClock


@pytest.mark.every_database
def test_new_realm_has_one_active_key_per_algorithm(
    database: Database, cipher: Cipher, clock: FixedClock, realm_id: str
) -> None:
    """RS256 with 2048 bits and ES256 on P-256; private keys are encrypted, kids are RFC 7638 thumbprints."""
    with database.transaction() as session:
        rows = create_signing_keys(session, cipher, clock, realm_id)
    assert [(row.algorithm, row.status) for row in rows] == [("RS256", "active"), ("ES256", "active")]
    assert (rows[0].public_jwk["kty"], len(rows[0].public_jwk["n"]), rows[1].public_jwk["crv"]) == ("RSA", 342, "P-256")
    for row in rows:
        assert not {"d", "p", "q"} & row.public_jwk.keys()
        assert row.private_key_encrypted[:1] == b"\x01"
        assert b"0\x82" not in row.private_key_encrypted[:2]
        assert len(row.kid) == 43


def test_rotation_retires_and_publishes(database: Database, cipher: Cipher, clock: FixedClock, realm_id: str) -> None:
    """The new keys sign; the old ones verify until whatever they signed has expired."""
    with database.transaction() as session:
        old = {key.kid for key in create_signing_keys(session, cipher, clock, realm_id)}
    with database.transaction() as session:
        new = {key.kid for key in rotate_signing_keys(session, cipher, clock, realm_id)}
        ring = load_keyring(session, cipher, realm_id)
    assert {signer.kid for signer in ring.signers.values()} == new
    assert ring.verifiers.keys() == old | new

    clock.advance(timedelta(hours=10))
    with database.transaction() as session:
        assert purge_retired_keys(session, clock, realm_id) == 0
        clock.advance(seconds=1)
        assert purge_retired_keys(session, clock, realm_id) == 2
        assert set(session.scalars(select(SigningKey.kid))) == new
