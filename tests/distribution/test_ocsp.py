"""OCSP over HTTP (RFC 6960, RFC 9654, RFC 9919), read by others as well."""

import base64
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509 import ocsp
from httpx2 import Response
from sqlalchemy import delete
from starlette.testclient import TestClient

from idp.models import Certificate, CertificateAuthority, OcspSigner, Realm, User
from idp.pki.authorities import find_chain
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.serving.housekeeping import sweep
from tests.certificates import Authority
from tests.pki.publishing import renew_due_signers
from tests.provider import Provider, run_provider
from tests.services import require_binary
from tests.web_server import Asked, Reply, web_server

REQUEST = {"content-type": "application/ocsp-request"}
KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


class Asker:
    """Asks about certificates of the demo realm's issuing authority."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.http = TestClient(provider.app, base_url="http://localhost:8080")
        with provider.services.database.transaction() as session:
            chain = find_chain(session, session.query(Realm).filter_by(name="demo").one().id)
        self.authority_id = chain[0].id
        self.issuer, self.root = (x509.load_der_x509_certificate(row.certificate) for row in chain)
        self.path = f"/realms/demo/pki/{self.authority_id}/ocsp"

    def issue(self) -> x509.Certificate:
        services = self.provider.services
        with services.database.transaction() as session:
            user = session.query(User).first()
            assert user is not None
            row = issue_certificate(
                session, services.cipher, services.clock, realm=session.get_one(Realm, user.realm_id), user=user,
                public_key=KEY, device_name="laptop", platform=Platform("linux"), published_at=services.settings.published_at,
            )  # fmt: skip
            return x509.load_der_x509_certificate(row.certificate)

    def revoke(self, certificate: x509.Certificate, reason: RevocationReason = RevocationReason.KEY_COMPROMISE) -> None:
        with self.provider.services.database.transaction() as session:
            row = session.query(Certificate).filter_by(fingerprint=certificate.fingerprint(hashes.SHA256()).hex()).one()
            revoke_certificate(session, self.provider.clock, row, reason)

    def build(
        self, serial_number: int, nonce: bytes | None = None, algorithm: hashes.HashAlgorithm | None = None
    ) -> bytes:
        of_issuer = (
            ocsp.OCSPRequestBuilder().add_certificate(self.issuer, self.issuer, algorithm or hashes.SHA256()).build()
        )
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            _digest(algorithm, self.issuer.subject.public_bytes()), of_issuer.issuer_key_hash, serial_number,
            algorithm or hashes.SHA256(),
        )  # fmt: skip
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.build().public_bytes(Encoding.DER)

    def post(self, request: bytes) -> ocsp.OCSPResponse:
        answer = self.http.post(self.path, content=request, headers=REQUEST)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ocsp-response")
        return ocsp.load_der_ocsp_response(answer.content)

    def get(self, request: bytes, **headers: str) -> Response:
        return self.http.get(f"{self.path}/{quote(base64.b64encode(request), safe='')}", headers=headers)

    def ask(self, certificate: x509.Certificate, **options: object) -> ocsp.OCSPResponse:
        return self.post(self.build(certificate.serial_number, **options))  # type: ignore[arg-type]


def _digest(algorithm: hashes.HashAlgorithm | None, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm or hashes.SHA256())
    digest.update(data)
    return digest.finalize()


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path) as provider:
        yield provider


@pytest.fixture
def asker(provider: Provider) -> Asker:
    return Asker(provider)


@pytest.mark.every_database
def test_revocation_bites_at_once(asker: Asker) -> None:
    """RFC 6960 section 2.2; the answer before it came from memory."""
    certificate = asker.issue()
    assert [asker.ask(certificate).certificate_status for _ in range(2)] == [GOOD, GOOD]
    asker.revoke(certificate)
    answer = asker.ask(certificate)
    assert (answer.certificate_status, answer.revocation_reason) == (REVOKED, x509.ReasonFlags.key_compromise)
    assert answer.revocation_time_utc == asker.provider.clock.now()


def test_unspecified_reason_is_not_told(asker: Asker) -> None:
    """RFC 5280 section 5.3.1."""
    certificate = asker.issue()
    asker.revoke(certificate, RevocationReason.UNSPECIFIED)
    answer = asker.ask(certificate)
    assert (answer.certificate_status, answer.revocation_reason) == (REVOKED, None)


@pytest.mark.parametrize("serial_number", [1, 1 << 158, 1 << 159, (1 << 2000) + 1])
def test_unknown_serial_number_is_never_good(asker: Asker, serial_number: int) -> None:
    assert asker.post(asker.build(serial_number)).certificate_status == UNKNOWN


def test_signer_is_certified_for_nothing_else(asker: Asker) -> None:
    """RFC 6960 section 4.2.2.2: issued by the authority itself, for OCSP alone, and not to be looked up."""
    answer = asker.ask(asker.issue())
    (signer,) = answer.certificates
    signer.verify_directly_issued_by(asker.issuer)
    key = signer.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    usages = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [x509.ExtendedKeyUsageOID.OCSP_SIGNING]
    assert signer.extensions.get_extension_for_class(x509.OCSPNoCheck)
    assert answer.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(key).digest
    assert answer.next_update_utc is not None
    assert answer.this_update_utc <= asker.provider.clock.now() < answer.next_update_utc <= signer.not_valid_after_utc


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_issuer_is_named_by_any_usual_hash(asker: Asker, algorithm: hashes.HashAlgorithm) -> None:
    certificate = asker.issue()
    assert asker.ask(certificate, algorithm=algorithm).certificate_status == GOOD


def test_other_issuers_certificates_are_not_answered_for(asker: Asker) -> None:
    """RFC 6960 section 2.3: unauthorized; also for the root's, and for a hash that is not known."""
    stranger = Authority.create()
    requests = [
        ocsp.OCSPRequestBuilder().add_certificate(of, of, algorithm).build().public_bytes(Encoding.DER)
        for of, algorithm in [
            (stranger.certificate, hashes.SHA256()), (asker.root, hashes.SHA256()), (asker.root, hashes.SHA224()),
        ]
    ]  # fmt: skip
    for request in requests:
        assert asker.post(request).response_status == ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.parametrize("length", [1, 16, 32, 128])
def test_nonce_is_repeated(asker: Asker, length: int) -> None:
    """RFC 9654 section 2.1."""
    answer = asker.ask(asker.issue(), nonce=b"n" * length)
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * length


@pytest.mark.parametrize("length", [0, 129, 5000])
def test_nonce_of_another_length_is_malformed(asker: Asker, length: int) -> None:
    """RFC 9654 section 2.1."""
    answer = asker.ask(asker.issue(), nonce=b"n" * length)
    assert answer.response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_unknown_critical_extension_is_malformed(asker: Asker) -> None:
    """RFC 6960 section 4.4."""
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    builder = ocsp.OCSPRequestBuilder().add_certificate(asker.issuer, asker.issuer, hashes.SHA256())
    for critical, expected in [(True, "MALFORMED_REQUEST"), (False, "SUCCESSFUL")]:
        request = (
            asker.build(5)
            if not critical
            else builder.add_extension(extension, critical).build().public_bytes(Encoding.DER)
        )
        assert asker.post(request).response_status.name == expected


@pytest.mark.parametrize("content", [b"", b"\x00", b"0\x80", b"\x30\x03\x02\x01\x05", b"a" * 60_000])
def test_what_is_no_request_is_malformed(asker: Asker, content: bytes) -> None:
    answer = asker.http.post(asker.path, content=content, headers=REQUEST)
    status = ocsp.load_der_ocsp_response(answer.content).response_status
    assert status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_cut_and_changed_requests_cause_no_server_error(asker: Asker) -> None:
    request = asker.build(asker.issue().serial_number, nonce=b"n" * 16)
    changed = [
        request[:at] + bytes([request[at] ^ bit]) + request[at + 1 :] for at in range(len(request)) for bit in (1, 128)
    ]
    for content in changed + [request[:at] for at in range(0, len(request), 5)]:
        assert asker.http.post(asker.path, content=content, headers=REQUEST).status_code == 200


def test_wrong_media_type_and_size_are_refused(asker: Asker) -> None:
    request = asker.build(5)
    assert asker.http.post(asker.path, content=request, headers={"content-type": "text/plain"}).status_code == 415
    assert asker.http.post(asker.path, content=b"x" * 70_000, headers=REQUEST).status_code == 413


@pytest.mark.parametrize("path", ["***", "YWJj", "%00", "a" * 3000, "../../x", "%2e%2e"])
def test_hostile_paths_are_answered(asker: Asker, path: str) -> None:
    assert asker.http.get(f"{asker.path}/{path}").status_code in {200, 400, 404}


def test_get_is_for_caches(asker: Asker) -> None:
    """RFC 9919: the same octets and tag until half of the answer's time is over; nothing of it with a nonce."""
    certificate = asker.issue()
    request = asker.build(certificate.serial_number)
    first, second = asker.get(request), asker.get(request)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert "max-age=300" in first.headers["cache-control"]
    assert "set-cookie" not in first.headers
    again = asker.get(request, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    asker.provider.clock.advance(minutes=31)
    assert asker.get(request).headers["etag"] != first.headers["etag"]
    with_nonce = asker.get(asker.build(certificate.serial_number, nonce=b"n" * 16))
    assert with_nonce.headers["cache-control"] == "no-store"


def test_authority_of_another_realm_does_not_answer(asker: Asker) -> None:
    with asker.provider.services.database.transaction() as session:
        session.add(Realm(name="other", created_at=asker.provider.clock.now()))
    path = f"/realms/other/pki/{asker.authority_id}/ocsp"
    assert asker.http.post(path, content=asker.build(5), headers=REQUEST).status_code == 404
    assert asker.http.post("/realms/demo/pki/none/ocsp", content=asker.build(5), headers=REQUEST).status_code == 404


def test_without_a_signer_it_is_said_to_try_later(asker: Asker) -> None:
    """RFC 6960 section 2.3; the next sweep makes one."""
    with asker.provider.services.database.transaction() as session:
        session.execute(delete(OcspSigner))
    assert asker.post(asker.build(5)).response_status == ocsp.OCSPResponseStatus.TRY_LATER
    sweep(asker.provider.services)
    fresh = Asker(asker.provider)
    with asker.provider.services.database.transaction() as session:
        assert session.get(OcspSigner, fresh.authority_id) is not None


def test_signer_is_renewed_at_half_of_its_time(asker: Asker) -> None:
    def serial_number() -> int:
        with asker.provider.services.database.transaction() as session:
            return x509.load_der_x509_certificate(
                session.get_one(OcspSigner, asker.authority_id).certificate
            ).serial_number

    first = serial_number()
    asker.provider.clock.advance(days=14)
    sweep(asker.provider.services)
    assert serial_number() == first
    asker.provider.clock.advance(days=2)
    sweep(asker.provider.services)
    assert serial_number() != first


def test_last_signer_ends_with_its_authority(asker: Asker) -> None:
    """Sweeps go on after that, and make nothing."""
    with asker.provider.services.database.transaction() as session:
        end = session.get_one(CertificateAuthority, asker.authority_id).not_after
    services, clock = asker.provider.services, asker.provider.clock
    made = []
    for moment in (end.replace(microsecond=0), end):
        clock.advance(moment - clock.now() - (end - moment))
    clock.advance(days=-3)
    for _ in range(3):
        with services.database.transaction() as session:
            made.append(renew_due_signers(session, services.cipher, clock))
        clock.advance(days=2)
    assert made == [1, 0, 0]
    with services.database.transaction() as session:
        assert session.get_one(OcspSigner, asker.authority_id).not_after == end


@pytest.mark.every_database
def test_of_many_workers_one_renews_the_signer(asker: Asker) -> None:
    services = asker.provider.services
    asker.provider.clock.advance(days=20)

    def renew(_number: int) -> int:
        with services.database.transaction() as session:
            return renew_due_signers(session, services.cipher, services.clock)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(renew, range(6))) == 1


def test_key_of_the_signer_is_encrypted_at_rest(asker: Asker) -> None:
    with asker.provider.services.database.transaction() as session:
        stored = session.get_one(OcspSigner, asker.authority_id).private_key_encrypted
    with pytest.raises(ValueError, match=r"deserialize|ASN\.1|parse"):
        load_der_private_key(stored, password=None)


@pytest.fixture
def of_today(asker: Asker) -> Asker:
    """The provider at the real time, which other programs compare with."""
    asker.provider.clock.advance(datetime.now(UTC) - asker.provider.clock.now())
    sweep(asker.provider.services)
    return Asker(asker.provider)


def test_openssl_reads_it(of_today: Asker, tmp_path: Path) -> None:
    """It sends a nonce and SHA-1 by default, and verifies the signer under the root."""
    certificate = of_today.issue()
    _write(tmp_path, leaf=certificate, ca=of_today.issuer, root=of_today.root)
    assert "leaf.pem: good" in _ask_openssl(of_today, tmp_path)
    of_today.revoke(certificate)
    told = _ask_openssl(of_today, tmp_path)
    assert "leaf.pem: revoked" in told
    assert "Reason: keyCompromise" in told


def _ask_openssl(asker: Asker, folder: Path) -> str:
    """Let openssl post to the responder over HTTP, and return what it says of ``leaf.pem``."""

    def pass_on(asked: Asked) -> Reply:
        answer = asker.http.post(asker.path, content=asked.body, headers=REQUEST)
        return Reply(answer.content, answer.status_code, answer.headers["content-type"])

    with web_server({"/ocsp": pass_on}) as web:
        command = [
            require_binary("openssl", package="openssl"), "ocsp", "-url", web.url("/ocsp"),
            "-issuer", "ca.pem", "-cert", "leaf.pem", "-CAfile", "root.pem", "-verify_other", "ca.pem",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert b"Response verify OK" in done.stderr, done.stderr
    assert b"WARNING: no nonce" not in done.stderr
    return done.stdout.decode()


def test_gnutls_reads_it(of_today: Asker, tmp_path: Path) -> None:
    certificate = of_today.issue()
    _write(tmp_path, leaf=certificate, ca=of_today.issuer, root=of_today.root)
    request = of_today.build(certificate.serial_number, algorithm=hashes.SHA1())
    (tmp_path / "answer.der").write_bytes(of_today.get(request).content)
    ocsptool = require_binary("ocsptool", package="gnutls-bin")
    command = [
        ocsptool,
        "--verify-response",
        "--load-issuer",
        "ca.pem",
        "--load-signer",
        "ca.pem",
        "--load-response",
        "answer.der",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    told = done.stdout.decode() + done.stderr.decode()
    assert "Success" in told
    assert "Certificate Status: good" in told


def _write(folder: Path, **certificates: x509.Certificate) -> None:
    for name, certificate in certificates.items():
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
