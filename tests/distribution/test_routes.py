"""What authorities publish, over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from idp.models import CertificateAuthority, Realm, User
from idp.pki.authorities import find_chain
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.serving.housekeeping import sweep
from tests.provider import Provider, run_provider


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path) as provider:
        yield provider


@pytest.fixture
def http(provider: Provider) -> TestClient:
    return TestClient(provider.app, base_url="http://localhost:8080")


@pytest.fixture
def chain(provider: Provider) -> list[CertificateAuthority]:
    """The issuing authority and the root."""
    with provider.services.database.transaction() as session:
        return find_chain(session, session.query(Realm).filter_by(name="demo").one().id)


def test_list_is_served_for_caches(provider: Provider, http: TestClient, chain: list[CertificateAuthority]) -> None:
    """RFC 2585 section 3; without cookies, and 304 for whoever has it."""
    path = f"/realms/demo/pki/{chain[0].id}.crl"
    answer = http.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pkix-crl")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers
    issuer = x509.load_der_x509_certificate(chain[0].certificate)
    assert x509.load_der_x509_crl(answer.content).is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    again = http.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert http.head(path).headers["etag"] == answer.headers["etag"]


def test_root_has_a_list_where_its_issuing_certificate_says(
    http: TestClient, chain: list[CertificateAuthority]
) -> None:
    issuing, root = (x509.load_der_x509_certificate(row.certificate) for row in chain)
    (point,) = issuing.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    (access,) = issuing.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    (address,) = point.full_name or ()

    assert x509.load_der_x509_crl(http.get(address.value).content).is_signature_valid(root.public_key())  # type: ignore[arg-type]
    assert http.get(access.access_location.value).content == chain[1].certificate


def test_new_list_is_noticed(provider: Provider, http: TestClient, chain: list[CertificateAuthority]) -> None:
    """The sweep makes it when it is due; the cache of another second has the new one."""
    path = f"/realms/demo/pki/{chain[0].id}.crl"
    before = http.get(path).headers["etag"]
    provider.clock.advance(days=4)
    sweep(provider.services)

    fresh = TestClient(type(provider.app)(routes=_new_routes(provider)), base_url="http://localhost:8080")
    fresh.app.state.services = provider.services  # type: ignore[attr-defined]
    assert (before, fresh.get(path).headers["etag"]) == ('"1"', '"2"')


def _new_routes(provider: Provider) -> list[object]:
    from idp.distribution.routes import build_routes

    return list(build_routes(provider.services.database))


def test_certificates_of_authorities_are_served(http: TestClient, chain: list[CertificateAuthority]) -> None:
    for authority in chain:
        answer = http.get(f"/realms/demo/pki/{authority.id}.crt")
        assert (answer.headers["content-type"], answer.content) == ("application/pkix-cert", authority.certificate)


@pytest.mark.parametrize(
    "path",
    [
        "/realms/demo/pki/nobody.crl", "/realms/demo/pki/nobody.crt",  "/realms/nobody/pki/x.crl",
        "/realms/demo/pki/" + "x" * 4000 + ".crl", "/realms/demo/pki/'%20OR%201=1.crt",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(http: TestClient, path: str) -> None:
    assert http.get(path).status_code == 404


def test_authority_of_another_realm_is_not_found(
    provider: Provider, http: TestClient, chain: list[CertificateAuthority]
) -> None:
    with provider.services.database.transaction() as session:
        session.add(Realm(name="other", created_at=provider.clock.now()))
    for ending in ("crl", "crt"):
        assert http.get(f"/realms/other/pki/{chain[0].id}.{ending}").status_code == 404


def test_addresses_in_a_certificate_lead_to_what_verifies_it(provider: Provider, http: TestClient) -> None:
    """RFC 5280 section 6.3: from the certificate alone to its issuer and to the list that has its serial number."""
    with provider.services.database.transaction() as session:
        user = session.query(User).first()
        assert user is not None
        row = issue_certificate(
            session, provider.services.cipher, provider.clock, realm=session.get_one(Realm, user.realm_id), user=user,
            public_key=ec.generate_private_key(ec.SECP256R1()).public_key(), device_name="laptop",
            platform=Platform("linux"), published_at=provider.services.settings.published_at,
        )  # fmt: skip
        revoke_certificate(session, provider.clock, row, RevocationReason.KEY_COMPROMISE)
        certificate = x509.load_der_x509_certificate(row.certificate)
    provider.clock.advance(seconds=1)
    sweep(provider.services)

    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    issuer = x509.load_der_x509_certificate(http.get(list(access)[-1].access_location.value).content)
    certificate.verify_directly_issued_by(issuer)
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    (name,) = next(iter(points)).full_name or ()
    crl = x509.load_der_x509_crl(http.get(name.value).content)
    assert crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
