"""Which public keys are good enough to be certified (NIST SP 800-57 part 1 and SP 800-89; CA/Browser Forum BR section 6.1.1.3).

What can be told from the key alone and at once is told: whether two people's moduli share a prime is not.
"""

import math
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_RSA_BITS = range(2048, 4096 + 1)
_CURVES = (ec.SECP256R1, ec.SECP384R1)
# From NIST SP 800-56B section 6.2 up to what libraries of TLS take: some keep the exponent in 31 bits.
_EXPONENTS = range(65537, 2**31)
_SMALL = 752  # NIST SP 800-89 section 5.3.3: no factor below it
_FERMAT_ROUNDS = 100  # CA/Browser Forum BR section 6.1.1.3: primes so close are found in them


def find_weaknesses(key: PublicKeyTypes) -> Iterator[str]:
    """Yield what is wrong with *key*, each as what follows "The key"."""
    if isinstance(key, rsa.RSAPublicKey):
        yield from _find_rsa_weaknesses(key)
    elif not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        yield "is neither RSA nor on P-256 or P-384"


def _find_rsa_weaknesses(key: rsa.RSAPublicKey) -> Iterator[str]:
    numbers = key.public_numbers()
    if key.key_size not in _RSA_BITS:
        yield f"has {key.key_size} bits"
        return  # what follows would take its time with a key of any size
    if numbers.e not in _EXPONENTS or numbers.e % 2 == 0:
        yield f"has the public exponent {_shorten(numbers.e)}"
    if any(numbers.n % prime == 0 for prime in _primes_below(_SMALL)):
        yield "has a modulus with a small factor"
    elif _has_close_primes(numbers.n):
        yield "has a modulus of two primes that are too close to each other"
    elif _is_of_infineon(numbers.n):
        yield "was made by a chip whose keys can be broken (ROCA, CVE-2017-15361)"


def _has_close_primes(modulus: int) -> bool:
    """Whether Fermat's method factors it at once."""
    middle = math.isqrt(modulus - 1) + 1
    squares = (a * a - modulus for a in range(middle, middle + _FERMAT_ROUNDS))
    return any(math.isqrt(square) ** 2 == square for square in squares)


def _is_of_infineon(modulus: int) -> bool:
    """Whether it is a power of 65537 modulo each of the first odd primes, as only one library's keys are.

    Nemec, Sys, Svenda, Klinec, Matyas: The Return of Coppersmith's Attack (2017), section 2.2. Of other keys one in 2^27 is.
    """
    return all(modulus % prime in _powers_of_65537(prime) for prime in _primes_below(168) if prime > 2)


def _powers_of_65537(prime: int) -> set[int]:
    return {pow(65537, exponent, prime) for exponent in range(prime - 1)}


def _primes_below(end: int) -> Iterator[int]:
    return (n for n in range(2, end) if all(n % d for d in range(2, math.isqrt(n) + 1)))


def _shorten(number: int) -> str:
    return str(number) if number.bit_length() <= 64 else f"of {number.bit_length()} bits"
