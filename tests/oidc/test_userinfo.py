"""The UserInfo endpoint, and what must not pass for an access token."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from idp.keys.tokens import sign_jwt
from tests.oidc.provider import ISSUER, Provider


def segment(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload))


def test_scopes_give_their_claims(signed_in: Provider) -> None:
    """OpenID Connect Core section 5.4, by header (GET and POST) and by form."""
    token = signed_in.get_tokens(scope="openid profile email phone address")["access_token"]
    claims = signed_in.userinfo(token).json()
    assert claims == {
        "sub": signed_in.user_id, "name": "Alice Adams", "given_name": "Alice", "family_name": "Adams",
        "preferred_username": "alice", "nickname": "Al", "updated_at": int(signed_in.clock.now().timestamp()),
        "email": "alice@example.org", "email_verified": True, "phone_number": "+49 30 1",
        "phone_number_verified": False, "address": {"locality": "Berlin"},
    }  # fmt: skip
    path = signed_in.path("userinfo")
    assert signed_in.http.post(path, headers={"authorization": f"bearer {token}"}).json() == claims
    assert signed_in.http.post(path, data={"access_token": token}).json() == claims
    assert signed_in.userinfo(signed_in.get_tokens()["access_token"]).json() == {"sub": signed_in.user_id}


def test_missing_token_gets_a_bare_challenge(signed_in: Provider) -> None:
    """RFC 6750 section 3.1: no error code without a token; none is taken from the query."""
    token = signed_in.get_tokens()["access_token"]
    for response in (
        signed_in.http.get(signed_in.path("userinfo")),
        signed_in.http.get(signed_in.path("userinfo"), params={"access_token": token}),
        signed_in.http.get(signed_in.path("userinfo"), headers={"authorization": "Basic x"}),
    ):
        assert response.status_code == 401
        challenges = 'Bearer realm="userinfo", DPoP realm="userinfo", algs="ES256 PS256 RS256 EdDSA Ed25519"'
        assert response.headers["www-authenticate"] == challenges


def test_two_tokens_are_refused(signed_in: Provider) -> None:
    """RFC 6750 section 2: one method in a request."""
    token = signed_in.get_tokens()["access_token"]
    response = signed_in.http.post(
        signed_in.path("userinfo"), data={"access_token": token}, headers={"authorization": f"Bearer {token}"}
    )
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def forge(provider: Provider, kind: str) -> str:
    """Return a token of the named forgery."""
    tokens = provider.get_tokens()
    good = tokens["access_token"]
    header, claims = parts_of(good)
    keyring = provider.services.keyrings.get(provider.realm_id)
    body = segment(claims)
    if kind == "id token":
        return tokens["id_token"]
    if kind == "refresh token":
        return tokens["refresh_token"]
    if kind == "none":
        return f"{segment({**header, 'alg': 'none'})}.{body}."
    if kind == "none with signature":
        return f"{segment({**header, 'alg': 'none'})}.{body}.{good.split('.')[2]}"
    if kind == "public key as secret":
        public = keyring.verifiers[header["kid"]].key.as_pem(private=False)
        unsigned = f"{segment({**header, 'alg': 'HS256'})}.{body}"
        return f"{unsigned}.{segment(hmac.digest(public, unsigned.encode(), hashlib.sha256))}"
    if kind == "jwks as secret":
        return jwt.encode({**header, "alg": "HS256"}, claims, OctKey.import_key(keyring.jwks), algorithms=["HS256"])
    if kind == "own key in header":
        key = ECKey.generate_key("P-256")
        own = {**header, "jwk": key.as_dict(private=False)}
        return jwt.encode(own, claims, key, algorithms=["ES256"])
    if kind == "unknown kid":
        return jwt.encode({**header, "kid": "x"}, claims, ECKey.generate_key("P-256"), algorithms=["ES256"])
    if kind == "other key's kid":
        return f"{segment({**header, 'kid': keyring.signers['RS256'].kid})}.{body}.{good.split('.')[2]}"
    if kind == "other realm":
        with provider.transaction() as session:
            from idp.realms.realms import get_realm

            other = get_realm(session, "other").id
        return sign_jwt(provider.services.keyrings.get(other), "ES256", "at+jwt", claims)
    if kind == "changed claim":
        return f"{good.split('.')[0]}.{segment({**claims, 'sub': 'somebody'})}.{good.split('.')[2]}"
    if kind == "zero signature":
        return f"{good.rsplit('.', 1)[0]}.{segment(bytes(64))}"
    changes = {
        "other issuer": {"iss": f"{ISSUER}x"},
        "other audience": {"aud": "https://api.example"},
        "no expiry": {"exp": None},
        "text as expiry": {"exp": "9999999999"},
        "expired": {"exp": claims["iat"]},
        "unknown family": {"fid": "x"},
        "unknown client": {"client_id": "x"},
    }
    if kind in changes:
        return sign_jwt(keyring, "ES256", "at+jwt", {**claims, **changes[kind]})
    return {
        "garbage": "x",
        "dots": "..",
        "text": "ü",
        "huge": "a" * 20000 + ".b.c",
        "array": "W10.W10.W10",
        "nested": f"{segment(b'[' * 300)}.x.y",
        "four": good + ".x",
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "id token", "refresh token", "none", "none with signature", "public key as secret", "jwks as secret", "own key in header",
        "unknown kid", "other key's kid", "other realm", "changed claim", "zero signature", "other issuer", "other audience",
        "no expiry", "text as expiry", "expired", "unknown family", "unknown client", "garbage", "dots", "huge", "array", "nested", "four",
    ],
)  # fmt: skip
def test_forged_token_is_refused(signed_in: Provider, kind: str) -> None:
    """RFC 8725 section 3, at UserInfo and at introspection."""
    token = forge(signed_in, kind)
    response = signed_in.userinfo(token)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]
    # A token for another resource is genuine: that resource may ask about it.
    if kind not in {"refresh token", "other audience"}:
        assert signed_in.introspect(token) == {"active": False}


def test_token_is_refused_once_expired(signed_in: Provider) -> None:
    """Five minutes, to the second."""
    token = signed_in.get_tokens()["access_token"]
    signed_in.clock.advance(seconds=299)
    assert signed_in.userinfo(token).status_code == 200
    signed_in.clock.advance(seconds=1)
    assert signed_in.userinfo(token).status_code == 401


def test_disabled_user_is_refused(signed_in: Provider) -> None:
    """At the very next request."""
    from idp.models import User

    token = signed_in.get_tokens()["access_token"]
    with signed_in.transaction() as session:
        session.get_one(User, signed_in.user_id).enabled = False
    assert signed_in.userinfo(token).status_code == 401
    assert signed_in.introspect(token) == {"active": False}


def test_token_survives_key_rotation(signed_in: Provider) -> None:
    """Retired keys verify; new tokens come from the new key."""
    from idp.keys.signing_keys import rotate_signing_keys

    before = signed_in.get_tokens()["access_token"]
    with signed_in.transaction() as session:
        rotate_signing_keys(session, signed_in.services.cipher, signed_in.clock, signed_in.realm_id)
    signed_in.forget()
    after = signed_in.get_tokens()["access_token"]
    assert parts_of(before)[0]["kid"] != parts_of(after)[0]["kid"]
    assert signed_in.userinfo(before).status_code == signed_in.userinfo(after).status_code == 200
