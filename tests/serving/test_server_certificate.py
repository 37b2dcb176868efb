"""The server's certificate and key files, usable and not."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from idp.errors import ConfigurationError
from idp.serving.server_certificate import ServerCertificateFiles
from tests.certificates import Authority


@pytest.fixture
def files(tmp_path: Path) -> ServerCertificateFiles:
    """The files of a server certificate with an intermediate."""
    return ServerCertificateFiles(*Authority.create().create_intermediate().issue_server().write_pem(tmp_path))


def test_chain_is_read_in_order(files: ServerCertificateFiles) -> None:
    """The server's own certificate comes first."""
    loaded = files.load()

    assert [c.subject.rfc4514_string() for c in loaded.chain] == ["CN=localhost", "CN=Test Issuing"]


@pytest.mark.parametrize("content", ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_unreadable_certificate_is_a_configuration_error(files: ServerCertificateFiles, content: str) -> None:
    """The message names both files."""
    files.certificate_file.write_text(content)

    with pytest.raises(ConfigurationError, match=re.escape(f"{files.certificate_file} with key {files.key_file}")):
        files.load()


def test_missing_key_is_a_configuration_error(files: ServerCertificateFiles) -> None:
    """With the system's reason."""
    files.key_file.unlink()

    with pytest.raises(ConfigurationError, match="No such file"):
        files.load()


def test_key_of_another_certificate_is_a_configuration_error(files: ServerCertificateFiles) -> None:
    """This is what a replacement looks like between its two steps."""
    files.key_file.write_text(Authority.create().issue_server().key_pem)

    with pytest.raises(ConfigurationError, match="belongs to another certificate"):
        files.load()


def test_encrypted_key_is_a_configuration_error(files: ServerCertificateFiles) -> None:
    """Nobody is asked for a passphrase on the terminal."""
    key = Authority.create().key
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    files.key_file.write_bytes(encrypted)

    with pytest.raises(ConfigurationError, match="Password"):
        files.load()


def test_replaced_file_has_another_fingerprint(files: ServerCertificateFiles, tmp_path: Path) -> None:
    """Also when the new one has the same content."""
    before = files.fingerprint()
    copy = tmp_path / "copy"
    copy.write_bytes(files.key_file.read_bytes())
    copy.replace(files.key_file)

    assert files.fingerprint() != before
