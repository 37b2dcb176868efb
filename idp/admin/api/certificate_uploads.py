"""Files in which administrators bring a client's certificate or public key, in Keycloak's formats. Private keys are left in them."""

from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from idp.errors import InvalidInput
from idp.keys.certificate_keys import build_certificate_key, build_public_key
from idp.pki.key_stores import KeyStoreUnreadable, read_certificate
from idp.pki.rejections import CertificateRejected
from idp.pki.self_signed import verify_standalone_certificate
from idp.web.bodies import Body
from idp.web.json_documents import parse_document
from idp.web.parameters import MalformedRequest

PKCS12 = "PKCS12"


def read_key_set_of_form(sent: Body, now: datetime) -> dict[str, Any]:
    """Return the key set in the form's file, of the kind that `keystoreFormat` says; raise `InvalidInput`."""
    kind = sent.form.get("keystoreFormat", "")
    content = sent.content or sent.form.get("file", "").encode()
    if kind == "JSON Web Key Set":
        return _read_key_set(content)
    if kind == "Public Key PEM":
        return {"keys": [_read_public_key(content)]}
    if kind == "Certificate PEM":
        certificate = _read_certificate(content)
    elif kind == PKCS12:
        certificate = _read_store(content, sent)
    else:
        raise InvalidInput(
            keystoreFormat=f"Use Certificate PEM, Public Key PEM, JSON Web Key Set or {PKCS12}, not JKS."
        )
    try:
        verify_standalone_certificate(certificate.public_bytes(Encoding.DER), now)
    except CertificateRejected as rejection:
        raise InvalidInput(file=f"The certificate does not count: {rejection}.") from rejection
    return {"keys": [build_certificate_key(certificate)]}


def _read_key_set(content: bytes) -> dict[str, Any]:
    try:
        return parse_document(content)
    except MalformedRequest as error:
        raise InvalidInput(file="This is no JSON object.") from error


def _read_public_key(content: bytes) -> dict[str, Any]:
    try:
        return build_public_key(load_pem_public_key(_armour(content, "PUBLIC KEY")))
    except Exception as error:  # the library raises several for what somebody wrote
        raise InvalidInput(file="This is no RSA or elliptic-curve key in PEM.") from error


def _read_certificate(content: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_armour(content, "CERTIFICATE"))
    except Exception as error:  # the library raises several for what somebody wrote
        raise InvalidInput(file="This is no certificate in PEM.") from error


def _read_store(content: bytes, sent: Body) -> x509.Certificate:
    try:
        return read_certificate(content, sent.form.get("storePassword", ""), sent.form.get("keyAlias", ""))
    except KeyStoreUnreadable as error:
        raise InvalidInput(file=f"This is no PKCS#12 file, or has another password ({error}).") from error


def _armour(content: bytes, kind: str) -> bytes:
    """Return *content* with the lines that PEM has around it, which Keycloak's tools leave out."""
    if b"-----BEGIN" in content:
        return content
    return f"-----BEGIN {kind}-----\n".encode() + content.strip() + f"\n-----END {kind}-----\n".encode()
