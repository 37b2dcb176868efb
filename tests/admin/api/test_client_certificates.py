"""Certificates that applications sign their assertions with: made, brought, taken away, and what a token request makes of them."""

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from idp.pki.client_certificates import create_client_certificate
from idp.pki.key_pairs import KeyType
from idp.pki.key_stores import build_key_store
from tests.admin.api.client_steps import make, row
from tests.admin.api.world import URL, World, open_world
from tests.clock import FixedClock
from tests.databases import Databases

NOW = datetime.now(UTC).replace(microsecond=0)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
STORE = {"format": "PKCS12", "storePassword": "a password", "keyAlias": "app"}
KEY, CERTIFICATE = create_client_certificate("app", KeyType.P256, NOW, timedelta(days=1))
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()


class Shop:
    """One world, a client that calls for itself, and an administrator of clients."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.add_person("demo", "helper", "manage-clients")
        self.token = world.sign_in("demo", "helper")
        self.count = 0
        self.renew()

    def renew(self) -> None:
        """Make another client."""
        self.count += 1
        self.client_id = f"app-{self.count}"
        self.client = make(self.world, self.token, clientId=self.client_id, serviceAccountsEnabled=True)
        self.path = f"{self.client}/certificates/jwt.credential"

    def send(self, method: str, path: str, *, status: int = 200, token: str = "", **more: Any) -> Any:
        response = self.world.call(method, path, token or self.token, **more)
        assert response.status_code == status, (path, response.text)
        return response

    def upload(self, kind: str, content: bytes | str, *, status: int = 200, to: str = "upload", **fields: str) -> Any:
        data = {"keystoreFormat": kind, **fields}
        return self.send("POST", f"{self.path}/{to}", status=status, data=data, files={"file": ("f", content)}).json()

    def sign_by_assertion(self, method: str = "client-jwt") -> None:
        self.send("PUT", self.client, json={"clientAuthenticatorType": method}, status=204)

    def accepts(self, private_key: Any, algorithm: str = "ES256") -> bool:
        """Tell whether an assertion signed with the key gets a token."""
        now = int(self.world.clock.now().timestamp())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": f"{URL}/realms/demo",
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
        }
        pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = (RSAKey if algorithm.startswith("RS") else ECKey).import_key(pem)
        assertion = jwt.encode({"alg": algorithm}, claims, key, algorithms=[algorithm])
        form = {"client_assertion_type": ASSERTION, "client_assertion": assertion, "client_id": self.client_id}
        response = self.world.token("demo", grant_type="client_credentials", **form)
        assert response.status_code in {200, 400, 401}
        return bool(response.status_code == 200)


@pytest.fixture(scope="module")
def shared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop")
    with databases.create("sqlite", directory) as url, open_world(url, directory, FixedClock(NOW)) as world:
        yield Shop(world)


@pytest.fixture
def shop(shared: Shop) -> Shop:
    """The one world of the module, with a client of the test's own."""
    shared.renew()
    return shared


def read_key(told: dict[str, Any]) -> Any:
    return load_der_private_key(base64.b64decode(told["privateKey"]), None)


def test_generated_key_is_told_once_and_signs_the_clients_assertions(shop: Shop) -> None:
    """It is in no row and no event; the next one takes its place at once."""
    assert shop.send("GET", shop.path).json() == {}
    shop.send("PUT", shop.client, json={"attributes": {"token.endpoint.auth.signing.alg": ""}}, status=204)
    first = shop.send("POST", f"{shop.path}/generate").json()
    shop.sign_by_assertion()
    key = read_key(first)
    assert (key.key_size, shop.accepts(key, "RS256")) == (3072, True)
    told = shop.send("GET", shop.path).json()
    assert told == {name: first[name] for name in ("certificate", "publicKey", "kid")}
    certificate = x509.load_der_x509_certificate(base64.b64decode(told["certificate"]))
    assert certificate.subject.rfc4514_string() == f"CN={shop.client_id}"
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert base64.b64decode(told["publicKey"]) == spki
    stored = json.dumps(row(shop.world, shop.client).jwks)
    events = json.dumps([event.details for event in shop.world.events("admin:client:change")])
    assert told["certificate"] in stored
    for secret in (first["privateKey"][60:120], *(f'"{name}":' for name in ("d", "p", "q"))):
        assert secret not in stored + events

    shop.send("PUT", shop.client, json={"attributes": {"token.endpoint.auth.signing.alg": "ES256"}}, status=204)
    second = read_key(shop.send("POST", f"{shop.path}/generate").json())
    assert shop.accepts(second)
    assert not shop.accepts(KEY)
    shop.send("PUT", shop.client, json={"attributes": {"token.endpoint.auth.signing.alg": ""}}, status=204)
    assert not shop.accepts(key, "RS256")


def test_certificate_is_uploaded_in_every_format(shop: Shop) -> None:
    """As python-keycloak and the console send it; a private key in the file stays there."""
    der = base64.b64encode(CERTIFICATE.public_bytes(Encoding.DER)).decode()
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    store = build_key_store(CERTIFICATE, KEY, alias="app", password="a password")
    told = shop.upload("Certificate PEM", PEM)
    shop.sign_by_assertion()
    assert (told["certificate"], shop.accepts(KEY)) == (der, True)
    bare = {"keystoreFormat": (None, "Certificate PEM"), "file": (None, der)}
    assert shop.send("POST", f"{shop.path}/upload-certificate", files=bare).json() == told
    assert shop.upload("PKCS12", store, storePassword="a password", keyAlias="app") == told
    assert "privateKey" not in told
    shop.upload("PKCS12", store, status=400, storePassword="another")

    told = shop.upload("Public Key PEM", public)
    (jwk,) = json.loads(told["jwks"])["keys"]
    assert (jwk["kty"], "x5c" in jwk, shop.accepts(KEY)) == ("EC", False, True)
    other, _ = create_client_certificate("b", KeyType.P256, NOW, timedelta(days=1))
    jwk = ECKey.import_key(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).as_dict()
    shop.upload("JSON Web Key Set", json.dumps({"keys": [jwk]}))
    assert (shop.accepts(other), shop.accepts(KEY)) == (True, False)


def test_key_and_certificate_are_downloaded_as_pkcs12(shop: Shop) -> None:
    """Once with the key; from then on without, as nobody has it."""
    shop.send("POST", f"{shop.path}/download", json=STORE, status=404)
    response = shop.send("POST", f"{shop.path}/generate-and-download", json={**STORE, "keySize": 2048, "validity": 1})
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["cache-control"] == "no-store"
    made = load_pkcs12(response.content, b"a password")
    assert made.cert is not None
    assert made.cert.friendly_name == b"app"
    assert (made.cert.certificate.not_valid_after_utc - NOW).days == 365
    shop.sign_by_assertion()
    assert shop.accepts(made.key, "RS256")
    again = load_pkcs12(shop.send("POST", f"{shop.path}/download", json=STORE).content, b"a password")
    assert (again.key, [known.certificate for known in again.additional_certs]) == (None, [made.cert.certificate])

    for wanted, field in (
        ({"format": "JKS"}, "format"), ({"format": None}, "format"), ({"storePassword": ""}, "storePassword"),
        ({"keyPassword": "other"}, "keyPassword"), ({"keySize": 1024}, "keySize"), ({"validity": 1000}, "validity"),
    ):  # fmt: skip
        refused = shop.send("POST", f"{shop.path}/generate-and-download", json={**STORE, **wanted}, status=400)
        assert [problem["field"] for problem in refused.json()["errors"]] == [field]
    assert shop.accepts(made.key, "RS256")
    odd = {**STORE, "keyAlias": "\N{GRINNING FACE} \u00e4", "storePassword": "\N{GRINNING FACE}"}
    shop.send("POST", f"{shop.path}/download", json=odd)
    shop.send("POST", f"{shop.path}/download", json={**odd, "keyAlias": ""})
    shop.send("PUT", shop.client, json={"attributes": {"token.endpoint.auth.signing.alg": "EdDSA"}}, status=204)
    for start, body in (("generate", None), ("generate-and-download", STORE)):
        assert "EdDSA" in shop.send("POST", f"{shop.path}/{start}", json=body, status=400).text


def test_self_signed_certificate_of_a_connection_is_the_same_one(shop: Shop) -> None:
    """What mutual TLS compares with stands in the same place; an address of keys gives way to it."""
    shop.send("PUT", shop.client, json={"attributes": {"jwks.url": "https://app.example.org/keys"}}, status=204)
    shop.upload("Certificate PEM", PEM)
    client = row(shop.world, shop.client)
    assert client.jwks is not None
    assert (client.jwks_uri, list(client.jwks["keys"][0])[-1]) == ("", "x5c")
    attributes = shop.send("GET", shop.client).json()["attributes"]
    assert "jwks.url" not in attributes
    assert json.loads(attributes["jwks.string"]) == client.jwks


def test_what_is_no_certificate_is_refused(shop: Shop) -> None:
    shop.upload("Certificate PEM", PEM)
    before = shop.send("GET", shop.path).json()
    _, expired = create_client_certificate("x", KeyType.P256, NOW - timedelta(days=9), timedelta(days=1))
    edwards = ed25519.Ed25519PrivateKey.generate()
    private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret = {"kty": "oct", "k": "c2VjcmV0"}
    for kind, content in (
        ("Certificate PEM", expired.public_bytes(Encoding.PEM)),
        ("Certificate PEM", b""), ("Certificate PEM", b"\x00\xff" * 1000), ("Certificate PEM", private),
        ("Public Key PEM", b"x"), ("Public Key PEM", private), ("Public Key PEM", PEM),
        ("Public Key PEM", edwards.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
        ("JSON Web Key Set", b"[]"), ("JSON Web Key Set", b"[" * 5000), ("JSON Web Key Set", b'{"keys":[]}'),
        ("JSON Web Key Set", json.dumps({"keys": [secret]})), ("JSON Web Key Set", b'{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}'),
        ("PKCS12", b"\x30\x80"), ("JKS", b"\xfe\xed\xfe\xed"), ("BCFKS", b"x"), ("", PEM),
    ):  # fmt: skip
        shop.upload(kind, content, status=400)
    shop.send("POST", f"{shop.path}/upload", json={"keystoreFormat": "Certificate PEM"}, status=415)
    shop.send("POST", f"{shop.path}/upload", files={"file": ("f", b"x" * 70_000)}, status=413)
    broken = {"content-type": "multipart/form-data; boundary=b"}
    shop.send("POST", f"{shop.path}/upload", content=b"--b\r\nnonsense", headers=broken, status=400)
    assert shop.send("GET", shop.path).json() == before


def test_keys_that_a_client_registered_for_itself_are_shown_as_they_are(shop: Shop) -> None:
    """Whatever it calls its certificate."""
    jwk = ECKey.import_key(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).as_dict()
    for chain in ([base64.b64encode(b"no certificate").decode()], ["AA=="]):
        key_set = {"keys": [{**jwk, "x5c": chain}]}
        shop.send("PUT", shop.client, json={"attributes": {"jwks.string": json.dumps(key_set)}}, status=204)
        assert json.loads(shop.send("GET", shop.path).json()["jwks"]) == key_set
        shop.send("POST", f"{shop.path}/download", json=STORE, status=404)


def test_who_may(shop: Shop) -> None:
    """To view takes view-clients, to change what changing the client takes; ids are those of the realm in the path."""
    world = shop.world
    foreign = world.add_client("other", f"theirs-{shop.count}")
    world.add_person("demo", "viewer", "view-clients")
    viewer = world.sign_in("demo", "viewer")
    cli = f"/realms/demo/clients/{world.client_row_id('demo', 'admin-cli')}"
    world.add_robot("demo", "mighty", "realm-admin")
    mighty = f"/realms/demo/clients/{world.client_row_id('demo', 'mighty')}"
    management = f"/realms/demo/clients/{world.client_row_id('demo', 'realm-management')}"
    shop.upload("Certificate PEM", PEM)
    shop.send("GET", shop.path, token=viewer)
    shop.send("POST", f"{shop.path}/download", json=STORE, token=viewer, status=403)
    form = {"data": {"keystoreFormat": "Certificate PEM"}, "files": {"file": ("f", PEM)}}
    for path, token, status in (
        (shop.client, viewer, 403), (cli, "", 403), (mighty, "", 403), (management, "", 400),
        (f"/realms/demo/clients/{foreign}", "", 404),
    ):  # fmt: skip
        start = f"{path}/certificates/jwt.credential"
        shop.send("POST", f"{start}/generate", token=token, status=status)
        shop.send("POST", f"{start}/generate-and-download", token=token, status=status, json=STORE)
        shop.send("POST", f"{start}/upload", token=token, status=status, **form)
        shop.send("POST", f"{start}/upload-certificate", token=token, status=status, **form)
    shop.send("GET", f"/realms/demo/clients/{foreign}/certificates/jwt.credential", status=404)
    shop.send("GET", f"{shop.client}/certificates/saml.signing", status=404)
    shop.send("POST", f"{shop.client}/certificates/saml.signing/generate", status=404)
    # A body that does not fit is told to those alone who may send one.
    broken = {"content-type": "multipart/form-data; boundary=b"}
    shop.send("POST", f"{shop.path}/upload", content=b"--b", headers=broken, status=403, token=viewer)
