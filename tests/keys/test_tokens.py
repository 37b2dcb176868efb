"""JWTs signed and verified with a key ring."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.encryption import Cipher
from idp.keys.keyring import KeyRing, load_keyring
from idp.keys.signing_keys import create_signing_keys
from idp.keys.tokens import ACCESS_TOKEN, ID_TOKEN, TokenInvalid, sign_jwt, verify_jwt
from idp.storage.database import Database
from tests.clock import FixedClock

ISSUER = "https://idp.example/realms/demo"


@pytest.fixture
def ring(database: Database, cipher: Cipher, clock: FixedClock, realm_id: str) -> KeyRing:
    """A realm's keys."""
    with database.transaction() as session:
        create_signing_keys(session, cipher, clock, realm_id)
        return load_keyring(session, cipher, realm_id)


def claims(clock: FixedClock, **changes: Any) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": "a", "exp": int(clock.now().timestamp()) + 60, "sub": "ü", **changes}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_signed_token_verifies_here_and_elsewhere(ring: KeyRing, clock: FixedClock, algorithm: str) -> None:
    """Also with nothing but the published keys."""
    import json

    token = sign_jwt(ring, algorithm, ACCESS_TOKEN, claims(clock))
    assert verify_jwt(ring, token, ACCESS_TOKEN, clock=clock, issuer=ISSUER, audience="a") == claims(clock)
    elsewhere = jwt.decode(token, KeySet.import_key_set(json.loads(ring.jwks)), algorithms=[algorithm])
    assert elsewhere.claims == claims(clock)
    assert elsewhere.header["typ"] == "at+jwt"


def test_type_issuer_audience_and_expiry_are_checked(ring: KeyRing, clock: FixedClock) -> None:
    """RFC 8725 sections 3.8 to 3.11; a token without expiry has expired."""
    for changes, typ in (
        ({}, ID_TOKEN),
        ({"iss": ISSUER + "/"}, ACCESS_TOKEN),
        ({"aud": ["b"]}, ACCESS_TOKEN),
        ({"aud": None}, ACCESS_TOKEN),
        ({"exp": int(clock.now().timestamp())}, ACCESS_TOKEN),
        ({"exp": None}, ACCESS_TOKEN),
    ):
        token = sign_jwt(ring, "ES256", ACCESS_TOKEN, claims(clock, **changes))
        with pytest.raises(TokenInvalid):
            verify_jwt(ring, token, typ, clock=clock, issuer=ISSUER, audience="a")


def test_expired_token_passes_where_it_may(ring: KeyRing, clock: FixedClock) -> None:
    """As a hint at logout."""
    token = sign_jwt(ring, "RS256", ID_TOKEN, claims(clock))
    clock.advance(days=1)
    assert verify_jwt(ring, token, ID_TOKEN, clock=clock, issuer=ISSUER, expired_ok=True)["sub"] == "ü"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_every_changed_character_is_noticed(ring: KeyRing, clock: FixedClock, position: int) -> None:
    """Of header, claims and signature, but for the last of the signature, which has spare bits."""
    parts = sign_jwt(ring, "ES256", ACCESS_TOKEN, claims(clock)).split(".")
    for index in range(len(parts[position]) - 1):
        changed = (
            parts[position][:index] + ("A" if parts[position][index] != "A" else "B") + parts[position][index + 1 :]
        )
        token = ".".join([*parts[:position], changed, *parts[position + 1 :]])
        with pytest.raises(TokenInvalid):
            verify_jwt(ring, token, ACCESS_TOKEN, clock=clock, issuer=ISSUER)
