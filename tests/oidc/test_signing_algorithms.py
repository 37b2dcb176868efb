"""Tokens signed with each algorithm that a client can be registered for."""

import base64
import hashlib
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.keys.algorithms import ALGORITHMS
from idp.models import SigningKey
from tests.oidc.provider import ISSUER, SECRET, Provider

HASHES = {"RS256": hashlib.sha256, "PS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}
pytestmark = pytest.mark.filterwarnings(
    "ignore::joserfc.errors.SecurityWarning"
)  # EdDSA has another name since RFC 9864


def get_tokens(provider: Provider, algorithm: str) -> dict[str, Any]:
    """Return the tokens of a client that is registered for *algorithm* alone."""
    provider.add_client(
        "signed", id_token_signed_response_alg=algorithm, access_token_signed_response_alg=algorithm,
        userinfo_signed_response_alg=algorithm,
    )  # fmt: skip
    code = provider.get_code(client_id="signed")
    response = provider.exchange_code(code, auth=("signed", SECRET))
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


def verify(provider: Provider, token: str, algorithm: str) -> jwt.Token:
    """Verify with the published keys and no other algorithm."""
    keys = KeySet.import_key_set(provider.http.get(provider.path("certs")).json())
    return jwt.decode(token, keys, algorithms=[algorithm])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_client_gets_the_algorithm_it_is_registered_for(signed_in: Provider, algorithm: str) -> None:
    """OpenID Connect Core section 3.1.3.6: `at_hash` is made with the algorithm's own hash, SHA-512 for Ed25519."""
    tokens = get_tokens(signed_in, algorithm)
    identity = verify(signed_in, tokens["id_token"], algorithm)
    access = verify(signed_in, tokens["access_token"], algorithm)
    digest = HASHES[algorithm](tokens["access_token"].encode()).digest()
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert identity.claims["at_hash"] == expected
    assert (identity.header["alg"], access.header["alg"]) == (algorithm, algorithm)
    assert signed_in.introspect(tokens["access_token"], auth=("signed", SECRET))["active"] is True

    answer = signed_in.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    assert verify(signed_in, answer.text, algorithm).claims["iss"] == ISSUER


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_id_token_of_each_algorithm_is_a_hint(signed_in: Provider, algorithm: str) -> None:
    """RP-Initiated Logout section 2: we know again what we signed."""
    tokens = get_tokens(signed_in, algorithm)
    response = signed_in.http.get(signed_in.path("logout"), params={"id_token_hint": tokens["id_token"]})
    assert response.status_code in {200, 303}
    assert signed_in.userinfo(tokens["access_token"]).status_code == 401


def test_metadata_names_what_there_are_keys_for(provider: Provider) -> None:
    """OpenID Connect Discovery section 3: only what is true, and RS256 is among it."""
    metadata = provider.http.get("/realms/demo/.well-known/openid-configuration").json()
    signers = set(provider.services.keyrings.get(provider.realm_id).signers)
    for name in ("id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"):
        assert set(metadata[name]) == signers == set(ALGORITHMS)


def test_algorithm_without_key_is_no_crash(signed_in: Provider) -> None:
    """A realm of an earlier version, before its keys have been published: an error, and never another algorithm."""
    with signed_in.transaction() as session:
        session.query(SigningKey).filter_by(algorithm="EdDSA").delete()
    signed_in.forget()
    signed_in.add_client("signed", id_token_signed_response_alg="EdDSA", access_token_signed_response_alg="EdDSA")
    code = signed_in.get_code(client_id="signed")
    response = signed_in.exchange_code(code, auth=("signed", SECRET))
    assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")
    assert "id_token" not in response.json()
