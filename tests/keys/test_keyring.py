"""Key rings: ready to use, imported once."""

import json

import pytest

from idp.encryption import Cipher, DecryptionFailed
from idp.errors import NotFound
from idp.keys.algorithms import ALGORITHMS
from idp.keys.keyring import load_keyring
from idp.keys.signing_keys import rotate_signing_keys
from idp.keys.spare_keys import SpareKeys
from idp.models import SigningKey
from idp.storage.database import Database
from tests.clock import FixedClock


@pytest.mark.every_database
@pytest.mark.usefixtures("with_keys")
def test_ring_is_the_same_object_until_keys_change(
    database: Database, cipher: Cipher, clock: FixedClock, realm_id: str, spares: SpareKeys
) -> None:
    """Nothing is imported again while the rows are the same."""
    with database.transaction() as session:
        first = load_keyring(session, cipher, realm_id)
    with database.transaction() as session:
        assert load_keyring(session, cipher, realm_id) is first
        rotate_signing_keys(session, cipher, clock, realm_id, spares=spares)
        second = load_keyring(session, cipher, realm_id)
    assert second.etag != first.etag
    assert len(json.loads(second.jwks)["keys"]) == 12
    assert {key["kid"] for key in json.loads(first.jwks)["keys"]} == set(first.verifiers)


def test_realm_without_keys_has_no_ring(database: Database, cipher: Cipher, realm_id: str) -> None:
    """Neither has an algorithm without key."""
    with database.transaction() as session, pytest.raises(NotFound):
        load_keyring(session, cipher, realm_id)


@pytest.mark.usefixtures("with_keys")
def test_unknown_algorithm_has_no_signer(database: Database, cipher: Cipher, realm_id: str) -> None:
    """`none` and HS256 least of all (RFC 8725 section 3.2)."""
    with database.transaction() as session:
        ring = load_keyring(session, cipher, realm_id)
    assert set(ring.signers) == set(ALGORITHMS)
    for algorithm in ("none", "HS256", "RS512", ""):
        with pytest.raises(NotFound):
            ring.get_signer(algorithm)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_row_of_another_algorithm_is_no_key(
    database: Database, cipher: Cipher, realm_id: str, with_keys: list[str], algorithm: str
) -> None:
    """Whoever could write into the table could not make us believe unsigned tokens either."""
    with database.transaction() as session:
        row = session.query(SigningKey).filter_by(kid=with_keys[0]).one()
        row.algorithm = algorithm
        session.flush()
        ring = load_keyring(session, cipher, realm_id)
    assert with_keys[0] not in ring.verifiers
    assert with_keys[0].encode() not in ring.jwks


def test_published_keys_are_public_and_verify_nothing_but_their_algorithm(
    database: Database, cipher: Cipher, realm_id: str, with_keys: list[str]
) -> None:
    """RFC 7517 section 9.3: no member that is private, in any of the key types."""
    with database.transaction() as session:
        ring = load_keyring(session, cipher, realm_id)
    kinds = set()
    for jwk in json.loads(ring.jwks)["keys"]:
        kinds.add((jwk["alg"], jwk["kty"], jwk.get("crv")))
        assert jwk.keys() - {"kid", "alg", "use", "kty"} in ({"n", "e"}, {"crv", "x", "y"}, {"crv", "x"})
        assert jwk["use"] == "sig"
        assert not ring.verifiers[jwk["kid"]].key.is_private
    assert kinds == {
        ("RS256", "RSA", None),
        ("PS256", "RSA", None),
        ("ES256", "EC", "P-256"),
        ("EdDSA", "OKP", "Ed25519"),
    }


def test_private_key_moved_to_another_place_does_not_decrypt(
    database: Database, cipher: Cipher, realm_id: str, with_keys: list[str]
) -> None:
    """The ciphertext is bound to its column."""
    with database.transaction() as session:
        row = session.query(SigningKey).filter_by(kid=with_keys[1]).one()
        row.private_key_encrypted = cipher.encrypt(b"x", "client.secret")
        session.flush()
        with pytest.raises(DecryptionFailed):
            load_keyring(session, cipher, realm_id)
