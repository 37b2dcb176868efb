"""Clients that authenticate by certificate (RFC 8705 section 2), at the addresses that are made for it (section 5)."""

import base64
import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient

from idp.fetching.documents import DocumentCache
from idp.fetching.fetcher import Fetcher
from idp.login.certificate_host import build_certificate_host
from idp.models import CertificateAuthority, Realm, User
from idp.oidc.mutual_tls import MutualTLSHost
from idp.pki.authorities import create_authorities
from idp.pki.foreign_roots import trust_root
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.serving.listener import build_certificate_server, build_http_server
from idp.settings import Settings
from tests.certificates import DAY, SERVER_AUTH, Authority, Issued, ed25519_key, rsa_key, self_sign
from tests.clock import FixedClock
from tests.oidc.mutual_tls import MUTUAL_TLS, open_mutual_tls
from tests.oidc.provider import ISSUER, SECRET, URL, Provider, basic
from tests.serving.clients import client_context, connected, read_to_end
from tests.serving.proxies import PROXIES
from tests.serving.running import running
from tests.web.proxy_headers.samples import SAMPLES
from tests.web_server import Reply, web_server

FORM = {"grant_type": "client_credentials", "client_id": "service"}
REFUSED = {"error": "invalid_client", "error_description": "Client authentication failed."}
SUBJECT = {"tls_client_auth_subject_dn": "CN=service"}


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at the present, as the certificates are made now."""
    return FixedClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="module")
def root() -> Authority:
    """The organisation's root."""
    return Authority.create("Corporate Root")


@pytest.fixture(scope="module")
def certificate(root: Authority) -> Issued:
    """The application's certificate."""
    return root.create_intermediate("Corporate Issuing").issue(
        "service", names=[x509.DNSName("service.example.org"), x509.RFC822Name("service@example.org")]
    )


@pytest.fixture
def service(provider: Provider, root: Authority) -> Provider:
    """The provider with a realm that trusts the root, and a client `service` of that subject."""
    with provider.transaction() as session:
        realm = session.get_one(Realm, provider.realm_id)
        trust_root(session, provider.clock, realm=realm, pem=root.pem.encode())
    add_client(provider, tls_client_auth_subject=SUBJECT)
    return provider


def add_client(provider: Provider, client_id: str = "service", **columns: Any) -> None:
    """Register a client that shows a certificate."""
    defaults = {"token_endpoint_auth_method": "tls_client_auth", "grant_types": ["client_credentials"]}
    provider.add_client(client_id, **{**defaults, **columns})


def ask(provider: Provider, issued: Issued | None, endpoint: str = "token", **form: str) -> Any:
    """Send a token request over a connection that showed *issued* with its intermediates."""
    http = open_mutual_tls(provider, issued and issued.der, issued.chain_der if issued else ())
    return http.post(provider.path(endpoint), data={**FORM, **form})


def reasons(provider: Provider) -> list[str]:
    """Return why clients were refused."""
    return [event.details["reason"] for event in provider.events("client:authentication:failure")]


# --- tls_client_auth -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [SUBJECT, {"tls_client_auth_san_dns": "service.example.org"}, {"tls_client_auth_san_email": "service@example.org"}],
)
def test_certificate_of_the_registered_subject_is_accepted(
    service: Provider, certificate: Issued, subject: dict[str, str]
) -> None:
    """Section 2.1: a path to a root of the realm, and the one name that is registered; at every endpoint."""
    add_client(service, "other", tls_client_auth_subject=subject)
    assert ask(service, certificate, client_id="other").status_code == 200
    assert ask(service, certificate, "token/introspect", client_id="other", token="x").json() == {"active": False}
    assert ask(service, certificate, "revoke", client_id="other", token="x").status_code == 200


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ("none", "no certificate"),
        ("other name", "the certificate has another subject"),
        ("name inside", "the certificate has another subject"),
        ("expired", "expired"),
        ("not yet", "not_yet_valid"),
        ("for servers", "wrong_usage"),
        ("weak", "weak_key"),
        ("Ed25519", "weak_key"),
        ("self-signed", "untrusted_issuer"),
        ("same root's name", "untrusted_issuer"),
        ("without intermediate", "untrusted_issuer"),
    ],
)
def test_other_certificates_are_refused_alike(service: Provider, root: Authority, flaw: str, reason: str) -> None:
    """401 with the same words; the reason is in the event."""
    below = root.create_intermediate()
    shown = {
        "none": lambda: None,
        "other name": lambda: below.issue("mallory"),
        "name inside": lambda: below.issue("CN=service"),
        "expired": lambda: root.issue("service", not_before=-9 * DAY, not_after=-DAY),
        "not yet": lambda: root.issue("service", not_before=DAY),
        "for servers": lambda: root.issue("service", usages=(SERVER_AUTH,)),
        "weak": lambda: root.issue("service", key=rsa_key(1024)),
        "Ed25519": lambda: root.issue("service", key=ed25519_key()),
        "self-signed": lambda: self_sign("service"),
        "same root's name": lambda: Authority.create("Corporate Root").issue("service"),
        "without intermediate": lambda: replace(below.issue("service"), chain=()),
    }[flaw]()
    response = ask(service, shown)
    assert (response.status_code, response.json()) == (401, REFUSED)
    assert reasons(service)[0].startswith(reason)


def test_certificate_of_a_person_is_no_applications(service: Provider, clock: FixedClock) -> None:
    """People's certificates come from the realm's own authority and hold what they have a say in: none passes for a client's."""
    key = ec.generate_private_key(ec.SECP256R1())
    with service.transaction() as session:
        realm, user = session.get_one(Realm, service.realm_id), session.get_one(User, service.user_id)
        create_authorities(session, service.services.cipher, clock, realm=realm)
        row = issue_certificate(
            session, service.services.cipher, clock, realm=realm, user=user, public_key=key.public_key(),
            device_name="Laptop", platform=Platform.LINUX,
        )  # fmt: skip
        der = row.certificate
    add_client(service, "mail", tls_client_auth_subject={"tls_client_auth_san_email": "alice@example.org"})
    response = open_mutual_tls(service, der).post(service.path("token"), data={**FORM, "client_id": "mail"})
    assert (response.json(), reasons(service)) == (REFUSED, ["the certificate is a person's"])


def test_root_of_another_realm_does_not_count(service: Provider, certificate: Issued) -> None:
    """Trust is each realm's own."""
    with service.transaction() as session:
        other = session.query(Realm).filter_by(name="other").one()
        for row in session.query(CertificateAuthority):
            row.realm_id = other.id
    assert (ask(service, certificate).json(), reasons(service)[0][:16]) == (REFUSED, "untrusted_issuer")


def test_client_without_registered_subject_is_refused(service: Provider, certificate: Issued) -> None:
    """No name is not any name; nor are two."""
    for number, subject in enumerate((None, {}, {**SUBJECT, "tls_client_auth_san_dns": "service.example.org"})):
        add_client(service, f"c{number}", tls_client_auth_subject=subject)
        assert ask(service, certificate, client_id=f"c{number}").json() == REFUSED


def test_secret_is_no_substitute_nor_is_a_certificate(service: Provider, certificate: Issued) -> None:
    """Each client has the method that is registered for it; a certificate may stand beside another method (section 3)."""
    service.add_client("secret", grant_types=["client_credentials"])
    http = open_mutual_tls(service, certificate.der, certificate.chain_der)
    token = service.path("token")
    assert http.post(token, data=FORM, headers=basic("service", SECRET)).json() == REFUSED
    assert http.post(token, data={**FORM, "client_secret": SECRET}).json() == REFUSED
    assert http.post(token, data={**FORM, "client_id": "secret"}).json() == REFUSED
    assert http.post(token, data={"grant_type": "client_credentials"}).json() == REFUSED
    form = {**FORM, "client_id": "secret"}
    assert http.post(token, data=form, headers=basic("secret", SECRET)).status_code == 200


def test_unreadable_certificate_and_resumed_session_are_no_certificate(service: Provider, certificate: Issued) -> None:
    """Nobody proved possession of a key in a resumed session."""
    for http in (
        open_mutual_tls(service, b"no certificate"),
        open_mutual_tls(service, b""),
        open_mutual_tls(service, certificate.der, (b"x" * 70_000,)),
        open_mutual_tls(service, certificate.der, certificate.chain_der * 11),
        open_mutual_tls(service, certificate.der, certificate.chain_der, resumed=True),
    ):
        assert http.post(service.path("token"), data=FORM).json() == REFUSED
    assert reasons(service) == ["no certificate"] * 5


# --- self_signed_tls_client_auth -------------------------------------------------------------------------------------


def jwk_of(issued: Issued, **members: Any) -> dict[str, Any]:
    """Return the certificate's key as a client publishes it."""
    key_class = ECKey if isinstance(issued.key, ec.EllipticCurvePrivateKey) else RSAKey
    return {**key_class.import_key(issued.key.public_key()).as_dict(private=False), **members}  # type: ignore[arg-type]


def x5c(issued: Issued) -> list[str]:
    """Return the member x5c (RFC 7517 section 4.7)."""
    return [base64.b64encode(issued.der).decode()]


@pytest.mark.parametrize("with_certificate", [True, False])
@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_certificate_whose_key_is_published_is_accepted(provider: Provider, kind: str, with_certificate: bool) -> None:
    """Section 2.2: by key, or by the certificate in x5c; who has signed it does not matter."""
    mine = self_sign("service", key=rsa_key() if kind == "RSA" else None)
    jwk = jwk_of(mine, use="sig", **({"x5c": x5c(mine)} if with_certificate else {}))
    add_client(provider, token_endpoint_auth_method="self_signed_tls_client_auth", jwks={"keys": [jwk]})
    assert ask(provider, mine).status_code == 200
    again = replace(self_sign("anything", key=mine.key), key=mine.key)
    assert ask(provider, again).status_code == (401 if with_certificate else 200)


def test_certificates_that_are_not_published_are_refused(service: Provider, certificate: Issued) -> None:
    """Another key under the same name, one the realm trusts, an expired one, a weak one, none."""
    mine, weak = self_sign("service"), self_sign("service", key=rsa_key(1024))
    keys = {"keys": [jwk_of(mine), {**jwk_of(mine), "x5c": x5c(weak)}]}
    add_client(service, "own", token_endpoint_auth_method="self_signed_tls_client_auth", jwks=keys)
    assert ask(service, mine, client_id="own").status_code == 200
    for shown in (self_sign("service"), certificate, weak, None):
        assert ask(service, shown, client_id="own").json() == REFUSED
    service.clock.advance(days=31)
    assert ask(service, mine, client_id="own").json() == REFUSED


def test_key_for_encryption_is_no_certificates(provider: Provider) -> None:
    """It was published for something else."""
    mine = self_sign("service")
    keys = {"keys": [jwk_of(mine, use="enc")]}
    add_client(provider, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=keys)
    assert ask(provider, mine).json() == REFUSED


def test_new_certificate_is_found_at_the_clients_address(provider: Provider) -> None:
    """Section 6.2: with jwks_uri, a client renews its certificate by itself."""
    old, new = self_sign("service"), self_sign("service")

    def publish(issued: Issued) -> Reply:
        return Reply(json.dumps({"keys": [jwk_of(issued)]}).encode())

    with web_server({"/jwks": publish(old)}) as web:
        settings = provider.services.settings.model_copy(update={"fetch_allowed_hosts": (web.authority,)})
        provider.services = replace(provider.services, documents=DocumentCache(Fetcher(settings)))
        add_client(provider, token_endpoint_auth_method="self_signed_tls_client_auth", jwks_uri=web.url("/jwks"))
        assert ask(provider, old).status_code == 200
        web.replies["/jwks"] = publish(new)
        assert ask(provider, new).status_code == 200
        assert ask(provider, old).status_code == 401


# --- which addresses believe in certificates -------------------------------------------------------------------------


def test_public_port_knows_no_certificate(service: Provider, certificate: Issued) -> None:
    """Even if its transport had one, or a trusted proxy sent a header."""
    values = {"client_certificate_source": "nginx", "trusted_proxies": ["127.0.0.0/8"]}
    for settings in (service.services.settings, build_settings(service, **values)):
        service.app.state.services = replace(service.services, settings=settings)
        headers = {name.decode(): value.decode() for name, value in SAMPLES["nginx"](certificate)}
        assert service.http.post(service.path("token"), data=FORM, headers=headers).json() == REFUSED


@pytest.mark.parametrize("source", sorted(SAMPLES))
def test_header_counts_from_a_trusted_proxy_at_the_mutual_tls_host_alone(
    service: Provider, certificate: Issued, source: str
) -> None:
    """RFC 9440 section 4, RFC 9700 section 4.13: each proxy's own header, from listed addresses."""
    settings = build_settings(service, client_certificate_source=source, trusted_proxies=["10.0.0.0/8"])
    service.services = replace(service.services, settings=settings)
    headers = [*SAMPLES[source](certificate), (b"content-type", b"application/x-www-form-urlencoded")]
    answers = {peer: post_through(service, peer, headers) for peer in ("10.0.0.9", "192.0.2.9")}
    others = post_through(
        service, "10.0.0.9", [*SAMPLES["apache" if source != "apache" else "nginx"](certificate), headers[-1]]
    )
    direct = SAMPLES[source](replace(certificate, chain=()))
    expected = 200 if direct != SAMPLES[source](certificate) else 401  # some proxies hand no intermediates on
    assert (answers["10.0.0.9"], answers["192.0.2.9"], others) == (expected, 401, 401)


def build_settings(provider: Provider, **changes: Any) -> Settings:
    return Settings(**{**provider.services.settings.model_dump(), **changes})


def post_through(provider: Provider, peer: str, headers: list[tuple[bytes, bytes]]) -> int:
    """Return the status for a token request that came from *peer* with these header fields."""
    host = MutualTLSHost(provider.services, build_certificate_host(provider.services))

    async def through(scope: Any, receive: Any, send: Any) -> None:
        state = {**scope.get("state", {}), "tls": None, "peer": (peer, 1)}
        kept = [field for field in scope["headers"] if field[0] in {b"host", b"content-length"}]
        await host({**scope, "state": state, "headers": [*kept, *headers]}, receive, send)

    client = TestClient(through, base_url=MUTUAL_TLS)
    client.portal = provider.http.portal
    return client.post(provider.path("token"), content=urlencode(FORM)).status_code


@pytest.mark.parametrize(
    "host", ["a2b3.cert.example", "cert.example", "idp.example", "mtls.cert.example.evil.example", "", "mtls"]
)
def test_other_names_of_the_listener_have_no_endpoints(service: Provider, certificate: Issued, host: str) -> None:
    """The names for people's attempts are not for applications."""
    response = send_to_host(service, certificate, [(b"host", host.encode())])
    assert (response.status_code, response.text) == (404, "There is nothing here.\n")


def test_name_counts_in_any_case_with_any_port_but_once(service: Provider, certificate: Issued) -> None:
    """RFC 9110 section 7.2."""
    for host in (b"MTLS.cert.example", b"mtls.cert.example:8443"):
        assert send_to_host(service, certificate, [(b"host", host)]).status_code == 200
    assert send_to_host(service, certificate, []).status_code == 404
    assert send_to_host(service, certificate, [(b"host", b"mtls.cert.example")] * 2).status_code == 404


def send_to_host(provider: Provider, issued: Issued, hosts: list[tuple[bytes, bytes]]) -> Any:
    """Send a token request with these Host fields."""
    inner = open_mutual_tls(provider, issued.der, issued.chain_der)

    async def named(scope: Any, receive: Any, send: Any) -> None:
        fields = [field for field in scope["headers"] if field[0] != b"host"]
        host = MutualTLSHost(provider.services, build_certificate_host(provider.services))
        state = {**scope.get("state", {}), "tls": tls_of(issued), "peer": None}
        await host({**scope, "headers": [*hosts, *fields], "state": state}, receive, send)

    inner = TestClient(named, base_url=MUTUAL_TLS)
    inner.portal = provider.http.portal
    return inner.post(provider.path("token"), data=FORM)


def tls_of(issued: Issued) -> Any:
    from idp.web.client_certificate import ClientTLS

    return ClientTLS(issued.der, issued.chain_der, False, None, "TLSv1.3")


def test_metadata_names_addresses_that_are_there(service: Provider, certificate: Issued) -> None:
    """Section 5: each alias is an endpoint's address at the other host, and answers there."""
    metadata = service.http.get(f"{ISSUER}/.well-known/openid-configuration").json()
    aliases = metadata["mtls_endpoint_aliases"]
    assert {
        *("token_endpoint", "userinfo_endpoint", "introspection_endpoint", "revocation_endpoint"),
        *("device_authorization_endpoint", "pushed_authorization_request_endpoint"),
    } == aliases.keys()
    http = open_mutual_tls(service, certificate.der, certificate.chain_der)
    for name, address in aliases.items():
        assert address == metadata[name].replace(URL, MUTUAL_TLS)
        assert http.post(address, data=FORM).status_code not in {404, 405}, address
    assert http.get(f"{MUTUAL_TLS}/realms/demo/protocol/openid-connect/auth").status_code == 404
    for name in ("token", "introspection", "revocation"):
        methods = set(metadata[f"{name}_endpoint_auth_methods_supported"])
        assert {"private_key_jwt", "client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth"} <= methods
        assert {"PS256", "ES256", "HS256"} <= set(metadata[f"{name}_endpoint_auth_signing_alg_values_supported"])
        assert "none" not in metadata[f"{name}_endpoint_auth_signing_alg_values_supported"]


def test_certificate_host_without_wildcard_has_both(service: Provider, certificate: Issued) -> None:
    """Without {label} there is one name: people's attempts and applications' requests differ by path."""
    settings = build_settings(service, certificate_url="https://x509.example:8443")
    service.services = service.app.state.services = replace(service.services, settings=settings)
    alias = service.http.get(f"{ISSUER}/.well-known/openid-configuration").json()["mtls_endpoint_aliases"]
    assert alias["token_endpoint"] == f"https://x509.example:8443{service.path('token')}"
    assert send_to_host(service, certificate, [(b"host", b"x509.example:8443")]).status_code == 200
    assert send_to_host(service, certificate, [(b"host", b"x509.example.evil")]).status_code == 404


# --- over real TLS ---------------------------------------------------------------------------------------------------


@pytest.fixture
def listener(service: Provider, root: Authority, tmp_path: Path) -> Iterator[int]:
    """The certificate listener with the real application; yields its port."""
    app = MutualTLSHost(service.services, build_certificate_host(service.services))
    certificate_file, key_file = root.issue_server("*.cert.example").write_pem(tmp_path)
    server = build_certificate_server(
        app, host="127.0.0.1", port=0, certificate_file=certificate_file, key_file=key_file, ca_names=list,
        open_host="mtls.cert.example",
    )  # fmt: skip
    with running(server):
        yield server.port


def converse(port: int, context: ssl.SSLContext, form: dict[str, str], path: str) -> tuple[int, dict[str, Any]]:
    """Send a form over TLS; return status and JSON."""
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {urlsplit(MUTUAL_TLS).netloc}\r\nconnection: close\r\n"
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with connected(port, context, host="mtls.cert.example") as tls:
        tls.sendall(head.encode() + body)
        answer = read_to_end(tls)
    fields, _, content = answer.partition(b"\r\n\r\n")
    return int(fields.split()[1]), json.loads(content)


def test_certificate_over_real_tls(
    service: Provider, listener: int, root: Authority, certificate: Issued, tmp_path: Path
) -> None:
    """The listener asks for it, the application believes it, and the token is bound to it; nothing else is let in."""
    add_client(service, "bound", tls_client_auth_subject=SUBJECT, certificate_bound_access_tokens=True)
    path, form = service.path("token"), {**FORM, "client_id": "bound"}
    mine = client_context(root, tmp_path, certificate)
    status, answer = converse(listener, mine, form, path)
    assert (status, answer["token_type"]) == (200, "Bearer")
    about = {"client_id": "bound", "token": answer["access_token"]}
    status, told = converse(listener, mine, about, service.path("token/introspect"))
    assert (status, told["active"], [*told["cnf"]]) == (200, True, ["x5t#S256"])
    for context in (client_context(root, tmp_path), client_context(root, tmp_path, self_sign("service"))):
        assert converse(listener, context, form, path) == (401, REFUSED)


@pytest.mark.proxy
@pytest.mark.parametrize("name", sorted(PROXIES))
def test_certificate_through_a_real_proxy(service: Provider, root: Authority, tmp_path: Path, name: str) -> None:
    """As docs/proxies sets it up: the certificate arrives, and a header that the client writes itself does not."""
    settings = build_settings(
        service,
        client_certificate_source=name,
        trusted_proxies=["127.0.0.0/8"],
        certificate_url="https://{label}.x509.example.org",
    )
    service.services = replace(service.services, settings=settings)
    app = MutualTLSHost(service.services, build_certificate_host(service.services))
    upstream = build_http_server(app, host="127.0.0.1", port=0)
    server, mine = root.issue_server("mtls.x509.example.org"), root.issue("service")
    tmp_path.chmod(0o755)
    with running(upstream), PROXIES[name](tmp_path, upstream.port, server, Authority.create("For people").pem) as port:

        def ask_through(issued: Issued | None, *fields: bytes) -> int:
            body = urlencode(FORM).encode()
            head = (
                f"POST {service.path('token')} HTTP/1.1".encode(),
                b"host: mtls.x509.example.org",
                b"connection: close",
                b"content-type: application/x-www-form-urlencoded",
                b"content-length: %d" % len(body),
                *fields,
            )
            context = client_context(root, tmp_path, issued)
            with connected(port, context, host="mtls.x509.example.org") as tls:
                tls.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
                return int(read_to_end(tls).split()[1])

        assert ask_through(mine) == 200
        assert ask_through(None, *(b"%b: %b" % field for field in SAMPLES[name](mine))) == 401
        assert ask_through(self_sign("service"), *(b"%b: %b" % field for field in SAMPLES[name](mine))) == 401
