"""Java, GnuTLS and openssl verify certificates with what a real listener publishes, and find it where the certificates say."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from idp.models import Certificate, CertificateAuthority, Realm, User
from idp.pki.authority_revocation import AuthorityRevocationReason, revoke_authority
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.pki.roll_over import roll_over
from idp.provisioning import provision_realm
from idp.serving.listener import build_http_server
from tests.pki.publishing import publish_due_lists
from tests.provider import Provider, run_provider
from tests.services import require_binary
from tests.serving.running import running

PROGRAM = Path(__file__).with_name("Verify.java")


class Published:
    """A realm at a listener: a certificate that is good, one that was revoked, and one whose issuer was."""

    def __init__(self, provider: Provider, address: str, folder: Path) -> None:
        self.provider, self.address, self.folder = provider, address, folder
        services = provider.services
        provider.clock.advance(
            datetime.now(UTC) - timedelta(minutes=2) - provider.clock.now()
        )  # certtool knows no other time
        with services.database.transaction() as session:
            realm = provision_realm(
                session, services.cipher, provider.clock, public_url=address, name="published", published_at=address
            )
            user = User(
                realm_id=realm.id, username="alice", created_at=provider.clock.now(), updated_at=provider.clock.now()
            )
            session.add(user)
            session.flush()
            below = self._issue(session, realm, user)
            new = roll_over(session, services.authority_keys, provider.clock, realm=realm, published_at=address)
            good, revoked = self._issue(session, realm, user), self._issue(session, realm, user)
            provider.clock.advance(minutes=1)
            revoke_certificate(session, provider.clock, revoked, RevocationReason.KEY_COMPROMISE)
            old = session.get_one(CertificateAuthority, below.authority_id)
            revoke_authority(session, provider.clock, old, AuthorityRevocationReason.CA_COMPROMISE)
            publish_due_lists(session, services.authority_keys, provider.clock)
            root = session.get_one(CertificateAuthority, new.parent_id)
            rows = {"root": root, "issuing": new, "old": old, "good": good, "revoked": revoked, "below": below}
            self.certificates = {name: x509.load_der_x509_certificate(row.certificate) for name, row in rows.items()}
        provider.clock.advance(minutes=1)
        for name, certificate in self.certificates.items():
            (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))

    def _issue(self, session: Session, realm: Realm, user: User) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        return issue_certificate(
            session, self.provider.services.authority_keys, self.provider.clock, realm=realm, user=user, public_key=key,
            device_name="laptop", platform=Platform.LINUX, published_at=self.address,
        )  # fmt: skip

    def fetch_list(self, name: str) -> x509.CertificateRevocationList:
        """Return the list that the certificate *name* points to."""
        (point,) = self.certificates[name].extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        (address,) = point.full_name or ()
        with urlopen(address.value) as answer:
            return x509.load_der_x509_crl(answer.read())

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)


@pytest.fixture
def published(database_url: str, tmp_path: Path) -> Iterator[Published]:
    with run_provider(database_url, tmp_path) as provider:
        server = build_http_server(provider.app, host="127.0.0.1", port=0)
        with running(server):
            yield Published(provider, f"http://127.0.0.1:{server.port}", tmp_path)


def test_java_finds_path_lists_and_responder(published: Published) -> None:
    """Knowing the root alone: the issuer comes from the address in the certificate, and so do lists and answers."""
    java = require_binary("java", package="default-jdk-headless")
    milliseconds = int(published.provider.clock.now().timestamp() * 1000)
    told = published.run(
        java, "-Dcom.sun.security.enableAIAcaIssuers=true", "-XX:TieredStopAtLevel=1", str(PROGRAM), "root.pem",
        str(milliseconds), "good.pem", "revoked.pem", "below.pem",
    )  # fmt: skip

    assert told.stderr == ""
    assert told.stdout.splitlines() == [
        "good.pem crl valid", "good.pem ocsp valid",
        "revoked.pem crl REVOKED", "revoked.pem ocsp REVOKED",
        "below.pem crl no path", "below.pem ocsp REVOKED",
    ]  # fmt: skip


def test_keytool_reads_certificates_and_lists(published: Published) -> None:
    keytool = require_binary("keytool", package="default-jdk-headless")
    (published.folder / "root.crl").write_bytes(published.fetch_list("issuing").public_bytes(Encoding.PEM))
    printed = published.run(keytool, "-J-XX:TieredStopAtLevel=1", "-printcrl", "-file", "root.crl")
    shown = published.run(keytool, "-J-XX:TieredStopAtLevel=1", "-printcert", "-file", "good.pem")

    assert (printed.returncode, shown.returncode) == (0, 0)
    assert f"{published.certificates['old'].serial_number:x}" in printed.stdout.replace(":", "").lower()
    assert f"{published.address}/realms/published/pki/" in shown.stdout
    assert "clientAuth" in shown.stdout


def test_openssl_and_gnutls_verify_with_the_lists(published: Published) -> None:
    """Each with the lists of the leaf's issuer and of the root."""
    openssl, certtool = require_binary("openssl", package="openssl"), require_binary("certtool", package="gnutls-bin")
    outcomes = {}
    for leaf, issuer in {"good": "issuing", "revoked": "issuing", "below": "old"}.items():
        lists = [published.fetch_list(name).public_bytes(Encoding.PEM) for name in (leaf, issuer)]
        (published.folder / "lists.pem").write_bytes(b"".join(lists))
        chain = [(published.folder / f"{name}.pem").read_bytes() for name in (leaf, issuer)]
        (published.folder / "chain.pem").write_bytes(b"".join(chain))
        verified = published.run(
            openssl, "verify", "-crl_check_all", "-purpose", "sslclient", "-x509_strict",
            "-CAfile", "root.pem", "-untrusted", f"{issuer}.pem", "-CRLfile", "lists.pem", f"{leaf}.pem",
        )  # fmt: skip
        agreed = published.run(
            certtool, "--verify", "--load-ca-certificate", "root.pem",
            "--load-crl", "lists.pem", "--infile", "chain.pem",
        )  # fmt: skip
        outcomes[leaf] = (verified.returncode == 0, "certificate revoked" in verified.stderr, agreed.returncode == 0)

    assert outcomes == {"good": (True, False, True), "revoked": (False, True, False), "below": (False, True, False)}
