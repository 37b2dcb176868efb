"""The revocation endpoint."""

from tests.oidc.provider import CHALLENGE, SECRET, VERIFIER, Provider, basic


def test_either_token_ends_both(signed_in: Provider) -> None:
    """RFC 7009 section 2.1: revoking one revokes what came with it."""
    for name in ("access_token", "refresh_token"):
        tokens = signed_in.get_tokens()
        response = signed_in.revoke(tokens[name])
        assert (response.status_code, response.json()) == (200, {})
        assert signed_in.userinfo(tokens["access_token"]).status_code == 401
        assert signed_in.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert len(signed_in.events("client:token:revoke")) == 2


def test_clients_own_token_ends(provider: Provider) -> None:
    """Also one that no row stands for."""
    provider.add_client("service", grant_types=["client_credentials"])
    auth = ("service", SECRET)
    token = provider.token(auth=auth, grant_type="client_credentials").json()["access_token"]
    assert provider.introspect(token, auth)["active"] is True
    assert provider.revoke(token, auth).status_code == 200
    assert provider.introspect(token, auth) == {"active": False}


def test_tokens_of_others_and_nonsense_are_left_alone(signed_in: Provider) -> None:
    """RFC 7009 section 2.2: an invalid token is answered like a revoked one."""
    signed_in.add_client("second")
    tokens = signed_in.get_tokens()
    for token in (tokens["access_token"], tokens["refresh_token"], "nonsense", "x" * 50000, "ü"):
        assert signed_in.revoke(token, auth=("second", SECRET)).status_code == 200
    assert signed_in.userinfo(tokens["access_token"]).status_code == 200
    assert signed_in.refresh(tokens["refresh_token"]).status_code == 200


def test_public_client_revokes_its_own(signed_in: Provider) -> None:
    """RFC 7009 section 5: a public client shows the token and its client_id."""
    code = signed_in.get_code(client_id="spa", code_challenge=CHALLENGE, code_challenge_method="S256")
    tokens = signed_in.exchange_code(code, auth=None, client_id="spa", code_verifier=VERIFIER).json()
    sent = {"token": tokens["refresh_token"], "client_id": "spa", "token_type_hint": "nonsense"}
    assert signed_in.http.post(signed_in.path("revoke"), data=sent).status_code == 200
    assert signed_in.userinfo(tokens["access_token"]).status_code == 401


def test_unauthenticated_or_empty_request_is_refused(signed_in: Provider) -> None:
    """ASVS 5 10.4.10."""
    tokens = signed_in.get_tokens()
    assert signed_in.revoke(tokens["refresh_token"], auth=("app", "wrong")).status_code == 401
    response = signed_in.http.post(signed_in.path("revoke"), headers=basic("app", SECRET))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert signed_in.userinfo(tokens["access_token"]).status_code == 200
