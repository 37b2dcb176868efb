"""Other parties' keys, as they publish them."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.keys.public_keys import ASYMMETRIC_ALGORITHMS, KeyInvalid, parse_key_set, parse_public_key

EC = ECKey.generate_key("P-256").as_dict(private=False)
RSA = RSAKey.generate_key(2048).as_dict(private=False)
ED = OKPKey.generate_key("Ed25519").as_dict(private=False)


def encode(number: int) -> str:
    """Return base64url of the number's octets (RFC 7518 section 2)."""
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def rsa_jwk(bits: int, exponent: int = 65537) -> dict[str, Any]:
    """The JWK of a modulus of that size, of which nobody has the key."""
    return {"kty": "RSA", "n": encode((1 << bits) - 1), "e": encode(exponent)}


@pytest.mark.parametrize(
    ("jwk", "algorithms"),
    [
        (RSA, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
        ({**RSA, "alg": "PS256"}, ["PS256"]),
        (EC, ["ES256"]),
        (ECKey.generate_key("P-384").as_dict(private=False), ["ES384"]),
        (ECKey.generate_key("P-521").as_dict(private=False), ["ES512"]),
        (ED, ["EdDSA", "Ed25519"]),
        ({**ED, "alg": "EdDSA"}, ["EdDSA"]),
        ({**EC, "alg": "RS256"}, []),
        ({**EC, "alg": "HS256"}, []),
    ],
)
def test_key_fits_the_algorithms_of_its_kind(jwk: dict[str, Any], algorithms: list[str]) -> None:
    """Kind, curve and its own alg: RFC 8725 section 3.1, one key, one way to use it."""
    key = parse_public_key({**jwk, "kid": "k", "use": "sig", "key_ops": ["verify"]})
    candidates = (*ASYMMETRIC_ALGORITHMS, "HS256", "none", "ES256K")
    assert ([name for name in candidates if key.fits(name)], key.kid) == (algorithms, "k")


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        [],
        "EC",
        {},
        {"kty": "EC"},
        {"kty": ["EC"]},
        {"kty": "oct", "k": "AAAA"},
        OctKey.generate_key(256).as_dict(private=True),
        ECKey.generate_key("P-256").as_dict(private=True),
        RSAKey.generate_key(2048).as_dict(private=True),
        ECKey.generate_key("secp256k1").as_dict(private=False),
        OKPKey.generate_key("X25519").as_dict(private=False),
        OKPKey.generate_key("Ed448").as_dict(private=False),
        {**EC, "use": "enc"},
        {**EC, "key_ops": ["sign"]},
        {**EC, "key_ops": "verify"},
        {**EC, "kid": 5},
        {**EC, "alg": ["ES256"]},
        {**EC, "x": EC["y"]},
        {**EC, "x": 5},
        {**EC, "crv": "P-384"},
        {**EC, "x5c": []},
        {**EC, "x5c": ["%"]},
        {**EC, "x5c": 5},
        {**ED, "x": "AAAA"},
        rsa_jwk(1024),
        rsa_jwk(2047),
        rsa_jwk(16384),
        rsa_jwk(2048, exponent=2**33 + 1),
        {**RSA, "n": ""},
    ],
)
def test_what_is_no_strong_public_key_is_refused(jwk: Any) -> None:
    """Symmetric, private, for other uses, on other curves, too short, too costly, or malformed."""
    with pytest.raises(KeyInvalid):
        parse_public_key(jwk)


def test_key_set_leaves_out_what_is_no_use() -> None:
    """RFC 7517 section 5: other members do not spoil it."""
    members = [EC, {"kty": "oct", "k": "AAAA"}, "x", {**RSA, "use": "enc"}, {**ED, "kid": "ed"}]
    keys = parse_key_set(json.dumps({"keys": members}))
    assert [key.kid for key in keys] == [None, "ed"]
    assert parse_key_set('{"keys":[]}') == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "{}",
        "5",
        '{"keys":5}',
        '{"keys":{"a":1}}',
        "[" * 100_000,
        b"\xff",
        '{"keys":[' + "0," * 100 + "0]}",
    ],
)
def test_what_is_no_key_set_is_refused(text: str | bytes) -> None:
    """Malformed, deep, or with very many members."""
    with pytest.raises(KeyInvalid):
        parse_key_set(text)


def test_key_info_is_that_of_a_certificate() -> None:
    """So that a certificate's key can be compared with a published one."""
    for native, key_class in (
        (ec.generate_private_key(ec.SECP256R1()), ECKey),
        (rsa.generate_private_key(65537, 2048), RSAKey),
    ):
        published = parse_public_key(key_class.import_key(native.public_key()).as_dict(private=False))
        assert isinstance(published.spki, bytes)
        assert published.spki == parse_public_key(key_class.import_key(native).as_dict(private=False)).spki
