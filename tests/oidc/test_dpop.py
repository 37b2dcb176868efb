"""DPoP at the token endpoint and at UserInfo (RFC 9449)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp.models import Client, TokenFamily
from idp.oidc.dpop_nonce import NONCE_LIFETIME
from tests.clock import FixedClock
from tests.oidc.dpop import TOKEN_URL, USERINFO_URL, DpopClient, hash_of
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, SECRET, VERIFIER, Provider, decode_claims

PUBLIC: dict[str, Any] = {"auth": None, "client_id": "spa", "code_verifier": VERIFIER}
PKCE = {"client_id": "spa", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
ALL_ALGORITHMS = "ES256 PS256 RS256 EdDSA Ed25519"


@pytest.fixture
def dpop(clock: FixedClock) -> DpopClient:
    """A client's key."""
    return DpopClient(clock)


def change_client(provider: Provider, client_id: str, **columns: Any) -> None:
    """Change columns of a client."""
    with provider.transaction() as session:
        row = session.query(Client).filter_by(realm_id=provider.realm_id, client_id=client_id).one()
        for name, value in columns.items():
            setattr(row, name, value)
    provider.forget()


def get_bound_tokens(provider: Provider, dpop: DpopClient, **form: Any) -> dict[str, Any]:
    """Return the tokens of `app`, or of `spa` with PUBLIC, bound to the key."""
    asked = PKCE if form.get("client_id") == "spa" else {}
    code = provider.get_code(scope="openid offline_access", **asked)
    response = provider.exchange_code(code, headers=dpop.header(), **form)
    assert response.status_code == 200, response.text
    return dict(response.json())


def refresh(provider: Provider, token: str, headers: dict[str, str] | None = None) -> Any:
    """Use a refresh token of `spa`."""
    return provider.refresh(token, auth=None, client_id="spa", headers=headers)


def present(provider: Provider, headers: dict[str, str]) -> Any:
    """Ask UserInfo."""
    return provider.http.get(provider.path("userinfo"), headers=headers)


def test_proof_binds_the_tokens_of_a_code(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 sections 5 and 6.1: token_type and the claim cnf; introspection says the same (section 6.2)."""
    tokens = get_bound_tokens(signed_in, dpop)

    assert tokens["token_type"] == "DPoP"
    assert decode_claims(tokens["access_token"])["cnf"] == {"jkt": dpop.jkt}
    told = signed_in.introspect(tokens["access_token"])
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": dpop.jkt})


def test_proof_binds_a_clients_own_token(provider: Provider, dpop: DpopClient) -> None:
    """The client credentials grant takes proofs too."""
    provider.add_client("service", grant_types=["client_credentials"])
    response = provider.token(auth=("service", SECRET), grant_type="client_credentials", headers=dpop.header())

    assert response.json()["token_type"] == "DPoP"
    assert decode_claims(response.json()["access_token"])["cnf"] == {"jkt": dpop.jkt}


def test_opaque_token_is_bound_too(signed_in: Provider, dpop: DpopClient) -> None:
    """The binding is with the token, whatever its form."""
    change_client(signed_in, "app", access_token_format="opaque")
    token = get_bound_tokens(signed_in, dpop)["access_token"]

    assert signed_in.introspect(token)["cnf"] == {"jkt": dpop.jkt}
    assert signed_in.userinfo(token).status_code == 401
    assert present(signed_in, dpop.presenting(token)).status_code == 200


def test_without_proof_tokens_stay_bearer_tokens(signed_in: Provider) -> None:
    """Clients that know nothing of DPoP notice nothing of it."""
    response = signed_in.exchange_code(signed_in.get_code())
    assert response.json()["token_type"] == "Bearer"
    assert "dpop-nonce" not in response.headers
    assert "cnf" not in decode_claims(response.json()["access_token"])
    assert signed_in.introspect(response.json()["access_token"])["token_type"] == "Bearer"


def test_bound_token_is_presented_with_a_proof(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 7.1, by GET and by POST, the scheme in any case."""
    token = get_bound_tokens(signed_in, dpop)["access_token"]
    assert present(signed_in, dpop.presenting(token)).json() == {"sub": signed_in.user_id}
    headers = dpop.presenting(token, htm="POST")
    headers["authorization"] = headers["authorization"].replace("DPoP", "dpop")
    assert signed_in.http.post(signed_in.path("userinfo"), headers=headers).json() == {"sub": signed_in.user_id}


def test_bound_token_is_no_bearer_token(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 7.2: whoever stole it must not get rid of the binding by another scheme, or by the form."""
    token = get_bound_tokens(signed_in, dpop)["access_token"]
    proof = dpop.presenting(token)["dpop"]
    answers = [
        signed_in.userinfo(token),
        signed_in.userinfo(token, dpop=proof),
        signed_in.http.post(
            signed_in.path("userinfo"), data={"access_token": token}, headers={"dpop": dpop.presenting(token)["dpop"]}
        ),
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer realm="userinfo", error="invalid_token"')
        assert f'DPoP realm="userinfo", algs="{ALL_ALGORITHMS}"' in answer.headers["www-authenticate"]


def test_bearer_token_is_no_bound_token(signed_in: Provider, dpop: DpopClient) -> None:
    """A token without cnf is not for the scheme DPoP, with the best of proofs."""
    token = signed_in.get_tokens()["access_token"]
    response = present(signed_in, dpop.presenting(token))
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith('DPoP realm="userinfo", error="invalid_token"')


def test_wrong_proofs_at_userinfo_are_refused(signed_in: Provider, dpop: DpopClient, clock: FixedClock) -> None:
    """RFC 9449 section 4.3 at a resource: the proof is for this token, this address, this method, by this key."""
    token = get_bound_tokens(signed_in, dpop)["access_token"]
    other = get_bound_tokens(signed_in, dpop)["access_token"]
    wrong = {
        "no ath": dpop.presenting(token, ath=None),
        "ath of another token": dpop.presenting(token, ath=hash_of(other)),
        "htu of the token endpoint": dpop.presenting(token, htu=TOKEN_URL),
        "htm POST": dpop.presenting(token, htm="POST"),
        "htm in small letters": dpop.presenting(token, htm="get"),
        "no proof": {"authorization": f"DPoP {token}"},
        "empty proof": {"authorization": f"DPoP {token}", "dpop": ""},
        "an umlaut": {"authorization": f"DPoP {token}", "dpop": "\xfc"},
        "two proofs in one header": {**dpop.presenting(token), "dpop": f"{dpop.proof()}, {dpop.proof()}"},
    }
    for kind, headers in wrong.items():
        response = present(signed_in, {name: value.encode("latin-1") for name, value in headers.items()})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_dpop_proof"), kind
        challenge = response.headers["www-authenticate"]
        assert challenge.startswith('DPoP realm="userinfo", error="invalid_dpop_proof"'), kind
        assert challenge.endswith(f'algs="{ALL_ALGORITHMS}"'), kind
    thief = present(signed_in, DpopClient(clock).presenting(token))
    assert (thief.status_code, thief.json()["error"]) == (401, "invalid_token")


def test_two_proof_headers_are_refused(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 4.3 point 1."""
    code = signed_in.get_code()
    headers = [("dpop", dpop.proof()), ("dpop", dpop.proof())]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
        "client_id": "app", "client_secret": SECRET,
    }  # fmt: skip
    response = signed_in.http.post(signed_in.path("token"), data=form, headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof")
    assert signed_in.exchange_code(code).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"htm": "GET"},
        {"htu": USERINFO_URL},
        {"htu": TOKEN_URL.replace("demo", "other")},
        {"htu": TOKEN_URL.replace("https", "http")},
        {"iat": 0},
        {"iat": 10**400},
        {"iat": -(10**400)},
        {"iat": 1e308},
        {"jti": None},
    ],
)
def test_wrong_proof_gets_no_token_and_leaves_the_code(
    signed_in: Provider, dpop: DpopClient, claims: dict[str, Any]
) -> None:
    """RFC 9449 section 5: invalid_dpop_proof; the code is as good as before."""
    code = signed_in.get_code()
    wrong = signed_in.exchange_code(code, headers=dpop.header(**claims))
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_dpop_proof")
    assert signed_in.exchange_code(code, headers=dpop.header()).json()["token_type"] == "DPoP"


def test_address_of_a_proof_may_be_spelled_differently(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 4.3: compared after normalisation, without query and fragment."""
    htu = TOKEN_URL.replace("https://idp.example", "HTTPS://IDP.example:443") + "?x=y#z"
    assert signed_in.exchange_code(signed_in.get_code(), headers=dpop.header(htu=htu)).status_code == 200


def test_time_of_a_proof_is_about_now(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 11.1: a minute to either side."""
    now = int(signed_in.clock.now().timestamp())
    statuses = [
        signed_in.exchange_code(signed_in.get_code(), headers=dpop.header(iat=now + seconds)).status_code
        for seconds in (-61, -60, 0.5, 60, 61)
    ]
    assert statuses == [400, 200, 200, 200, 400]


def test_replayed_proof_is_refused_for_as_long_as_it_could_pass(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 11.1: a jti counts once for a key, at whichever endpoint, also when it comes from the future."""
    headers = dpop.header(iat=int(signed_in.clock.now().timestamp()) + 60)
    assert signed_in.exchange_code(signed_in.get_code(), headers=headers).status_code == 200
    for seconds in (0, 60, 60):
        signed_in.clock.advance(seconds=seconds)
        again = signed_in.exchange_code(signed_in.get_code(), headers=headers)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_dpop_proof")


def test_same_jti_of_another_key_is_another_proof(signed_in: Provider, dpop: DpopClient, clock: FixedClock) -> None:
    """Nobody can use up a stranger's jti."""
    assert signed_in.exchange_code(signed_in.get_code(), headers=dpop.header(jti="one")).status_code == 200
    assert signed_in.exchange_code(signed_in.get_code(), headers=DpopClient(clock).header(jti="one")).status_code == 200


@pytest.mark.every_database
def test_of_simultaneous_uses_of_a_proof_one_passes(signed_in: Provider, dpop: DpopClient) -> None:
    """The store is atomic: ten requests with one proof, one answer."""
    token = get_bound_tokens(signed_in, dpop)["access_token"]
    headers = dpop.presenting(token)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: present(signed_in, headers).status_code, range(10)))
    assert sorted(answers) == [200, *[401] * 9]


def test_public_client_refreshes_with_its_key(signed_in: Provider, dpop: DpopClient, clock: FixedClock) -> None:
    """RFC 9449 section 5: a public client's refresh token is bound to the key it was got with; others do not use it up."""
    tokens = get_bound_tokens(signed_in, dpop, **PUBLIC)
    for headers in (None, DpopClient(clock).header()):
        stolen = refresh(signed_in, tokens["refresh_token"], headers)
        assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    renewed = refresh(signed_in, tokens["refresh_token"], dpop.header()).json()
    assert renewed["token_type"] == "DPoP"
    assert refresh(signed_in, renewed["refresh_token"]).status_code == 400
    assert refresh(signed_in, renewed["refresh_token"], dpop.header()).status_code == 200


def test_public_client_binds_its_refresh_token_later(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 5: once a proof comes, the new refresh token is bound."""
    code = signed_in.get_code(scope="openid", **PKCE)
    tokens = signed_in.exchange_code(code, **PUBLIC).json()
    renewed = refresh(signed_in, tokens["refresh_token"], dpop.header()).json()
    assert renewed["token_type"] == "DPoP"
    assert refresh(signed_in, renewed["refresh_token"]).json()["error"] == "invalid_grant"
    with signed_in.transaction() as session:
        assert [row.confirmation for row in session.query(TokenFamily)] == [{"jkt": dpop.jkt}]


def test_confidential_client_may_change_its_key(signed_in: Provider, dpop: DpopClient, clock: FixedClock) -> None:
    """RFC 9449 section 5: its refresh token is bound by its authentication, the access token to the key of the request."""
    tokens = get_bound_tokens(signed_in, dpop)
    other = DpopClient(clock)
    renewed = signed_in.refresh(tokens["refresh_token"], headers=other.header()).json()
    assert decode_claims(renewed["access_token"])["cnf"] == {"jkt": other.jkt}


def test_client_that_has_to_use_dpop_gets_nothing_without(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 5.2: dpop_bound_access_tokens; the code remains."""
    change_client(signed_in, "app", dpop_bound_access_tokens=True)
    code = signed_in.get_code()
    refused = signed_in.exchange_code(code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    tokens = signed_in.exchange_code(code, headers=dpop.header()).json()
    assert tokens["token_type"] == "DPoP"
    assert signed_in.refresh(tokens["refresh_token"]).json()["error"] == "invalid_dpop_proof"


def require_nonces(provider: Provider) -> None:
    """Demand a nonce of everybody."""
    object.__setattr__(provider.services.settings, "dpop_nonce_required", True)


def test_nonce_is_demanded_and_then_taken(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 sections 8 and 9: use_dpop_nonce with the nonce; the same code is then redeemed, the same token presented."""
    require_nonces(signed_in)
    code = signed_in.get_code()
    first = signed_in.exchange_code(code, headers=dpop.header())
    assert (first.status_code, first.json()["error"]) == (400, "use_dpop_nonce")
    nonce = first.headers["dpop-nonce"]
    second = signed_in.exchange_code(code, headers=dpop.header(nonce=nonce))
    assert second.status_code == 200
    assert second.headers["dpop-nonce"]
    token = second.json()["access_token"]
    unfresh = present(signed_in, dpop.presenting(token))
    assert (unfresh.status_code, unfresh.json()["error"]) == (401, "use_dpop_nonce")
    assert unfresh.headers["www-authenticate"].startswith('DPoP realm="userinfo", error="use_dpop_nonce"')
    answer = present(signed_in, dpop.presenting(token, nonce=unfresh.headers["dpop-nonce"]))
    assert answer.status_code == 200
    assert answer.headers["dpop-nonce"]


def test_nonce_lives_for_minutes_and_is_ours(signed_in: Provider, dpop: DpopClient) -> None:
    """RFC 9449 section 8: old, invented, changed and another realm's nonces are answered with a fresh one."""
    require_nonces(signed_in)
    nonce = signed_in.exchange_code("x", headers=dpop.header()).headers["dpop-nonce"]
    other_realm = signed_in.http.post(
        signed_in.path("token", "other"), data={"grant_type": "x"}, headers=dpop.header()
    ).headers["dpop-nonce"]
    wrong = ["", "x", "\u00fc", nonce[:-1], f"{int(nonce[:8], 16) + 1:08x}{nonce[8:]}", other_realm]
    for text in wrong:
        response = signed_in.exchange_code(signed_in.get_code(), headers=dpop.header(nonce=text))
        assert response.json()["error"] == "use_dpop_nonce", text
    signed_in.clock.advance(NONCE_LIFETIME)
    late = signed_in.exchange_code(signed_in.get_code(), headers=dpop.header(nonce=nonce))
    assert late.json()["error"] == "use_dpop_nonce"
    again = signed_in.exchange_code(signed_in.get_code(), headers=dpop.header(nonce=late.headers["dpop-nonce"]))
    assert again.status_code == 200


def test_stale_nonce_is_refused_where_none_is_demanded(signed_in: Provider, dpop: DpopClient) -> None:
    """A nonce that is brought has to be good: it may be all that tells an old proof from a new one."""
    nonce = signed_in.exchange_code(signed_in.get_code(), headers=dpop.header()).headers["dpop-nonce"]
    signed_in.clock.advance(NONCE_LIFETIME)
    response = signed_in.exchange_code(signed_in.get_code(), headers=dpop.header(nonce=nonce))
    assert response.json()["error"] == "use_dpop_nonce"


def test_code_is_bound_to_the_key_of_the_request(signed_in: Provider, dpop: DpopClient, clock: FixedClock) -> None:
    """RFC 9449 section 10: dpop_jkt; neither without proof nor with another key, and neither uses the code up."""
    code = signed_in.get_code(dpop_jkt=dpop.jkt)
    for headers in (None, DpopClient(clock).header()):
        stolen = signed_in.exchange_code(code, headers=headers)
        assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert signed_in.exchange_code(code, headers=dpop.header()).status_code == 200


@pytest.mark.parametrize("dpop_jkt", ["x", "a" * 44, "a" * 42 + "=", "\u00fc" * 43])
def test_malformed_thumbprint_is_an_error(signed_in: Provider, dpop_jkt: str) -> None:
    """RFC 9449 section 10: it is a base64url SHA-256 digest."""
    from tests.oidc.provider import answer_of

    assert answer_of(signed_in.authorize(dpop_jkt=dpop_jkt))["error"] == "invalid_request"


def test_pages_may_send_proofs_and_read_nonces(signed_in: Provider, dpop: DpopClient) -> None:
    """The Fetch standard: DPoP is not a header that is allowed unasked, nor DPoP-Nonce one that is readable."""
    origin = {"origin": "https://spa.example"}
    preflight = signed_in.http.options(
        signed_in.path("token"),
        headers={**origin, "access-control-request-method": "POST", "access-control-request-headers": "dpop"},
    )
    assert "DPoP" in preflight.headers["access-control-allow-headers"].split(", ")
    code = signed_in.get_code(**PKCE)
    response = signed_in.exchange_code(code, headers={**origin, **dpop.header()}, **PUBLIC)
    assert response.headers["access-control-expose-headers"] == "DPoP-Nonce, WWW-Authenticate"
    token = response.json()["access_token"]
    told = present(signed_in, {**dpop.presenting(token), **origin})
    assert told.headers["access-control-expose-headers"] == "DPoP-Nonce, WWW-Authenticate"


def test_metadata_names_the_algorithms(provider: Provider) -> None:
    """RFC 9449 section 5.1."""
    metadata = provider.http.get(f"{ISSUER}/.well-known/openid-configuration").json()
    assert metadata["dpop_signing_alg_values_supported"] == ALL_ALGORITHMS.split()
