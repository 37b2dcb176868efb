"""PKCS#12 files, read by the programs whose stores they go into."""

import subprocess
from itertools import product
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given
from hypothesis import strategies as st

from idp.pki.key_pairs import KeyType, PrivateKey, create_key_pair
from idp.pki.pkcs12 import Encryption, build_friendly_name, build_pkcs12
from tests.certificates import Authority
from tests.pki.conftest import PASSWORD
from tests.services import require_binary

SIGNS = "a b\"c'd\\e$f`g!h#i%&/()=?*~<>|"
COMBINATIONS = list(product(KeyType, Encryption))


@pytest.fixture(scope="module")
def identities() -> dict[KeyType, tuple[PrivateKey, x509.Certificate]]:
    """A key and certificate of each type."""
    issuing = Authority.create().create_intermediate()
    keys = {key_type: create_key_pair(key_type) for key_type in KeyType}
    return {key_type: (key, issuing.issue("alice", key=key).certificate) for key_type, key in keys.items()}


def _build(identity: tuple[PrivateKey, x509.Certificate], encryption: Encryption, password: str = PASSWORD) -> bytes:
    key, certificate = identity
    return build_pkcs12(
        private_key=key, certificate=certificate, friendly_name="Demo alice", password=password, encryption=encryption
    )


@pytest.fixture(params=COMBINATIONS, ids="-".join)
def file(
    request: pytest.FixtureRequest, identities: dict[KeyType, tuple[PrivateKey, x509.Certificate]], tmp_path: Path
) -> Path:
    """A file of each key type in each encryption."""
    key_type, encryption = request.param
    path = tmp_path / "alice.p12"
    path.write_bytes(_build(identities[key_type], encryption))
    return path


def _run(*command: str) -> str:
    finished = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout + finished.stderr


def test_openssl_reads_the_file(file: Path) -> None:
    """Without its legacy provider, and the certificate is there alone."""
    openssl = require_binary("openssl", package="openssl")
    text = _run(openssl, "pkcs12", "-in", str(file), "-passin", f"pass:{PASSWORD}", "-info", "-nodes")
    assert text.count("BEGIN CERTIFICATE") == 1
    assert text.count("BEGIN PRIVATE KEY") == 1
    assert "friendlyName: Demo alice" in text
    assert "MAC: sha" in text


def test_nss_imports_the_file(file: Path, tmp_path: Path) -> None:
    """Firefox's and Chromium's store takes it."""
    pk12util = require_binary("pk12util", package="libnss3-tools")
    certutil = require_binary("certutil", package="libnss3-tools")
    store = f"sql:{tmp_path}"
    _run(certutil, "-N", "-d", store, "--empty-password")
    _run(pk12util, "-i", str(file), "-d", store, "-W", PASSWORD, "-K", "")
    assert "Demo alice" in _run(certutil, "-K", "-d", store)


def test_java_reads_the_file(file: Path) -> None:
    """The keytool finds one private key entry."""
    keytool = require_binary("keytool", package="default-jre-headless")
    text = _run(keytool, "-list", "-storetype", "PKCS12", "-keystore", str(file), "-storepass", PASSWORD)
    assert "demo alice" in text
    assert "PrivateKeyEntry" in text


def test_gnutls_reads_the_file(file: Path) -> None:
    """The certtool finds certificate and key."""
    certtool = require_binary("certtool", package="gnutls-bin")
    text = _run(certtool, "--p12-info", "--inder", "--infile", str(file), "--password", PASSWORD)
    assert "BEGIN CERTIFICATE" in text
    assert "Friendly name: Demo alice" in text


@pytest.mark.parametrize("encryption", Encryption)
def test_password_with_every_kind_of_sign_opens_the_file(
    encryption: Encryption, identities: dict[KeyType, tuple[PrivateKey, x509.Certificate]]
) -> None:
    """Printable ASCII is taken as it is; another password opens nothing."""
    data = _build(identities[KeyType.P256], encryption, SIGNS)
    key, certificate, others = pkcs12.load_key_and_certificates(data, SIGNS.encode())
    assert (key.private_numbers(), certificate, others) == (  # type: ignore[union-attr]
        identities[KeyType.P256][0].private_numbers(),
        identities[KeyType.P256][1],
        [],
    )
    with pytest.raises(ValueError):
        pkcs12.load_key_and_certificates(data, SIGNS[:-1].encode())


@pytest.mark.parametrize(
    ("encryption", "names"),
    [
        (Encryption.AES256, ("PBES2", "AES-256-CBC", "hmacWithSHA256", "MAC: sha256")),
        (Encryption.TRIPLE_DES, ("pbeWithSHA1And3-KeyTripleDES-CBC", "MAC: sha1")),
    ],
)
def test_encryption_is_the_one_that_was_asked_for(
    encryption: Encryption,
    names: tuple[str, ...],
    identities: dict[KeyType, tuple[PrivateKey, x509.Certificate]],
    tmp_path: Path,
) -> None:
    """The algorithms by which importers take or refuse a file."""
    openssl = require_binary("openssl", package="openssl")
    path = tmp_path / "file.p12"
    path.write_bytes(_build(identities[KeyType.P256], encryption))
    text = _run(openssl, "pkcs12", "-in", str(path), "-passin", f"pass:{PASSWORD}", "-info", "-noout")
    assert all(name in text for name in names)


def test_rsa_keys_have_2048_bits() -> None:
    """And the usual exponent."""
    key = create_key_pair(KeyType.RSA2048)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65537)


@pytest.mark.parametrize(
    ("text", "expected"), [("Büro Zoë", "Buro Zoe"), ("  a\tb\n", "ab"), ("漢字", "certificate"), ("", "certificate")]
)
def test_friendly_name_is_ascii(text: str, expected: str) -> None:
    """Accents go, scripts that have no ASCII give way to a word."""
    assert build_friendly_name(text) == expected


@given(st.text(max_size=600))
def test_any_text_becomes_a_friendly_name(text: str) -> None:
    """Printable ASCII, not empty, not long."""
    name = build_friendly_name(text)
    assert name.isascii()
    assert name.isprintable()
    assert 1 <= len(name) <= 64
