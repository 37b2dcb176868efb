"""Request objects by value (RFC 9101, OpenID Connect Core section 6.1)."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from idp.keys.tokens import sign_jwt
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, VERIFIER, Provider, answer_of
from tests.oidc.request_jwt import (
    INSIDE,
    LONG_SECRET,
    OPENID,
    add_signing_client,
    encode,
    is_page,
    key_for,
    leave_unsigned,
    sign,
)
from tests.oidc.test_authorization import CERTIFICATE_PAGE, LOGIN_PAGE

AUTH = ("jar", LONG_SECRET)


@pytest.fixture
def jar(signed_in: Provider) -> Provider:
    """The provider with a client that signs its requests, by whichever key and algorithm."""
    add_signing_client(signed_in)
    return signed_in


def send(provider: Provider, request: str, **outside: Any) -> Any:
    """Send the request object with client_id alone beside it (RFC 9101 section 5), and what else is said."""
    query = {"client_id": "jar", "request": request, **outside}
    headers = {"cookie": provider.cookie} if provider.cookie else {}
    return provider.http.get(provider.path("auth"), params=query, headers=headers)


def error_of(response: Any) -> str:
    """Return the error that came back to the callback."""
    return answer_of(response)["error"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize(
    "typ", [{}, {"typ": "JWT"}, {"typ": "oauth-authz-req+jwt"}, {"typ": "application/oauth-authz-req+jwt"}]
)
def test_signed_request_is_taken_from_the_object(jar: Provider, algorithm: str, typ: dict[str, str]) -> None:
    """RFC 9101 sections 5 and 6: parameters inside count, whatever of the key kinds signed them."""
    claims = {**INSIDE, "iss": "jar", "aud": ISSUER, "exp": jar.clock.now().timestamp() + 60, "iat": 1, "jti": "1"}
    answer = answer_of(send(jar, sign(claims, algorithm, **typ)))
    assert answer["state"] == "inside"
    assert jar.exchange_code(answer["code"], auth=AUTH).json()["scope"] == "openid email"


def test_only_what_is_inside_counts_for_rfc_9101(jar: Provider) -> None:
    """RFC 9101 section 5: parameters beside the object are ignored, also where the type says which specification is meant."""
    for outside, typ in (({}, {}), (OPENID, {"typ": "oauth-authz-req+jwt"})):
        inside = {name: value for name, value in INSIDE.items() if name != "state"}
        sent = {**outside, "state": "outside", "nonce": "outside", "prompt": "login"}
        assert "state" not in answer_of(send(jar, sign(inside, **typ), **sent))
    inside = {name: value for name, value in INSIDE.items() if name != "client_id"}
    assert error_of(send(jar, sign(inside), redirect_uri=CALLBACK)) == "invalid_request_object"


def test_openid_request_is_assembled_from_both(jar: Provider) -> None:
    """OpenID Connect Core section 6.1: what is inside supersedes, what is only outside is added."""
    inside = {"redirect_uri": CALLBACK, "scope": "openid email", "state": "inside"}
    answer = answer_of(send(jar, sign(inside), **OPENID, state="outside", nonce="outside"))
    assert answer["state"] == "inside"
    tokens = jar.exchange_code(answer["code"], auth=AUTH).json()
    assert tokens["scope"] == "openid email"
    assert '"nonce":"outside"' in _payload(tokens["id_token"])


@pytest.mark.parametrize("name", ["client_id", "response_type"])
def test_client_and_response_type_have_to_be_the_same_on_both_sides(jar: Provider, name: str) -> None:
    """OpenID Connect Core section 6.1, RFC 9101 section 5."""
    jar.add_client("other")
    inside = {**INSIDE, name: {"client_id": "other", "response_type": "code id_token"}[name]}
    response = send(jar, sign(inside), **{**OPENID, "redirect_uri": CALLBACK})
    assert error_of(response) == "invalid_request_object"


def test_client_that_has_to_sign_is_never_mixed_with_the_address(jar: Provider) -> None:
    """RFC 9101 section 10.5: no plain request, no unsigned object, nothing from outside."""
    add_signing_client(jar, "strict", require_signed_request_object=True, request_object_signing_alg="none")
    inside = {**INSIDE, "client_id": "strict"}
    sent = {**OPENID, "client_id": "strict", "redirect_uri": CALLBACK}
    assert error_of(jar.authorize(client_id="strict")) == "invalid_request"
    assert error_of(send(jar, leave_unsigned(inside), **sent)) == "invalid_request_object"
    add_signing_client(jar, "strict-too", require_signed_request_object=True)
    inside, sent = ({**values, "client_id": "strict-too"} for values in (inside, sent))
    answer = answer_of(send(jar, sign(inside), **sent, prompt="login"))
    assert "code" in answer


def forge(provider: Provider, kind: str) -> str:
    """Return a request object of the named forgery or mistake."""
    now = provider.clock.now().timestamp()
    claims: dict[str, Any] = {**INSIDE, "iss": "jar", "aud": ISSUER, "exp": now + 60}
    good = sign(claims)
    header, payload, signature = good.split(".")
    keyring = provider.services.keyrings.get(provider.realm_id)
    public = key_for("RS256").as_pem(private=False)
    forgeries = {
        "unsigned": lambda: leave_unsigned(claims),
        "none with signature": lambda: f"{encode({'alg': 'none'})}.{payload}.{signature}",
        "none in capitals": lambda: f"{encode({'alg': 'NONE'})}.{payload}.",
        "no signature": lambda: f"{header}.{payload}.",
        "another key": lambda: sign(claims, key=key_for("ES256", "second")),
        "public key as secret": lambda: _mac(f"{encode({'alg': 'HS256'})}.{payload}", public),
        "its secret, which is not registered for it": lambda: sign(claims, "HS256"),
        "unknown algorithm": lambda: f"{encode({'alg': 'RS1'})}.{payload}.{signature}",
        "algorithm is a list": lambda: f"{encode({'alg': ['ES256']})}.{payload}.{signature}",
        "changed": lambda: f"{header}.{encode({**claims, 'scope': 'openid profile'})}.{signature}",
        "critical extension": lambda: sign(claims, crit=["x"], x=1),
        "key in the header": lambda: sign(
            claims, key=key_for("ES256", "second"), jwk=key_for("ES256", "second").as_dict(private=False)
        ),
        "another type": lambda: sign(claims, typ="at+jwt"),
        "our own key": lambda: sign_jwt(keyring, "ES256", "JWT", claims),
        "another issuer": lambda: sign({**claims, "iss": "other"}),
        "another audience": lambda: sign({**claims, "aud": ["https://other.example", ISSUER + "/"]}),
        "expired": lambda: sign({**claims, "exp": now - 31}),
        "not yet": lambda: sign({**claims, "nbf": now + 31}),
        "from the future": lambda: sign({**claims, "iat": now + 31}),
        "expiry is text": lambda: sign({**claims, "exp": "2099"}),
        "expiry is true": lambda: sign({**claims, "exp": True}),
        "client assertion": lambda: sign({**claims, "sub": "jar"}),
        "nested": lambda: sign({**claims, "request": good}),
        "nested reference": lambda: sign({**claims, "request_uri": "https://app.example/request"}),
        "nested pushed reference": lambda: sign({**claims, "request_uri": "urn:ietf:params:oauth:request_uri:x"}),
        "list": lambda: sign({**claims, "scope": ["openid"]}),
        "null": lambda: sign({**claims, "state": None}),
        "boolean": lambda: sign({**claims, "state": True}),
        "fraction": lambda: sign({**claims, "max_age": 1.5}),
        "NUL": lambda: sign({**claims, "state": "a\x00"}),
        "NUL in a name": lambda: sign({**claims, "a\x00": "b"}),
        "half a character": lambda: sign({**claims, "state": "\ud800"}),
        "too many": lambda: sign({**claims, **{f"p{number}": "x" for number in range(101)}}),
        "not an object": lambda: f"{header}.{encode([1])}.{signature}",
        "deep": lambda: f"{header}.{encode(b'[' * 9000)}.{signature}",
        "huge": lambda: sign({**claims, "state": "x" * 20_000}),
        "encrypted": lambda: f"{good}.{payload}.{signature}",
        "padded": lambda: good + "=",
        "no JWT": lambda: "x",
    }
    return forgeries[kind]()


_KINDS = [
    "unsigned", "none with signature", "none in capitals", "no signature", "another key", "public key as secret",
    "its secret, which is not registered for it", "unknown algorithm", "algorithm is a list", "changed",
    "critical extension", "key in the header", "another type", "our own key", "another issuer", "another audience",
    "expired", "not yet", "from the future", "expiry is text", "expiry is true", "client assertion", "nested",
    "nested reference", "nested pushed reference", "list", "null", "boolean", "fraction", "NUL", "NUL in a name",
    "half a character", "too many", "not an object", "deep", "huge", "encrypted", "padded", "no JWT",
]  # fmt: skip


@pytest.mark.parametrize("kind", _KINDS)
def test_forged_or_broken_object_is_refused(jar: Provider, kind: str) -> None:
    """RFC 9101 sections 6 and 10, RFC 8725 section 3: told to a registered address beside it, else to the person."""
    request = forge(jar, kind)
    error = "request_not_supported" if request.endswith(".") else "invalid_request_object"
    answer = answer_of(send(jar, request, **{**OPENID, "redirect_uri": CALLBACK, "state": "s"}))
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "s", ISSUER)
    assert is_page(send(jar, request))


def test_signature_with_the_secret_needs_registration(jar: Provider) -> None:
    """OpenID Connect Registration section 2, request_object_signing_alg: no other algorithm then."""
    add_signing_client(jar, "hmac", request_object_signing_alg="HS256")
    inside = {**INSIDE, "client_id": "hmac"}
    sent = {"client_id": "hmac", "redirect_uri": CALLBACK}
    assert "code" in answer_of(send(jar, sign(inside, "HS256"), **sent))
    for request in (sign(inside), leave_unsigned(inside), sign(inside, "HS512")):
        assert error_of(send(jar, request, **sent)) == "invalid_request_object"


def test_unsigned_object_needs_registration(jar: Provider) -> None:
    """oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported (OpenID Connect Core section 6.1).

    A client is registered for none, and the object's times count all the same; another is told that it is not supported.
    """
    add_signing_client(jar, "bare", request_object_signing_alg="none")
    inside = {**INSIDE, "client_id": "bare"}
    sent = {"client_id": "bare", "redirect_uri": CALLBACK}
    assert answer_of(send(jar, leave_unsigned(inside), **sent))["state"] == "inside"
    wrong = [{**inside, "exp": 1}, {**inside, "iss": "x"}, {**inside, "aud": "x"}, {**inside, "nbf": 9e9}]
    for request in (sign(inside), *(leave_unsigned(claims) for claims in wrong)):
        assert error_of(send(jar, request, **sent)) == "invalid_request_object"


def test_values_are_read_as_if_they_stood_in_the_address(jar: Provider) -> None:
    """RFC 9101 section 4: numbers as numbers, claims as an object."""
    claims = {"id_token": {"acr": {"essential": True, "values": ["2"]}}}
    assert send(jar, sign({**INSIDE, "claims": claims})).headers["location"].startswith(CERTIFICATE_PAGE)
    jar.clock.advance(seconds=60)
    assert "code" in answer_of(send(jar, sign({**INSIDE, "max_age": 60})))
    assert send(jar, sign({**INSIDE, "max_age": 59})).headers["location"].startswith(LOGIN_PAGE)
    assert error_of(send(jar, sign({**INSIDE, "max_age": -1}))) == "invalid_request"


def test_several_resources_are_a_list(jar: Provider) -> None:
    """RFC 8707 section 2 in a request object."""
    resources = ["https://a.example/", "https://b.example/"]
    add_signing_client(jar, "api", resources=resources)
    code = answer_of(send(jar, sign({**INSIDE, "client_id": "api", "resource": resources}), client_id="api"))["code"]
    token = jar.exchange_code(code, auth=("api", LONG_SECRET)).json()["access_token"]
    assert set(resources) <= set(json.loads(_payload(token))["aud"])


def test_checks_are_those_of_every_request(jar: Provider) -> None:
    """Errors go to the redirect_uri inside, with the state inside, once that is known to be the client's."""
    answer = answer_of(
        send(jar, sign({**INSIDE, "prompt": "nonsense"}), state="outside", redirect_uri="https://evil.example/")
    )
    assert (answer["error"], answer["state"]) == ("invalid_request", "inside")
    for uri in ("https://evil.example/", CALLBACK + "/", CALLBACK + "#", "javascript:alert(1)"):
        assert is_page(send(jar, sign({**INSIDE, "redirect_uri": uri}), redirect_uri=CALLBACK, **OPENID))
    proof = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    code = answer_of(send(jar, sign({**INSIDE, **proof})))["code"]
    assert jar.exchange_code(code, auth=AUTH).status_code == 400
    code = answer_of(send(jar, sign({**INSIDE, **proof})))["code"]
    assert jar.exchange_code(code, auth=AUTH, code_verifier=VERIFIER).status_code == 200


def test_redirect_uri_inside_counts_and_not_the_one_outside(jar: Provider) -> None:
    """oidcc-ensure-request-object-with-redirect-uri: the one outside may even be somebody else's."""
    add_signing_client(jar, "bare", request_object_signing_alg="none")
    inside = {**INSIDE, "client_id": "bare", "nonce": "n"}
    sent = {**OPENID, "client_id": "bare", "redirect_uri": "https://evil.example/", "state": "outside"}
    assert answer_of(send(jar, leave_unsigned(inside), **sent))["state"] == "inside"
    del inside["redirect_uri"]
    assert is_page(send(jar, leave_unsigned(inside), **sent))


def test_request_that_was_posted_is_the_same(jar: Provider) -> None:
    """OpenID Connect Core section 3.1.2.1: by POST too, where it is too long for an address."""
    request = sign({**INSIDE, **{f"p{number}": "x" * 200 for number in range(30)}})
    assert len(request) > 8000
    data = {"client_id": "jar", "request": request}
    response = jar.http.post(jar.path("auth"), data=data, headers={"cookie": jar.cookie})
    assert answer_of(response)["state"] == "inside"


def _mac(signing_input: str, key: bytes) -> str:
    return f"{signing_input}.{encode(hmac.digest(key, signing_input.encode(), hashlib.sha256))}"


def _payload(token: str) -> str:
    return base64.urlsafe_b64decode(token.split(".")[1] + "==").decode()
