"""Browser applications of registered origins."""

from tests.oidc.provider import CHALLENGE, VERIFIER, Provider

ORIGIN = {"origin": "https://spa.example"}
EVIL = {"origin": "https://evil.example"}


def test_preflight_is_answered_whoever_asks(provider: Provider) -> None:
    """Fetch, CORS protocol: asking is free, with cookies too, of which none counts; reading is decided later."""
    for name in ("token", "userinfo", "revoke"):
        response = provider.http.options(
            provider.path(name), headers={**ORIGIN, "access-control-request-method": "POST"}
        )
        assert response.status_code == 204
        assert response.headers["access-control-allow-origin"] == "https://spa.example"
        assert "Authorization" in response.headers["access-control-allow-headers"]
        assert response.headers["access-control-allow-credentials"] == "true"
    odd = provider.http.options(provider.path("token"), headers={"origin": "null"})
    assert "access-control-allow-origin" not in odd.headers
    assert "access-control-allow-credentials" not in odd.headers


def test_registered_origin_reads_answers_and_errors(signed_in: Provider) -> None:
    """The client's own origins, and nobody else's."""
    code = signed_in.get_code(client_id="spa", code_challenge=CHALLENGE, code_challenge_method="S256")
    form = {"auth": None, "client_id": "spa", "code_verifier": VERIFIER}
    foreign = signed_in.exchange_code("x", headers=EVIL, **form)
    assert "access-control-allow-origin" not in foreign.headers
    assert "access-control-allow-credentials" not in foreign.headers
    assert foreign.headers["vary"] == "Origin"
    wrong = signed_in.exchange_code("x", headers=ORIGIN, **form)
    right = signed_in.exchange_code(code, headers=ORIGIN, **form)
    assert (wrong.status_code, right.status_code) == (400, 200)
    token = right.json()["access_token"]
    answers = [wrong, right, signed_in.userinfo(token, **ORIGIN)]
    signed_in.clock.advance(minutes=6)
    answers.append(signed_in.userinfo(token, **ORIGIN))
    assert answers[-1].status_code == 401
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "https://spa.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
    for token in ("", "x", "a.b.c", "a.W10.c", "a.e30.c", "a.eyJjbGllbnRfaWQiOltdfQ.c", "a.ü.c"):
        response = signed_in.http.post(signed_in.path("userinfo"), data={"access_token": token}, headers=ORIGIN)
        assert response.status_code == 401
        assert "access-control-allow-origin" not in response.headers
    assert "access-control-allow-origin" not in signed_in.userinfo(right.json()["access_token"], **EVIL).headers
