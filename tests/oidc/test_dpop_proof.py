"""What is a DPoP proof, and what is not."""

import base64
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.oidc.dpop_proof import ProofInvalid, read_dpop_proof
from tests.clock import FixedClock
from tests.oidc.dpop import DpopClient, encode, sign

Make = Callable[[DpopClient], str]


@pytest.fixture(scope="module")
def rsa() -> RSAKey:
    """An RSA key, which takes a while to make."""
    return RSAKey.generate_key(2048)


@pytest.fixture
def client(clock: FixedClock) -> DpopClient:
    """A client with an ES256 key."""
    return DpopClient(clock)


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "RS256", "EdDSA", "Ed25519"])
def test_proof_of_each_algorithm_is_read(clock: FixedClock, rsa: RSAKey, algorithm: str) -> None:
    """RFC 9449 section 4.2, with the thumbprint of RFC 7638 that its section 6.1 wants."""
    keys = {"ES": ECKey.generate_key("P-256"), "PS": rsa, "RS": rsa, "Ed": OKPKey.generate_key("Ed25519")}
    client = DpopClient(clock, algorithm, keys[algorithm[:2]])

    proof = read_dpop_proof(client.proof(jti="one", nonce="n", ath="a"))

    assert (proof.thumbprint, proof.algorithm) == (client.jkt, algorithm)
    assert (proof.jti, proof.htm, proof.nonce, proof.ath) == ("one", "POST", "n", "a")


def test_example_of_the_specification_is_read() -> None:
    """RFC 9449 sections 4.1 and 6.1: the proof and the thumbprint that are printed there."""
    text = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFV"
        "ZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0"
        "VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T"
        "8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
    )

    proof = read_dpop_proof(text)

    assert proof.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert (proof.htu, proof.iat) == ("https://server.example.com/token", 1562262616)


def _with_header(**header: Any) -> Make:
    return lambda client: client.proof(header=header)


def _with_claims(**claims: Any) -> Make:
    return lambda client: client.proof(**claims)


def _with_jwk(**members: Any) -> Make:
    return lambda client: client.proof(header={"jwk": {**client.jwk, **members}})


def _signed_by_another(client: DpopClient) -> str:
    return sign(ECKey.generate_key("P-256"), {"typ": "dpop+jwt", "alg": "ES256", "jwk": client.jwk}, {"jti": "x"})


def _symmetric(_client: DpopClient) -> str:
    key = OctKey.generate_key(256)
    return sign(key, {"typ": "dpop+jwt", "alg": "HS256", "jwk": key.as_dict(private=True)}, {"jti": "x"})


def _unsigned(client: DpopClient) -> str:
    payload = client.proof().split(".")[1]
    return f"{encode({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': client.jwk})}.{payload}.{encode(b'x')}"


def _public_key_as_secret(client: DpopClient) -> str:
    signing_input = f"{encode({'typ': 'dpop+jwt', 'alg': 'HS256', 'jwk': client.jwk})}.{encode({'jti': 'x'})}"
    return f"{signing_input}.{encode(hmac.digest(client.key.as_pem(private=False), signing_input.encode(), 'sha256'))}"


def _other_curve(client: DpopClient) -> str:
    key = ECKey.generate_key("P-384")
    return sign(key, {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}, {"jti": "x"})


def _weak_rsa(client: DpopClient) -> str:
    key = rsa_keys.generate_private_key(65537, 1024)
    jwk = {"kty": "RSA", "e": "AQAB", "n": encode(key.public_key().public_numbers().n.to_bytes(128, "big"))}
    payload = client.proof().split(".")[1]
    signing_input = f"{encode({'typ': 'dpop+jwt', 'alg': 'RS256', 'jwk': jwk})}.{payload}"
    return f"{signing_input}.{encode(key.sign(signing_input.encode(), PKCS1v15(), SHA256()))}"


def _changed(client: DpopClient) -> str:
    header, _, signature = client.proof().split(".")
    return f"{header}.{encode({'jti': 'x', 'htm': 'POST', 'htu': 'https://x', 'iat': 1})}.{signature}"


WRONG: dict[str, Make] = {
    "empty": lambda _: "",
    "garbage": lambda _: "x.y.z",
    "two parts": lambda client: client.proof().rsplit(".", 1)[0],
    "detached": lambda client: "{0}..{2}".format(*client.proof().split(".")),
    "two in one": lambda client: f"{client.proof()}, {client.proof()}",
    "huge": lambda client: client.proof(more="x" * 9000),
    "deep": lambda client: f"{encode(b'[' * 5000)}.{encode({})}.{encode(b'x')}",
    "array": lambda client: sign(client.key, {"typ": "dpop+jwt", "alg": "ES256", "jwk": client.jwk}, ["jti"]),
    "typ missing": _with_header(typ=None),
    "typ of an ID Token": _with_header(typ="JWT"),
    "typ of an access token": _with_header(typ="at+jwt"),
    "critical extension": _with_header(crit=["b64"], b64=False),
    "jwk missing": _with_header(jwk=None),
    "jwk a text": _with_header(jwk="x"),
    "jwk empty": _with_header(jwk={}),
    "jwk private": lambda client: client.proof(header={"jwk": client.key.as_dict(private=True)}),
    "jwk with a private prime": _with_jwk(p="AQAB"),
    "jwk with an unknown curve": _with_jwk(crv="P-257"),
    "jwk off the curve": _with_jwk(y=encode(b"\x01" * 32)),
    "jwk with a number": _with_jwk(x=5),
    "jwk for encryption": _with_jwk(use="enc"),
    "jwk for another algorithm": _with_jwk(alg="ES384"),
    "key of another curve": _other_curve,
    "weak RSA key": _weak_rsa,
    "symmetric": _symmetric,
    "public key as secret": _public_key_as_secret,
    "none": _unsigned,
    "signed by another": _signed_by_another,
    "changed": _changed,
    "jti missing": _with_claims(jti=None),
    "jti empty": _with_claims(jti=""),
    "jti a number": _with_claims(jti=7),
    "jti long": _with_claims(jti="x" * 3000),
    "htm missing": _with_claims(htm=None),
    "htu missing": _with_claims(htu=None),
    "htu a list": _with_claims(htu=["https://idp.example"]),
    "iat missing": _with_claims(iat=None),
    "iat a text": _with_claims(iat="1768478400"),
    "iat true": _with_claims(iat=True),
    "iat not a number": _with_claims(iat=float("nan")),
    "iat infinite": _with_claims(iat=float("inf")),
    "nonce a number": _with_claims(nonce=1),
    "ath a list": _with_claims(ath=[]),
}  # fmt: skip


def test_depth_of_a_key_is_no_failure(client: DpopClient) -> None:
    """However deep it is nested: as deep as can be read, and a little deeper."""
    for depth in range(850, 1050, 5):
        jwk = encode({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "x": "@"}}).encode()
        head = base64.urlsafe_b64decode(jwk + b"==").replace(b'"@"', b"[" * depth + b"]" * depth)
        with pytest.raises(ProofInvalid):
            read_dpop_proof(f"{encode(head)}.{client.proof().split('.')[1]}.{encode(b'x')}")


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_proof_is_refused(client: DpopClient, kind: str) -> None:
    """RFC 9449 section 4.3, points 2 to 7, and whatever else a stranger may send."""
    with pytest.raises(ProofInvalid):
        read_dpop_proof(WRONG[kind](client))
