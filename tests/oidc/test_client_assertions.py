"""private_key_jwt and client_secret_jwt (OpenID Connect Core section 9, RFC 7523 section 3)."""

import itertools
import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey

from idp.clients.registration import SECRET_CONTEXT
from idp.fetching.documents import BURST, DocumentCache
from idp.fetching.fetcher import Fetcher
from idp.oidc.guess_brake import MAX_FAILURES
from tests.oidc.provider import ISSUER, URL, Provider, basic
from tests.oidc.request_jwt import LONG_SECRET, encode, key_for, leave_unsigned, sign
from tests.web_server import Reply, WebServer, web_server

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_ENDPOINT = f"{ISSUER}/protocol/openid-connect/token"
REFUSED = {"error": "invalid_client", "error_description": "Client authentication failed."}
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


def public(algorithm: str = "ES256", *names: str, **members: Any) -> dict[str, Any]:
    """Return the public JWK of a test key."""
    return {**key_for(algorithm, *names).as_dict(private=False), **members}


class Octets:
    """A secret that the library would not take for one."""

    def __init__(self, value: bytes) -> None:
        self.get_op_key = lambda _operation: value


def add_client(provider: Provider, client_id: str = "service", **columns: Any) -> None:
    """Register a client with keys that may use client credentials."""
    keys = {"keys": [public("RS256", use="sig"), public("ES256", kid="ec"), public("EdDSA")]}
    defaults = {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys, "grant_types": ["client_credentials"]}
    provider.add_client(client_id, secret=LONG_SECRET, **{**defaults, **columns})


@pytest.fixture
def service(provider: Provider) -> Provider:
    """The provider with a client `service` that has keys, and `shared` that has a secret."""
    add_client(provider)
    add_client(provider, "shared", token_endpoint_auth_method="client_secret_jwt", jwks=None)
    return provider


def encrypt(provider: Provider, secret: bytes) -> bytes:
    return provider.services.cipher.encrypt(secret, SECRET_CONTEXT)


def claims_of(provider: Provider, client_id: str = "service", **changes: Any) -> dict[str, Any]:
    """Return the claims of a good assertion; None leaves one out, and a function gets the time."""
    now = int(provider.clock.now().timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(),
        **{name: change(now) if callable(change) else change for name, change in changes.items()},
    }
    return {name: value for name, value in claims.items() if value is not None}


def post(provider: Provider, assertion: str, endpoint: str = "token", **form: Any) -> Any:
    """Send a request with an assertion."""
    sent = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **form,
    }
    return provider.http.post(provider.path(endpoint), data={k: v for k, v in sent.items() if v is not None})


def reasons(provider: Provider) -> list[str]:
    """Return why clients were refused."""
    return [event.details["reason"] for event in provider.events("client:authentication:failure")]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_assertion_by_the_clients_key_is_accepted(service: Provider, algorithm: str) -> None:
    """With each kind of key; kid is not needed, client_id may be sent as well."""
    assert post(service, sign(claims_of(service), algorithm)).status_code == 200
    assert post(service, sign(claims_of(service), algorithm), client_id="service").status_code == 200


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_assertion_by_the_clients_secret_is_accepted(service: Provider, algorithm: str) -> None:
    """client_secret_jwt, with a secret as long as the hash (RFC 7518 section 3.2)."""
    assert post(service, sign(claims_of(service, "shared"), algorithm)).status_code == 200


@pytest.mark.parametrize(
    ("secret", "algorithm", "status"),
    [("s" * 31, "HS256", 401), ("s" * 32, "HS256", 200), ("s" * 47, "HS384", 401), ("s" * 63, "HS512", 401)],
)
def test_secret_that_is_shorter_than_the_hash_is_refused(
    provider: Provider, secret: str, algorithm: str, status: int
) -> None:
    """RFC 7518 section 3.2: who sees one assertion could try secrets without asking us."""
    provider.add_client(
        "short", secret=secret, token_endpoint_auth_method="client_secret_jwt", grant_types=["client_credentials"]
    )
    assertion = sign(claims_of(provider, "short"), algorithm, key=OctKey.import_key(secret))
    assert post(provider, assertion).status_code == status


def test_secret_that_looks_like_a_public_key_is_no_secret(provider: Provider) -> None:
    """Everybody could know it."""
    pem = key_for("RS256").as_pem(private=False)
    add_client(provider, "pem", token_endpoint_auth_method="client_secret_jwt", secret_encrypted=encrypt(provider, pem))
    assert post(provider, sign(claims_of(provider, "pem"), "HS256", key=Octets(pem))).status_code == 401


@pytest.mark.parametrize(
    "audience",
    [ISSUER, TOKEN_ENDPOINT, [ISSUER], ["https://other.example", TOKEN_ENDPOINT], f"{TOKEN_ENDPOINT}/introspect"],
)
def test_audiences_that_are_us(service: Provider, audience: Any) -> None:
    """The issuer, the token endpoint, the endpoint that is asked (RFC 7523 section 3, RFC 9126 section 2)."""
    assertion = sign(claims_of(service, aud=audience))
    assert post(service, assertion, "token/introspect", token="x").json() == {"active": False}


def test_mutual_tls_addresses_are_audiences_too(service: Provider) -> None:
    """A client that uses the aliases may name the alias (RFC 8705 section 5)."""
    alias = TOKEN_ENDPOINT.replace(URL, "https://mtls.cert.example")
    assert post(service, sign(claims_of(service, aud=alias))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"iss": "other"},
        {"iss": ["service"]},
        {"sub": None},
        {"sub": "app"},
        {"sub": ["service"]},
        {"sub": "nobody"},
        {"aud": None},
        {"aud": []},
        {"aud": "https://other.example"},
        {"aud": f"{URL}/realms/other"},
        {"aud": URL},
        {"aud": f"{ISSUER}/"},
        {"aud": f"{TOKEN_ENDPOINT}/introspect"},
        {"aud": [5, None, {}]},
        {"aud": {"a": ISSUER}},
        {"exp": None},
        {"exp": lambda now: now - 31},
        {"exp": lambda now: now + 3600 + 31},
        {"exp": lambda now: str(now + 60)},
        {"exp": True},
        {"exp": 1e300},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": -(10**400)},
        {"exp": 10**400},
        {"nbf": lambda now: now + 31},
        {"nbf": "soon"},
        {"iat": lambda now: now + 31},
        {"iat": [1]},
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
    ],
)
def test_wrong_claims_are_refused_alike(service: Provider, changes: dict[str, Any]) -> None:
    """Who, for whom, when, once: 401, the same words, and why only in the event."""
    response = post(service, sign(claims_of(service, **changes)))
    assert (response.status_code, response.json()) == (401, REFUSED)


def test_small_differences_of_clocks_are_forgiven(service: Provider) -> None:
    """Half a minute either way (FAPI 2.0 Security Profile section 5.3.2.1: at least 10 seconds, at most 60)."""
    late, early = {"exp": lambda now: now - 29}, {"iat": lambda now: now + 29, "nbf": lambda now: now + 29}
    for changes in (late, early, {"iat": None}, {"exp": lambda now: now + 3600}):
        assert post(service, sign(claims_of(service, **changes))).status_code == 200


@pytest.mark.parametrize("client_id", ["service", "shared"])
def test_assertion_works_once(service: Provider, client_id: str) -> None:
    """OpenID Connect Core section 9: jti is to prevent reuse, at whichever endpoint, until the assertion has expired."""
    algorithm = "ES256" if client_id == "service" else "HS256"
    assertion = sign(claims_of(service, client_id), algorithm)
    assert post(service, assertion).status_code == 200
    assert post(service, assertion).json() == REFUSED
    assert post(service, assertion, "token/introspect", token="x").json() == REFUSED
    service.clock.advance(seconds=89)
    assert post(service, assertion).json() == REFUSED
    assert reasons(service) == ["used before"] * 3


def test_clients_do_not_use_up_one_anothers_jti(service: Provider) -> None:
    """The same jti of two clients is two; odd ones are as good as any."""
    for jti in ("same", "\ud800\x00", "x" * 5000):
        assert post(service, sign(claims_of(service, jti=jti))).status_code == 200
        assert post(service, sign(claims_of(service, "shared", jti=jti), "HS256")).status_code == 200
        assert post(service, sign(claims_of(service, jti=jti))).status_code == 401


@pytest.mark.every_database
def test_ten_at_once_use_an_assertion_once(service: Provider) -> None:
    """Exactly one wins."""
    assertion = sign(claims_of(service))
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: post(service, assertion).status_code, range(10)))
    assert sorted(statuses) == [200, *[401] * 9]


def test_refused_assertion_is_not_used_up(service: Provider) -> None:
    """Somebody who copies the jti of another's assertion keeps nobody out."""
    claims = claims_of(service)
    assert post(service, sign(claims, key=key_for("ES256", "stranger"))).status_code == 401
    assert post(service, sign(claims)).status_code == 200


def test_signatures_that_are_not_the_clients(service: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8725 sections 3.1 and 3.2, RFC 9700: none, algorithm confusion, keys of the header, damaged and foreign signatures."""
    monkeypatch.setattr("idp.oidc.guess_brake.MAX_FAILURES", 1000)
    claims, key = claims_of(service), key_for("ES256")
    good = sign(claims)
    pem = key_for("RS256").as_pem(private=False)
    stranger = key_for("ES256", "stranger")
    forged = [
        leave_unsigned(claims),
        sign(claims, "none"),
        f"{encode({'alg': 'none'})}.{encode(claims)}.{encode(b'x')}",
        sign(claims, "HS256", key=Octets(pem)),
        sign(claims, "HS256", key=Octets(json.dumps(key.as_dict(private=False)).encode())),
        sign(claims, "HS256"),
        sign(claims, key=stranger),
        sign(claims, key=stranger, jwk=stranger.as_dict(private=False)),
        sign(claims, key=stranger, jku="https://evil.example/jwks", x5u="https://evil.example/x5u"),
        sign(claims, key=stranger, kid="ec"),
        sign(claims, kid="unknown"),
        sign(claims, kid=["ec"]),
        sign(claims, alg="RS256"),
        sign(claims, alg="ES384"),
        sign(claims, alg=["ES256"]),
        sign(claims, alg=None),
        sign(claims, crit=["exp"]),
        sign(claims, crit=[]),
        sign(claims, b64=False, crit=["b64"]),
        sign(claims, typ="at+jwt"),
        sign(claims, typ="logout+jwt"),
        sign(claims, typ="oauth-authz-req+jwt"),
        sign(claims, typ=5),
        good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        good.rpartition(".")[0] + "." + encode(bytes(64)),
        good.rpartition(".")[0] + "." + encode(b"x"),
        good.replace(good.split(".")[1], encode({**claims, "exp": claims["exp"] + 1})),
    ]
    for assertion in forged:
        assert post(service, assertion).json() == REFUSED, assertion
    assert post(service, good).status_code == 200


@pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+JWT"])
def test_types_that_an_assertion_may_have(service: Provider, typ: str) -> None:
    """Any case, with the prefix or without (RFC 7515 section 4.1.9)."""
    assert post(service, sign(claims_of(service), typ=typ)).status_code == 200


@pytest.mark.parametrize(
    "assertion",
    [
        "x",
        "a.b.c",
        "a.b.c.d.e",
        "..",
        "%.%.%",
        f"{encode([])}.{encode({})}.x",
        f"{encode({'alg': 'ES256'})}.{encode([])}.x",
        f"{encode({'alg': 'ES256'})}.{encode(b'[' * 9000)}.x",
        f"{encode({'alg': 'ES256'})}.{encode({'sub': 'service', 'x': 'y' * 20_000})}.x",
        f"{encode({'alg': 'ES256'})}.{encode({'sub': 'ü'})}.x",
    ],
)
def test_malformed_assertions_are_refused(service: Provider, assertion: str) -> None:
    """Nothing becomes a 500."""
    assert post(service, assertion).json() == REFUSED


def test_assertion_type_has_to_be_the_one_for_jwts(service: Provider) -> None:
    """RFC 7523 section 2.2; and the type without the assertion is nothing."""
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    for assertion_type in (None, "", "jwt-bearer", saml):
        assert post(service, sign(claims_of(service)), client_assertion_type=assertion_type).json() == REFUSED
    assert post(service, "", client_id="service").json() == REFUSED


def test_client_id_has_to_agree_with_the_assertion(service: Provider) -> None:
    """RFC 7521 section 4.2."""
    assert post(service, sign(claims_of(service)), client_id="shared").json() == REFUSED
    assert post(service, sign(claims_of(service)), client_id="nobody").json() == REFUSED


def test_assertion_beside_a_secret_is_more_than_one_method(service: Provider) -> None:
    """RFC 6749 section 2.3, RFC 7521 section 4.2: refused, whatever either is worth."""
    assertion = sign(claims_of(service))
    with_secret = post(service, assertion, client_id="service", client_secret=LONG_SECRET)
    sent = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    with_header = service.http.post(service.path("token"), data=sent, headers=basic("service", LONG_SECRET))
    for response in (with_secret, with_header):
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert post(service, assertion).status_code == 200


def test_method_is_the_registered_one_and_no_other(service: Provider) -> None:
    """A client with keys has no use for its secret, nor the other way round."""
    service.add_client("plain", grant_types=["client_credentials"], jwks={"keys": [public()]}, secret=LONG_SECRET)
    form = {"grant_type": "client_credentials"}
    refused = [
        post(service, sign(claims_of(service), "HS256")),
        post(service, sign(claims_of(service, "shared"))),
        post(service, sign(claims_of(service, "plain"))),
        post(service, sign(claims_of(service, "plain"), "HS256")),
        service.http.post(service.path("token"), data=form, headers=basic("service", LONG_SECRET)),
        service.http.post(service.path("token"), data=form, headers=basic("shared", LONG_SECRET)),
        service.http.post(service.path("token"), data={**form, "client_id": "service"}),
        service.http.post(service.path("token"), data={**form, "client_id": "shared", "client_secret": LONG_SECRET}),
    ]
    assert [response.json() for response in refused] == [REFUSED] * len(refused)


def test_registered_algorithm_is_the_only_one(provider: Provider) -> None:
    """token_endpoint_auth_signing_alg (OpenID Connect Registration section 2)."""
    add_client(provider, token_endpoint_auth_signing_alg="PS256")
    assert post(provider, sign(claims_of(provider), "PS256")).status_code == 200
    for algorithm in ("RS256", "ES256", "EdDSA", "HS256"):
        assert post(provider, sign(claims_of(provider), algorithm)).status_code == 401


def test_fapi_client_names_the_issuer_alone(provider: Provider) -> None:
    """FAPI 2.0 Security Profile sections 5.3.2.1 and 5.4.1: aud is the issuer as a string, and PS256, ES256 or EdDSA sign."""
    add_client(
        provider,
        security_profile="fapi2",
        certificate_bound_access_tokens=True,
        id_token_signed_response_alg="PS256",
    )

    def ask(algorithm: str = "ES256", **changes: Any) -> tuple[int, str]:
        response = post(provider, sign(claims_of(provider, **changes), algorithm), "token/introspect", token="x")
        return response.status_code, response.json().get("error", "")

    assert ask() == ask("PS256") == ask("EdDSA") == (200, "")
    for refused in (ask(aud=TOKEN_ENDPOINT), ask(aud=[ISSUER]), ask(aud=[ISSUER, "x"]), ask("RS256")):
        assert refused == (401, "invalid_client")


def test_wrong_assertions_count_in_the_brake(service: Provider) -> None:
    """As wrong secrets do."""
    for _ in range(MAX_FAILURES):
        assert post(service, sign(claims_of(service), key=key_for("ES256", "stranger"))).status_code == 401
    assert post(service, sign(claims_of(service))).status_code == 429


def test_reason_is_in_the_event_and_nowhere_else(service: Provider) -> None:
    """For those who look after the client."""
    post(service, sign(claims_of(service, aud="https://other.example")))
    (event,) = service.events("client:authentication:failure")
    assert event.details == {"method": "client_assertion", "reason": "another audience"}


def test_unfit_registered_keys_do_not_count(provider: Provider) -> None:
    """Neither one for encryption, nor one for another algorithm, nor a private one that was registered by mistake."""
    private = key_for("ES256", "private").as_dict(private=True)
    keys = [public(use="enc"), public("RS256", alg="PS256"), private]
    add_client(provider, jwks={"keys": keys})
    refused = [
        sign(claims_of(provider)),
        sign(claims_of(provider), "RS256"),
        sign(claims_of(provider), key=key_for("ES256", "private")),
    ]
    assert [post(provider, assertion).status_code for assertion in refused] == [401] * 3
    assert post(provider, sign(claims_of(provider), "PS256")).status_code == 200


def test_many_keys_without_kid_are_not_all_tried(provider: Provider) -> None:
    """Verifying costs time: five keys are tried, and a kid finds any of a hundred."""
    keys = [ECKey.generate_key("P-256") for _ in range(20)]
    jwks = {"keys": [{**key.as_dict(private=False), "kid": str(number)} for number, key in enumerate(keys)]}
    add_client(provider, jwks=jwks)
    assert post(provider, sign(claims_of(provider), key=keys[4])).status_code == 200
    assert post(provider, sign(claims_of(provider), key=keys[19])).status_code == 401
    assert post(provider, sign(claims_of(provider), key=keys[19], kid="19")).status_code == 200


# --- keys that are fetched -------------------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The host of a client's key set."""
    with web_server() as web:
        yield web


@pytest.fixture
def fetching(provider: Provider, web: WebServer) -> Provider:
    """The provider with a client `service` whose keys are at an address that may be fetched."""
    settings = provider.services.settings.model_copy(update={"fetch_allowed_hosts": (web.authority,)})
    provider.services = replace(provider.services, documents=DocumentCache(Fetcher(settings)))
    provider.app.state.services = provider.services
    publish(web, public(kid="one"))
    add_client(provider, jwks=None, jwks_uri=web.url("/jwks"))
    return provider


def publish(web: WebServer, *keys: dict[str, Any]) -> None:
    web.replies["/jwks"] = Reply(json.dumps({"keys": keys}).encode())


def test_keys_are_fetched_once_for_many_assertions(fetching: Provider, web: WebServer) -> None:
    """From jwks_uri, and kept."""
    for _ in range(3):
        assert post(fetching, sign(claims_of(fetching), kid="one")).status_code == 200
    assert len(web.asked) == 1


def test_new_key_is_found_at_once(fetching: Provider, web: WebServer) -> None:
    """A client rotates its keys: the first assertion with an unknown kid makes us look again, also without any kid."""
    post(fetching, sign(claims_of(fetching), kid="one"))
    second, third = key_for("ES256", "second"), key_for("ES256", "third")
    publish(web, public("ES256", "second", kid="two"))
    assert post(fetching, sign(claims_of(fetching), key=second, kid="two")).status_code == 200
    assert post(fetching, sign(claims_of(fetching), kid="one")).status_code == 401, "what was taken back counts no more"
    publish(web, public("ES256", "third"))
    assert post(fetching, sign(claims_of(fetching), key=third)).status_code == 200


def test_unknown_keys_do_not_make_us_hammer_the_clients_host(fetching: Provider, web: WebServer) -> None:
    """Strangers may sign with whatever they like."""
    stranger = key_for("ES256", "stranger")
    for number in itertools.islice(itertools.count(), MAX_FAILURES - 1):
        assert post(fetching, sign(claims_of(fetching), key=stranger, kid=str(number))).status_code == 401
    assert len(web.asked) == BURST
    assert post(fetching, sign(claims_of(fetching), kid="one")).status_code == 200


@pytest.mark.parametrize(
    "reply", [Reply(b"x"), Reply(b"{}"), Reply(b"[]"), Reply(status=500), Reply(status=302), Reply(b"x" * 70_000)]
)
def test_key_set_that_is_none_refuses(fetching: Provider, web: WebServer, reply: Reply) -> None:
    """With the same words as ever."""
    web.replies["/jwks"] = reply
    assert post(fetching, sign(claims_of(fetching), kid="one")).json() == REFUSED


@pytest.mark.parametrize(
    "address", ["https://169.254.169.254/latest", "https://localhost:1/", "http://app.example/jwks"]
)
def test_key_set_at_an_address_that_is_not_to_be_fetched(fetching: Provider, address: str) -> None:
    """Metadata services, this machine, plain http: refused, and said in the same words."""
    add_client(fetching, "spy", jwks=None, jwks_uri=address)
    assert post(fetching, sign(claims_of(fetching, "spy"))).json() == REFUSED


def test_client_without_keys_is_refused(provider: Provider) -> None:
    """Nothing registered, nothing proven."""
    add_client(provider, jwks=None)
    assert post(provider, sign(claims_of(provider))).json() == REFUSED
