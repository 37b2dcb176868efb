"""Examples from the specifications."""

from idp.oidc.id_tokens import create_half_hash
from idp.oidc.pkce import verifier_matches
from tests.oidc.provider import Provider


def test_code_challenge_of_rfc_7636_appendix_b() -> None:
    """The verifier belongs to the challenge, and no other does."""
    verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert verifier_matches(verifier, challenge)
    for wrong in (verifier[:-1], verifier + "=", verifier + "\n", verifier[:-1] + "K", "", "x" * 129, "ü" * 43):
        assert not verifier_matches(wrong, challenge)
    assert not verifier_matches(verifier, "")


def test_at_hash_of_openid_connect_core_appendix_a_3() -> None:
    """The left half of the access token's SHA-256."""
    assert create_half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256") == b"77QmUPtjPfzWtF2AnpK9RQ"


def test_code_exchange_with_the_verifier_of_rfc_7636(signed_in: Provider) -> None:
    """The same through the endpoints."""
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    code = signed_in.get_code(code_challenge=challenge, code_challenge_method="S256")
    answer = signed_in.exchange_code(code, code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert answer.status_code == 200
