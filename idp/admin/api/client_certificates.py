"""The certificate whose key an application signs its assertions with: ``/clients/{id}/certificates/jwt.credential``.

It stands in the application's key set (``jwks``, RFC 7517), in the place of whatever keys it had, and is also what
`self_signed_tls_client_auth` compares with. A key that is generated is in the answer and nowhere else; of a file that is uploaded only
the certificate is kept.
"""

import base64
import json
from datetime import timedelta
from typing import Annotated, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import Field
from starlette.responses import Response

from idp.admin.api.call import Call
from idp.admin.api.certificate_uploads import PKCS12, read_key_set_of_form
from idp.admin.api.client_lookup import get_client, get_manageable_client
from idp.admin.api.client_reading import apply
from idp.admin.api.clients import CLIENT, MANAGE, VIEW, change
from idp.admin.api.concurrency import hold
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.admin.api.uploads import Upload
from idp.clients.metadata.values import ClientMetadata
from idp.errors import InvalidInput, NotFound
from idp.keys.certificate_keys import build_certificate_key
from idp.models import Client
from idp.pki.client_certificates import create_client_certificate
from idp.pki.key_pairs import KeyType, PrivateKey
from idp.pki.key_stores import build_key_store
from idp.pki.path_validation import parse_certificate

client_certificates = Resource("Certificates of clients")
_PATH = f"{CLIENT}/certificates/{{attr}}"
_ATTRIBUTE = "jwt.credential"
_ALGORITHM = "token.endpoint.auth.signing.alg"
_YEAR = timedelta(days=365)
_CURVES = {"ES256": KeyType.P256, "ES384": KeyType.P384}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class CertificateRepresentation(Representation):
    """A certificate, and its key where that was made a moment ago; all but ``jwks`` as base64 of DER."""

    privateKey: str | None = None
    publicKey: str | None = None
    certificate: str | None = None
    kid: str | None = None
    jwks: str | None = None


class KeyStoreConfig(Representation):
    """What kind of file is wanted; `validity` is in years."""

    format: str | None = None
    keyAlias: Annotated[str, Field(max_length=255)] | None = None
    keyPassword: Annotated[str, Field(max_length=255)] | None = None
    storePassword: Annotated[str, Field(max_length=255)] | None = None
    keySize: int | None = None
    validity: Annotated[int, Field(ge=1, le=10)] | None = None


@client_certificates.get(_PATH, VIEW)
def read(call: Call, client_row_id: str, attr: str) -> CertificateRepresentation:
    """Return the certificate, or the keys that the client has otherwise; nothing where they are at an address of its own."""
    return _describe(_named(attr, get_client(call, client_row_id)))


@client_certificates.post(f"{_PATH}/generate", MANAGE, status=200)
def generate(call: Call, client_row_id: str, attr: str) -> CertificateRepresentation:
    """Make a key with a certificate; the key is told here and now, and to nobody again."""
    client = _hold(call, client_row_id, attr)
    key, certificate = _create(call, client, KeyStoreConfig())
    _set(call, client, {"keys": [build_certificate_key(certificate)]})
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return _describe(client).model_copy(update={"privateKey": base64.b64encode(private).decode()})


@client_certificates.post(f"{_PATH}/generate-and-download", MANAGE, status=200)
def generate_and_download(call: Call, client_row_id: str, attr: str, wanted: KeyStoreConfig) -> Response:
    """Make a key with a certificate, and return both as a PKCS#12 file."""
    password = _read_password(wanted)
    client = _hold(call, client_row_id, attr)
    key, certificate = _create(call, client, wanted)
    _set(call, client, {"keys": [build_certificate_key(certificate)]})
    return _deliver(client, certificate, key, wanted, password)


@client_certificates.post(f"{_PATH}/download", MANAGE, status=200)
def download(call: Call, client_row_id: str, attr: str, wanted: KeyStoreConfig) -> Response:
    """Return the certificate as a PKCS#12 file; its key is not here."""
    password = _read_password(wanted)
    client = _named(attr, get_client(call, client_row_id))
    certificate = _find_certificate(client)
    if certificate is None:
        raise NotFound("the client has no certificate")
    return _deliver(client, certificate, None, wanted, password)


@client_certificates.post_form(f"{_PATH}/upload", MANAGE)
def upload(call: Call, client_row_id: str, attr: str, sent: Upload) -> CertificateRepresentation:
    """Take a certificate, a public key or a key set out of a file."""
    client = _hold(call, client_row_id, attr)
    _set(call, client, read_key_set_of_form(sent, call.services.clock.now()))
    return _describe(client)


@client_certificates.post_form(f"{_PATH}/upload-certificate", MANAGE)
def upload_certificate(call: Call, client_row_id: str, attr: str, sent: Upload) -> CertificateRepresentation:
    """Do the same: private keys are never taken here, so that there is no difference."""
    return upload(call, client_row_id, attr, sent)


def _named(attr: str, client: Client) -> Client:
    if attr != _ATTRIBUTE:
        raise NotFound(f"there is {_ATTRIBUTE} and nothing else")
    return client


def _hold(call: Call, client_row_id: str, attr: str) -> Client:
    return hold(call, _named(attr, get_manageable_client(call, client_row_id)))


def _set(call: Call, client: Client, jwks: dict[str, Any]) -> None:
    change(call, client, apply(ClientMetadata.of(client), {"jwks": jwks, "jwks_uri": ""}))


def _describe(client: Client) -> CertificateRepresentation:
    certificate = _find_certificate(client)
    if certificate is None:
        return CertificateRepresentation(jwks=json.dumps(client.jwks) if client.jwks else None)
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return CertificateRepresentation(
        certificate=base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        publicKey=base64.b64encode(spki).decode(),
        kid=client.jwks["keys"][0].get("kid") if client.jwks else None,
    )


def _find_certificate(client: Client) -> x509.Certificate | None:
    """Return the certificate of the client's only key; what is called so may be anything, as clients register keys of their own."""
    keys = client.jwks["keys"] if client.jwks else []
    try:
        certificate, _ = parse_certificate(base64.b64decode(keys[0]["x5c"][0], validate=True))
        certificate.public_key()
    except Exception:  # a stranger wrote this, and the library raises several
        return None
    return certificate if len(keys) == 1 else None


def _create(call: Call, client: Client, wanted: KeyStoreConfig) -> tuple[PrivateKey, x509.Certificate]:
    """Return a key that the client may sign with as it is registered, and its certificate."""
    size, algorithm = wanted.keySize or 3072, client.token_endpoint_auth_signing_alg
    kind = _CURVES.get(algorithm) or KeyType.__members__.get(f"RSA{size}")
    if algorithm.startswith("E") and algorithm not in _CURVES:
        raise InvalidInput(
            **{f"attributes.{_ALGORITHM}": f"Keys for {algorithm} are not made here: make one, and upload it."}
        )
    if kind is None:
        raise InvalidInput(keySize="Use 2048, 3072 or 4096.")
    lifetime = (wanted.validity or 3) * _YEAR
    return create_client_certificate(client.client_id, kind, call.services.clock.now(), lifetime)


def _read_password(wanted: KeyStoreConfig) -> str:
    if wanted.format != PKCS12:
        raise InvalidInput(format=f"There is {PKCS12}; Java reads it as well as JKS.")
    if not wanted.storePassword:
        raise InvalidInput(storePassword="A password is needed.")
    if wanted.keyPassword not in {None, "", wanted.storePassword}:
        raise InvalidInput(keyPassword="A PKCS#12 file has one password: use the same.")
    return wanted.storePassword


def _deliver(
    client: Client, certificate: x509.Certificate, key: PrivateKey | None, wanted: KeyStoreConfig, password: str
) -> Response:
    content = build_key_store(certificate, key, alias=wanted.keyAlias or client.client_id, password=password)
    return Response(content, headers=_HEADERS, media_type="application/octet-stream")
