"""PKCS#12 files (RFC 7292): one key, its certificate, and nothing else.

The root stays out: Windows would ask the person to install it, and nobody needs it to present a certificate.
The issuing certificate stays out too: the listener names it to the browser and has it at hand, and a bag with
one identity is what every importer reads.
"""

import unicodedata
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from idp.pki.key_pairs import PrivateKey

_FRIENDLY_NAME_CHARACTERS = 64


class Encryption(StrEnum):
    """How a file is protected: what modern systems read, and what all of them read."""

    AES256 = "aes256"
    TRIPLE_DES = "3des"


# Whoever guesses passwords tries them on the MAC, whose 2048 rounds cannot be changed here: rounds of the
# encryption beyond that slow down nobody but us. PBKDF2 is quick (50,000 take 30 ms); the derivation of RFC
# 7292 appendix B takes 140 ms for as many, during which the interpreter runs nothing else.
_AES256_ROUNDS = 50_000
_TRIPLE_DES_ROUNDS = 2048


def build_pkcs12(
    *,
    private_key: PrivateKey,
    certificate: x509.Certificate,
    friendly_name: str,
    password: str,
    encryption: Encryption,
) -> bytes:
    """Return the file; *password* is printable ASCII (some importers refuse anything else)."""
    return serialize_key_and_certificates(
        name=build_friendly_name(friendly_name).encode("ascii"),
        key=private_key,
        cert=certificate,
        cas=None,
        encryption_algorithm=_build_encryption(password, encryption),
    )


def build_friendly_name(text: str) -> str:
    """Return *text* in ASCII, accents dropped: importers show it, and some garble anything else."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    visible = " ".join("".join(c for c in plain if c.isprintable()).split())
    return visible[:_FRIENDLY_NAME_CHARACTERS].strip() or "certificate"


def _build_encryption(password: str, encryption: Encryption) -> KeySerializationEncryption:
    builder = PrivateFormat.PKCS12.encryption_builder()
    if encryption is Encryption.AES256:
        builder = builder.kdf_rounds(_AES256_ROUNDS).key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC)
        return builder.hmac_hash(hashes.SHA256()).build(password.encode("ascii"))
    builder = builder.kdf_rounds(_TRIPLE_DES_ROUNDS).key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
    return builder.hmac_hash(hashes.SHA1()).build(password.encode("ascii"))  # noqa: S303 (importers know no other)
