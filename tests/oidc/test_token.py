"""The token endpoint: codes, refresh tokens, client credentials."""

import base64

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.oidc.id_tokens import create_half_hash
from idp.sessions.endings import Ending
from tests.oidc.provider import CERTIFICATE_CLAIMS, CHALLENGE, ISSUER, SECRET, VERIFIER, Provider


def decode(provider: Provider, token: str) -> jwt.Token:
    keys = KeySet.import_key_set(provider.http.get(provider.path("certs")).json())
    return jwt.decode(token, keys, algorithms=["RS256", "ES256"])


def test_code_with_openid_gives_tokens_that_validate(signed_in: Provider) -> None:
    """A code gives an access token (RFC 9068), an ID Token (Core 3.1.3.7) and a refresh token."""
    tokens = signed_in.get_tokens(nonce="n-1")

    access, identity = decode(signed_in, tokens["access_token"]), decode(signed_in, tokens["id_token"])
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 300
    assert tokens["scope"] == "openid"
    assert access.header["typ"] == "at+jwt"
    assert access.header["alg"] == "ES256"
    assert access.claims["aud"] == ISSUER
    assert access.claims["client_id"] == "app"
    assert access.claims["scope"] == "openid"
    assert identity.header["alg"] == "RS256"
    now = int(signed_in.clock.now().timestamp())
    claims = identity.claims
    assert (claims["iss"], claims["sub"], claims["aud"], claims["nonce"]) == (ISSUER, signed_in.user_id, "app", "n-1")
    assert (claims["acr"], claims["amr"], claims["auth_time"], claims["iat"]) == ("1", ["pwd"], now, now)
    assert claims["sid"] == signed_in.session_id
    assert claims["at_hash"] == create_half_hash(tokens["access_token"], "RS256").decode()


def test_id_token_satisfies_authlibs_client(signed_in: Provider) -> None:
    """authlib's own client-side validation agrees."""
    tokens = signed_in.get_tokens(nonce="n-1", max_age="100")
    token = decode(signed_in, tokens["id_token"])

    checked = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"values": [ISSUER]}, "nonce": {"value": "n-1"}},
        {"client_id": "app", "nonce": "n-1", "access_token": tokens["access_token"], "max_age": 100},
    )
    checked.validate(now=int(signed_in.clock.now().timestamp()), leeway=0)


def test_x509_scope_adds_claims_of_the_certificate(provider: Provider) -> None:
    """Scope x509 tells which certificate was used, in the ID Token and at UserInfo."""
    provider.sign_in_with_certificate()

    tokens = provider.get_tokens(scope="openid x509")
    claims = decode(provider, tokens["id_token"]).claims
    assert CERTIFICATE_CLAIMS.items() <= claims.items()
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "x509"])
    assert CERTIFICATE_CLAIMS.items() <= provider.userinfo(tokens["access_token"]).json().items()
    assert "x509_subject" not in decode(provider, provider.get_tokens()["id_token"]).claims


def test_x509_scope_without_certificate_adds_nothing(signed_in: Provider) -> None:
    """A password login has no certificate to tell of."""
    claims = decode(signed_in, signed_in.get_tokens(scope="openid x509")["id_token"]).claims
    assert not [name for name in claims if name.startswith("x5")]


def test_plain_oauth_gives_no_id_token(signed_in: Provider) -> None:
    """Without openid there is no ID Token, and UserInfo is not for that access token."""
    tokens = signed_in.get_tokens(scope="reports")
    assert "id_token" not in tokens
    assert signed_in.userinfo(tokens["access_token"]).status_code == 403


def test_code_is_refused_after_60_seconds(signed_in: Provider) -> None:
    """A code lives one minute (ASVS 5 10.4.3)."""
    code = signed_in.get_code()
    signed_in.clock.advance(seconds=60)
    assert signed_in.exchange_code(code).json()["error"] == "invalid_grant"


def test_second_use_of_code_revokes_what_the_first_gave(signed_in: Provider) -> None:
    """RFC 6749 section 4.1.2: a second use is refused and revokes the tokens; also 30 seconds and five minutes later."""
    for seconds in (0, 30, 300):
        code = signed_in.get_code()
        tokens = signed_in.exchange_code(code).json()
        assert signed_in.userinfo(tokens["access_token"]).status_code == 200
        signed_in.clock.advance(seconds=seconds - 1 if seconds else 0)

        assert signed_in.exchange_code(code).json()["error"] == "invalid_grant"

        assert signed_in.userinfo(tokens["access_token"]).status_code == 401
        assert signed_in.introspect(tokens["access_token"]) == {"active": False}
        assert signed_in.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
        signed_in.sign_in()
    assert len(signed_in.events("client:code:replay")) == 3


def test_code_with_wrong_companion_is_refused_and_stays_usable(signed_in: Provider) -> None:
    """RFC 9700 section 4.5: another client, redirect_uri or verifier gets nothing, and spoils nothing for the right one."""
    signed_in.add_client("second")
    code = signed_in.get_code(code_challenge=CHALLENGE, code_challenge_method="S256")
    right = {"code_verifier": VERIFIER}
    for wrong in (
        {**right, "auth": ("second", SECRET)},
        {**right, "redirect_uri": "https://app.example/callback/"},
        {**right, "redirect_uri": ""},
        {"code_verifier": "w" * 64},
        {"code_verifier": VERIFIER[:42]},
        {"code_verifier": CHALLENGE},
        {},
    ):
        response = signed_in.exchange_code(code, **wrong)
        assert response.status_code == 400, wrong
        assert response.json()["error"] in {"invalid_grant", "invalid_request"}
    assert signed_in.exchange_code(code, **right).status_code == 200


def test_verifier_without_challenge_is_refused(signed_in: Provider) -> None:
    """RFC 9700 section 4.8: a stripped challenge is noticed by the verifier that still comes."""
    response = signed_in.exchange_code(signed_in.get_code(), code_verifier=VERIFIER)
    assert response.status_code == 400


def test_code_of_another_realm_is_refused(signed_in: Provider) -> None:
    """Realms share nothing."""
    code = signed_in.get_code()
    with signed_in.transaction() as session:
        from idp.realms.realms import get_realm

        other = get_realm(session, "other").id
    signed_in.add_client("app", realm_id=other)
    from tests.oidc.provider import CALLBACK, basic

    response = signed_in.http.post(
        signed_in.path("token", realm="other"),
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK},
        headers=basic("app", SECRET),
    )
    assert response.json()["error"] == "invalid_grant"
    assert signed_in.exchange_code(code).status_code == 200


def test_code_of_ended_session_or_disabled_user_is_refused(signed_in: Provider) -> None:
    """Between code and token the session may end."""
    from idp.models import User
    from idp.sessions.sessions import end_session

    first, second = signed_in.get_code(), signed_in.get_code()
    with signed_in.transaction() as session:
        session.get_one(User, signed_in.user_id).enabled = False
    assert signed_in.exchange_code(first).json()["error"] == "invalid_grant"
    with signed_in.transaction() as session:
        session.get_one(User, signed_in.user_id).enabled = True
        end_session(session, signed_in.clock, signed_in.session_id, reason=Ending.ACCOUNT_DISABLED)
    assert signed_in.exchange_code(second).json()["error"] == "invalid_grant"


def test_refresh_rotates_and_repeats_the_authentication(signed_in: Provider) -> None:
    """OpenID Connect Core section 12.2: same sub and auth_time, new iat, no nonce."""
    first = signed_in.get_tokens(nonce="n", scope="openid email")
    before = decode(signed_in, first["id_token"]).claims
    signed_in.clock.advance(minutes=5)

    second = signed_in.refresh(first["refresh_token"]).json()

    after = decode(signed_in, second["id_token"]).claims
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == "openid email"
    assert (after["sub"], after["auth_time"], after["sid"]) == (before["sub"], before["auth_time"], before["sid"])
    assert after["iat"] == before["iat"] + 300
    assert "nonce" not in after
    assert signed_in.refresh(second["refresh_token"]).status_code == 200


def test_reused_refresh_token_ends_the_family(signed_in: Provider) -> None:
    """RFC 9700 section 4.14.2: an older token, of whichever generation, ends the newest one too."""
    for generations in (1, 3):
        tokens = [signed_in.get_tokens()]
        for _ in range(generations):
            tokens.append(signed_in.refresh(tokens[-1]["refresh_token"]).json())
        signed_in.clock.advance(seconds=11)

        assert signed_in.refresh(tokens[0]["refresh_token"]).json()["error"] == "invalid_grant"

        assert signed_in.refresh(tokens[-1]["refresh_token"]).json()["error"] == "invalid_grant"
        assert signed_in.userinfo(tokens[-1]["access_token"]).status_code == 401
    assert len(signed_in.events("client:refresh-token:reuse")) == 2


def test_identical_retry_within_seconds_spares_the_family(signed_in: Provider) -> None:
    """The same browser that repeats itself gets an error, but its family lives; another one ends it at once."""
    first = signed_in.get_tokens()
    second = signed_in.refresh(first["refresh_token"]).json()

    assert signed_in.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    third = signed_in.refresh(second["refresh_token"])
    assert third.status_code == 200

    other = signed_in.refresh(second["refresh_token"], headers={"user-agent": "somebody else"})
    assert other.json()["error"] == "invalid_grant"
    assert signed_in.refresh(third.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_invented_refresh_token_ends_nothing(signed_in: Provider) -> None:
    """Who knows a family's id (a resource server does) cannot end the family by inventing a token."""
    tokens = signed_in.get_tokens()
    header, payload, signature = tokens["refresh_token"].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"refresh+jwt"}').rstrip(b"=").decode()
    for invented in (
        f"{header}.{payload}.{'A' * 43}",
        f"{header}.{payload}.{signature[::-1]}",
        f"{header}.{payload[::-1]}.{signature}",
        f"{unsigned}.{payload}.{signature}",
        f"{unsigned}.{payload}.",
        f"{header}.{payload}.",
        payload,
        "x",
        "é" * 91,
        "." * 91,
        "a" * 60000,
    ):
        assert signed_in.refresh(invented).json()["error"] == "invalid_grant"
    assert signed_in.refresh(tokens["refresh_token"]).status_code == 200


def test_refresh_of_another_client_is_refused(signed_in: Provider) -> None:
    """RFC 6749 section 10.4: a refresh token is bound to its client."""
    signed_in.add_client("second")
    tokens = signed_in.get_tokens()
    assert signed_in.refresh(tokens["refresh_token"], auth=("second", SECRET)).json()["error"] == "invalid_grant"
    assert signed_in.refresh(tokens["refresh_token"]).status_code == 200


def test_refresh_scope_may_only_shrink(signed_in: Provider) -> None:
    """RFC 6749 section 6."""
    tokens = signed_in.get_tokens(scope="openid email")
    smaller = signed_in.refresh(tokens["refresh_token"], scope="openid").json()
    assert smaller["scope"] == "openid"
    assert signed_in.refresh(smaller["refresh_token"], scope="openid phone").json()["error"] == "invalid_scope"
    assert signed_in.refresh(smaller["refresh_token"]).json()["scope"] == "openid email"


def test_refresh_ends_with_the_session(signed_in: Provider) -> None:
    """Idle too long, or logged out: no refresh. Use keeps the session from going idle."""
    from idp.sessions.sessions import end_session

    token = signed_in.get_tokens()["refresh_token"]
    for _ in range(4):
        signed_in.clock.advance(minutes=20)
        token = signed_in.refresh(token).json()["refresh_token"]
    signed_in.clock.advance(minutes=30)
    assert signed_in.refresh(token).json()["error"] == "invalid_grant"

    signed_in.sign_in()
    tokens = signed_in.get_tokens()
    with signed_in.transaction() as session:
        end_session(session, signed_in.clock, signed_in.session_id, reason=Ending.LOGOUT)
    assert signed_in.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert signed_in.userinfo(tokens["access_token"]).status_code == 401


def test_offline_access_outlives_idleness_but_not_the_password(signed_in: Provider) -> None:
    """With offline_access the person may be away for a month; a reset of the password still ends it."""
    from idp.sessions.sessions import end_session

    token = signed_in.get_tokens(scope="openid offline_access")["refresh_token"]
    signed_in.clock.advance(days=29)
    token = signed_in.refresh(token).json()["refresh_token"]
    with signed_in.transaction() as session:
        end_session(session, signed_in.clock, signed_in.session_id, reason=Ending.PASSWORD_RESET)
    assert signed_in.refresh(token).json()["error"] == "invalid_grant"


def test_client_without_refresh_grant_gets_no_refresh_token(signed_in: Provider) -> None:
    """Refresh tokens go to clients that are registered for them, and so does offline_access."""
    signed_in.add_client("plain", grant_types=["authorization_code"])
    code = signed_in.get_code(client_id="plain", scope="openid offline_access")
    tokens = signed_in.exchange_code(code, auth=("plain", SECRET)).json()
    assert "refresh_token" not in tokens
    assert tokens["scope"] == "openid"
    assert (
        signed_in.token(auth=("plain", SECRET), grant_type="client_credentials").json()["error"]
        == "unauthorized_client"
    )


def test_client_credentials_give_a_token_for_the_client(provider: Provider) -> None:
    """RFC 6749 section 4.4: no person, no refresh token, only scopes that are no person's."""
    provider.add_client("service", grant_types=["client_credentials"])
    for scope in ({}, {"scope": "openid reports email"}):
        tokens = provider.token(auth=("service", SECRET), grant_type="client_credentials", **scope).json()
        claims = decode(provider, tokens["access_token"]).claims
        assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert tokens["scope"] == claims["scope"] == "reports"
        assert claims["sub"] == claims["client_id"] == "service"
    habit = provider.token(auth=("service", SECRET), grant_type="client_credentials", scope="openid").json()
    assert decode(provider, habit["access_token"]).claims["scope"] == ""
    refused = provider.token(auth=("service", SECRET), grant_type="client_credentials", scope="openid admin")
    assert refused.json()["error"] == "invalid_scope"
    assert provider.userinfo(tokens["access_token"]).status_code == 403


def test_client_credentials_use_no_statement_when_warm(provider: Provider) -> None:
    """The budget's reason: nothing is read or written."""
    from sqlalchemy import event

    provider.add_client("service", grant_types=["client_credentials"])
    provider.token(auth=("service", SECRET), grant_type="client_credentials")
    statements: list[str] = []
    event.listen(provider.services.database.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert provider.token(auth=("service", SECRET), grant_type="client_credentials").status_code == 200
    assert statements == []


def test_malformed_token_requests_are_oauth_errors(provider: Provider) -> None:
    """RFC 6749 section 5.2, and never a 500."""
    from tests.oidc.provider import basic

    header = basic("app", SECRET)
    cases = [
        ({}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unauthorized_client"),
        ({"grant_type": 'ü"\\'}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "ü\ud7ff"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x" * 60000}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
    ]
    for form, error in cases:
        response = provider.http.post(provider.path("token"), data=form, headers=header)
        assert (response.status_code, response.json()["error"]) == (400, error), form
        assert response.headers["cache-control"] == "no-store"
    for body, status in ((b"grant_type=%ff", 400), (b"a=%00", 400), (b"x" * 70000, 413)):
        response = provider.http.post(
            provider.path("token"),
            content=body,
            headers={**header, "content-type": "application/x-www-form-urlencoded"},
        )
        assert (response.status_code, response.json()["error"]) == (status, "invalid_request")
    assert provider.http.post(provider.path("token"), json={}, headers=header).status_code == 415
    assert provider.http.get(provider.path("token")).status_code == 405
    unknown = provider.http.post(provider.path("token", realm="nowhere"), headers=header)
    assert unknown.status_code == 404
    assert unknown.json()["error"] == "not_found"


def test_authlib_is_kept_from_logging_tokens(signed_in: Provider, caplog) -> None:
    """No token, code or secret is in any log line, whatever the level."""
    import logging

    with caplog.at_level(logging.DEBUG):
        tokens = signed_in.get_tokens()
    for secret in (tokens["access_token"], tokens["refresh_token"], SECRET):
        assert secret not in caplog.text
