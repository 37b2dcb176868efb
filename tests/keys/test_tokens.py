"""JWTs signed and verified with a key ring."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from idp.encryption import Cipher
from idp.keys.algorithms import ALGORITHMS
from idp.keys.keyring import KeyRing, load_keyring
from idp.keys.tokens import ACCESS_TOKEN, ID_TOKEN, TokenInvalid, sign_jwt, verify_jwt
from idp.storage.database import Database
from tests.clock import FixedClock

ISSUER = "https://idp.example/realms/demo"


@pytest.fixture
def ring(database: Database, cipher: Cipher, realm_id: str, with_keys: list[str]) -> KeyRing:
    """A realm's keys."""
    with database.transaction() as session:
        return load_keyring(session, cipher, realm_id)


def claims(clock: FixedClock, **changes: Any) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": "a", "exp": int(clock.now().timestamp()) + 60, "sub": "ü", **changes}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # EdDSA has another name since RFC 9864
def test_signed_token_verifies_here_and_elsewhere(ring: KeyRing, clock: FixedClock, algorithm: str) -> None:
    """Also with nothing but the published keys."""
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


def test_header_cannot_choose_the_algorithm(ring: KeyRing, clock: FixedClock) -> None:
    """RFC 8725 section 3.1: each key is for one algorithm, whatever a header says of it; not even the other one for RSA keys."""
    for signer in ring.signers.values():
        token = sign_jwt(ring, signer.algorithm, ACCESS_TOKEN, claims(clock))
        payload = token.split(".")[1]
        for algorithm in {*ALGORITHMS, "none", "HS256", "RS512", "Ed25519", ""} - {signer.algorithm}:
            header = segment({"alg": algorithm, "typ": ACCESS_TOKEN, "kid": signer.kid})
            signatures = [token.split(".")[2], "AA"]
            if algorithm in {"RS256", "PS256"} and isinstance(signer.key, RSAKey):
                made = JWSRegistry.algorithms[algorithm].sign(f"{header}.{payload}".encode(), signer.key)
                signatures.append(urlsafe_b64encode(made).decode())
            for signature in signatures:
                with pytest.raises(TokenInvalid):
                    verify_jwt(ring, f"{header}.{payload}.{signature}", ACCESS_TOKEN, clock=clock, issuer=ISSUER)


def test_signature_of_one_realms_key_under_anothers_kid_is_refused(ring: KeyRing, clock: FixedClock) -> None:
    """RFC 8725 section 3.3: a token counts only with the key that its kid names."""
    tokens = {name: sign_jwt(ring, name, ACCESS_TOKEN, claims(clock)) for name in ALGORITHMS}
    for one in tokens.values():
        for other in tokens.values():
            mixed = ".".join([*one.split(".")[:2], other.split(".")[2]])
            if one == other:
                assert verify_jwt(ring, mixed, ACCESS_TOKEN, clock=clock, issuer=ISSUER)
                continue
            with pytest.raises(TokenInvalid):
                verify_jwt(ring, mixed, ACCESS_TOKEN, clock=clock, issuer=ISSUER)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("signature", [b"", b"\0", bytes(64), bytes(256), b"\xff" * 256, b"\xff" * 64, b"x" * 1000])
def test_signature_of_any_length_is_refused_in_peace(
    ring: KeyRing, clock: FixedClock, algorithm: str, signature: bytes
) -> None:
    """Zeros least of all are a signature."""
    token = sign_jwt(ring, algorithm, ACCESS_TOKEN, claims(clock)).rpartition(".")[0]
    with pytest.raises(TokenInvalid):
        verify_jwt(ring, f"{token}.{urlsafe_b64encode(signature).decode()}", ACCESS_TOKEN, clock=clock, issuer=ISSUER)


def segment(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()
