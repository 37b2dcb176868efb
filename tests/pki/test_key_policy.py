"""Keys that are refused for what they are."""

import math
import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.pki.key_policy import find_weaknesses
from tests.certificates import ec_key, ed25519_key, rsa_key

_GOOD = rsa_key(2048).public_key().public_numbers()
_SMALL_PRIMES = [n for n in range(3, 752) if all(n % d for d in range(2, math.isqrt(n) + 1))]


def rsa_public(modulus: int, exponent: int = 65537) -> rsa.RSAPublicKey:
    """Return a public key of any numbers."""
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def without_small_factor(number: int) -> int:
    """Return the next number from *number* on that no prime below 752 divides; whether it is a prime makes no difference here."""
    while math.gcd(number, 2 * math.prod(_SMALL_PRIMES)) > 1:
        number += 1
    return number


def factor_as_infineon(chooser: random.Random) -> int:
    """Return a factor of 1024 bits, of the form k·M + (65537^a mod M), with M the product of the first 126 primes."""
    product = 2 * math.prod(prime for prime in _SMALL_PRIMES if prime < 702)
    multiple = chooser.randrange(3 * 2**1022 // product + 1, 2**1024 // product)
    return multiple * product + pow(65537, chooser.randrange(product), product)


@pytest.mark.parametrize(
    "key", [rsa_key(2048), rsa_key(3072), ec_key(), ec_key(ec.SECP384R1())], ids=["rsa2048", "rsa3072", "p256", "p384"]
)
def test_good_keys_have_no_weakness(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    assert list(find_weaknesses(key.public_key())) == []


@pytest.mark.parametrize(
    ("key", "weakness"),
    [
        (rsa_key(1024).public_key(), "has 1024 bits"),
        (rsa_public((1 << 8191) + 1), "has 8192 bits"),
        (rsa_public(_GOOD.n, 3), "has the public exponent 3"),
        (rsa_public(_GOOD.n, 2**31 + 1), "has the public exponent 2147483649"),
        (rsa_public(_GOOD.n, _GOOD.n - 2), "has the public exponent of 2048 bits"),
        (ec_key(ec.SECP256K1()).public_key(), "is neither RSA nor on P-256 or P-384"),
        (ec_key(ec.SECP192R1()).public_key(), "is neither RSA nor on P-256 or P-384"),
        (ec_key(ec.SECP521R1()).public_key(), "is neither RSA nor on P-256 or P-384"),
        (ed25519_key().public_key(), "is neither RSA nor on P-256 or P-384"),
    ],
)
def test_weak_and_unsupported_keys_are_named(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, weakness: str) -> None:
    assert list(find_weaknesses(key)) == [weakness]


@pytest.mark.parametrize("factor", [3, 7, 743, 751])
def test_modulus_with_a_small_factor_is_refused(factor: int) -> None:
    """It can be factored by anybody."""
    modulus = factor * (random.Random(1).getrandbits(2050) | 1 << 2050 | 1)
    assert list(find_weaknesses(rsa_public(modulus))) == ["has a modulus with a small factor"]


def test_even_modulus_is_refused() -> None:
    """As one that has two for a factor, or by the library before that."""
    try:
        key = rsa_public(_GOOD.n - 1)
    except ValueError:
        return
    assert list(find_weaknesses(key)) == ["has a modulus with a small factor"]


@pytest.mark.parametrize("distance", [0, 1, 2**515], ids=["none", "least", "large"])
def test_modulus_of_close_primes_is_refused(distance: int) -> None:
    """Also a square."""
    first = without_small_factor(random.Random(2).getrandbits(1022) | 3 << 1022)
    second = first if distance == 0 else without_small_factor(first + distance)
    weakness = "has a modulus of two primes that are too close to each other"
    assert list(find_weaknesses(rsa_public(first * second))) == [weakness]


def test_key_of_the_broken_library_is_refused() -> None:
    """A key as Infineon's chips have made them."""
    chooser = random.Random(3)
    modulus = factor_as_infineon(chooser) * factor_as_infineon(chooser)
    assert modulus.bit_length() == 2048
    assert list(find_weaknesses(rsa_public(modulus))) == [
        "was made by a chip whose keys can be broken (ROCA, CVE-2017-15361)"
    ]
