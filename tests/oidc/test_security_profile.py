"""The FAPI 2.0 Security Profile (Final), rule by rule."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from idp.clients.metadata.document import create_metadata
from idp.clients.security_profile import FAPI2, ORDINARY, find_violations
from idp.errors import InvalidInput
from idp.oidc.codes import CODE_LIFETIME
from tests.certificates import self_sign
from tests.oidc.dpop import DpopClient
from tests.oidc.fapi import PAR_URL, FapiClient
from tests.oidc.mutual_tls import open_mutual_tls
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, SECRET, VERIFIER, Provider, answer_of, decode_claims
from tests.oidc.test_dpop import change_client

DOCUMENT: dict[str, Any] = {
    "redirect_uris": [CALLBACK],
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "x"}]},
    "id_token_signed_response_alg": "PS256",
    "security_profile": "fapi2",
}


@pytest.fixture
def client(signed_in: Provider) -> FapiClient:
    """A client under the profile, and alice signed in."""
    return FapiClient(signed_in).register()


def get_tokens(client: FapiClient) -> dict[str, Any]:
    """Return tokens as the profile wants them got."""
    response = client.redeem(client.authorize()["code"], proof={})
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_whole_way_gives_bound_tokens(client: FapiClient) -> None:
    """Section 5.3.2: pushed request, iss in the answer, code for DPoP-bound tokens, signed by an algorithm of 5.4.1."""
    answer = client.authorize()
    assert answer["iss"] == ISSUER
    tokens = client.redeem(answer["code"], proof={}).json()
    assert tokens["token_type"] == "DPoP"
    assert decode_claims(tokens["access_token"])["cnf"] == {"jkt": client.dpop.jkt}
    assert decode_claims(tokens["id_token"])["nonce"] == "n" * 64
    userinfo = client.provider.http.get(
        client.provider.path("userinfo"), headers=client.dpop.presenting(tokens["access_token"], nonce=client.nonce)
    )
    assert userinfo.json() == {"sub": client.provider.user_id}


def test_request_that_was_not_pushed_is_refused(client: FapiClient) -> None:
    """Section 5.3.2.2: PAR is required."""
    answer = answer_of(
        client.open(
            response_type="code", redirect_uri=CALLBACK, scope="openid", code_challenge=CHALLENGE,
            code_challenge_method="S256", state="s",
        )
    )  # fmt: skip
    assert answer["error"] == "invalid_request"
    assert "code" not in answer


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"response_type": "id_token"}, "unauthorized_client"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}/x"}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
    ],
)
def test_request_outside_the_profile_is_refused_when_pushed(
    client: FapiClient, parameters: dict[str, Any], error: str
) -> None:
    """Section 5.3.2.2: response_type code, S256, a registered redirect_uri in the pushed request, no request_uri."""
    response = client.push(**parameters)
    assert (response.status_code, response.json()["error"]) == (400, error)


def test_token_without_proof_is_refused(client: FapiClient) -> None:
    """Section 5.3.2.1: only sender-constrained access tokens, for every grant; the code remains good."""
    code = client.authorize()["code"]
    refused = client.redeem(code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    tokens = client.redeem(code, proof={}).json()
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_dpop_proof"
    own = {"grant_type": "client_credentials"}
    assert client.post("token", own).json()["error"] == "invalid_dpop_proof"
    assert client.post("token", own, proof={}).json()["token_type"] == "DPoP"


def test_proof_needs_a_nonce(client: FapiClient) -> None:
    """Section 5.3.2.1 allows to demand nonces, and so proofs cannot be made in advance."""
    code = client.authorize()["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    response = client.provider.http.post(
        client.provider.path("token"), data={**form, **client.assertion()}, headers=client.dpop.header()
    )
    assert response.json()["error"] == "use_dpop_nonce"


def test_proof_by_rs256_is_refused(client: FapiClient) -> None:
    """Section 5.4.1: PS256, ES256 or EdDSA."""
    code = client.authorize()["code"]
    client.dpop = DpopClient(client.provider.clock, "RS256", RSAKey.generate_key(2048))
    response = client.redeem(code, proof={})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof")


def test_code_lives_for_a_minute_at_most(client: FapiClient) -> None:
    """Section 5.3.2.1: 60 seconds."""
    assert CODE_LIFETIME.total_seconds() <= 60
    code = client.authorize()["code"]
    client.provider.clock.advance(seconds=60)
    assert client.redeem(code, proof={}).json()["error"] == "invalid_grant"


def test_proof_of_the_pushed_request_binds_the_code(client: FapiClient) -> None:
    """Section 5.3.2.1 with RFC 9449 section 10.1: only that key redeems the code."""
    code = client.authorize(proof={"htu": PAR_URL})["code"]
    own, client.dpop = client.dpop, DpopClient(client.provider.clock)
    assert client.redeem(code, proof={}).json()["error"] == "invalid_grant"
    client.dpop = own
    assert client.redeem(code, proof={}).status_code == 200


def test_pushed_key_and_proof_have_to_agree(client: FapiClient) -> None:
    """RFC 9449 section 10.1: dpop_jkt beside a proof of another key is an error, of the same one is not."""
    other = DpopClient(client.provider.clock).jkt
    refused = client.push(proof={"htu": PAR_URL}, dpop_jkt=other)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert client.push(proof={"htu": PAR_URL}, dpop_jkt=client.dpop.jkt).status_code == 201


@pytest.mark.parametrize(
    "audience",
    [
        f"{ISSUER}/protocol/openid-connect/token",
        PAR_URL,
        [ISSUER],
        [ISSUER, f"{ISSUER}/protocol/openid-connect/token"],
        "https://idp.example",
        "",
    ],
)
def test_assertion_for_another_audience_is_refused(client: FapiClient, audience: Any) -> None:
    """Section 5.3.2.1: the issuer, as a text, and nothing else."""
    form = {"grant_type": "client_credentials", **client.assertion(aud=audience)}
    response = client.provider.http.post(
        client.provider.path("token"), data=form, headers=client.dpop.header(nonce=client.nonce or None)
    )
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_refresh_tokens_are_not_rotated(client: FapiClient) -> None:
    """Section 5.3.2.1: the client's own key guards them; a lost answer costs nothing."""
    token = get_tokens(client)["refresh_token"]
    for _ in range(3):
        renewed = client.refresh(token, proof={})
        assert renewed.status_code == 200
        assert "refresh_token" not in renewed.json()
        assert renewed.json()["token_type"] == "DPoP"


def test_refresh_token_of_the_profile_ends_with_its_family(client: FapiClient) -> None:
    """Without rotation it is still revocable, and idle ones end."""
    tokens = get_tokens(client)
    revoked = client.post("revoke", {"token": tokens["access_token"]})
    assert revoked.status_code == 200
    assert client.refresh(tokens["refresh_token"], proof={}).json()["error"] == "invalid_grant"
    idle = get_tokens(client)["refresh_token"]
    client.provider.clock.advance(days=29)
    assert client.refresh(idle, proof={}).status_code == 200
    client.provider.clock.advance(days=29)
    assert client.refresh(idle, proof={}).status_code == 200
    client.provider.clock.advance(days=30)
    assert client.refresh(idle, proof={}).json()["error"] == "invalid_grant"


def test_simultaneous_refreshes_all_succeed(client: FapiClient) -> None:
    """Nothing is used up, so nobody loses."""
    token = get_tokens(client)["refresh_token"]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: client.refresh(token, proof={}).status_code, range(5)))
    assert answers == [200] * 5


def test_certificate_serves_instead_of_dpop(signed_in: Provider) -> None:
    """Section 5.3.2.1: tokens may be bound by mutual TLS, and the client authenticated by it."""
    certificate = self_sign("bank")
    public = certificate.certificate.public_key()
    from joserfc.jwk import ECKey

    client = FapiClient(signed_in).register(
        token_endpoint_auth_method="self_signed_tls_client_auth",
        certificate_bound_access_tokens=True,
        jwks={"keys": [ECKey.import_key(public).as_dict(private=False)]},
    )
    http = open_mutual_tls(signed_in, certificate.der)
    signed_in.clock.advance(certificate.certificate.not_valid_before_utc - signed_in.clock.now())
    signed_in.sign_in()
    pushed = http.post(
        signed_in.path("ext/par/request"),
        data={
            "client_id": "bank", "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        },
    )  # fmt: skip
    code = answer_of(client.open(request_uri=pushed.json()["request_uri"]))["code"]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
        "client_id": "bank",
    }  # fmt: skip
    tokens = http.post(signed_in.path("token"), data=form).json()
    assert "x5t#S256" in decode_claims(tokens["access_token"])["cnf"]
    userinfo = http.get(signed_in.path("userinfo"), headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json() == {"sub": signed_in.user_id}
    assert signed_in.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize(
    "columns",
    [
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "none"},
        {"id_token_signed_response_alg": "RS256"},
        {"access_token_signed_response_alg": "RS256"},
        {"userinfo_signed_response_alg": "RS256"},
        {"token_endpoint_auth_signing_alg": "RS256"},
        {"request_object_signing_alg": "none"},
        {"response_types": ["code", "id_token"]},
        {"grant_types": ["authorization_code", "implicit"]},
        {"redirect_uris": [CALLBACK, "http://localhost/callback"]},
    ],
)
def test_registration_outside_the_profile_is_refused(signed_in: Provider, columns: dict[str, Any]) -> None:
    """Sections 5.3.2 and 5.4.1: where it is registered, and where it comes to be used all the same."""
    with pytest.raises(InvalidInput) as refused:
        create_metadata({**DOCUMENT, **columns})
    assert refused.value.fields.keys() & columns.keys()
    loose = FapiClient(signed_in, "loose").register()
    change_client(signed_in, "loose", **columns)
    answer = answer_of(signed_in.authorize(client_id="loose", code_challenge=CHALLENGE, code_challenge_method="S256"))
    assert answer["error"] in {"unauthorized_client", "invalid_request"}
    proofs = {
        "private_key_jwt": loose.assertion(),
        "client_secret_basic": {"client_id": "loose", "client_secret": SECRET},
        "none": {"client_id": "loose"},
    }
    proof = proofs[columns.get("token_endpoint_auth_method", "private_key_jwt")]
    response = signed_in.http.post(signed_in.path("revoke"), data={"token": "x", **proof})
    # Who is registered to sign with what the profile forbids can sign nothing that is accepted.
    assert response.json()["error"] in {"unauthorized_client", "invalid_client"}


def test_registration_within_the_profile_is_taken() -> None:
    """The other side of the same rules; and a native application's loopback address is its own machine's."""
    assert create_metadata(DOCUMENT).security_profile == "fapi2"
    native = {**DOCUMENT, "application_type": "native", "redirect_uris": ["http://127.0.0.1/callback"]}
    assert create_metadata(native).security_profile == "fapi2"


def test_ordinary_clients_are_under_no_further_rules() -> None:
    """The default is what it was."""
    metadata = vars(create_metadata({"redirect_uris": [CALLBACK]}))
    assert find_violations(ORDINARY, metadata) == {}
    assert find_violations(FAPI2, metadata).keys() == {"token_endpoint_auth_method", "id_token_signed_response_alg"}


def test_unknown_profile_gets_nothing(signed_in: Provider) -> None:
    """A row from a newer version: what its rules are, nobody knows here."""
    change_client(signed_in, "app", security_profile="fapi3")
    assert signed_in.token(grant_type="client_credentials").json()["error"] == "unauthorized_client"
    assert answer_of(signed_in.authorize())["error"] == "unauthorized_client"
