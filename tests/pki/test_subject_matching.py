"""Whether a certificate names the application it was registered for (RFC 8705 section 2.1.2)."""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.pki.subject_matching import SUBJECT_FIELDS, has_subject
from tests.certificates import Authority

NAMES = [
    x509.DNSName("service.example.org"),
    x509.UniformResourceIdentifier("https://service.example.org/id"),
    x509.IPAddress(ip_address("2001:db8::1")),
    x509.RFC822Name("Service@example.org"),
]
ISSUED = Authority.create().issue("service", names=NAMES).certificate


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject_dn", "CN=service"),
        ("subject_dn", "2.5.4.3=service"),
        ("san_dns", "service.example.org"),
        ("san_dns", "SERVICE.example.org"),
        ("san_uri", "https://service.example.org/id"),
        ("san_ip", "2001:db8::1"),
        ("san_ip", "2001:0DB8:0:0:0:0:0:1"),
        ("san_email", "Service@EXAMPLE.org"),
    ],
)
def test_registered_name_is_found(field: str, value: str) -> None:
    """Each kind as its own rules compare it."""
    assert has_subject(ISSUED, {f"tls_client_auth_{field}": value})


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"tls_client_auth_subject_dn": ""},
        {"tls_client_auth_subject_dn": "CN=service,O=x"},
        {"tls_client_auth_subject_dn": "CN=Service"},
        {"tls_client_auth_subject_dn": "O=service"},
        {"tls_client_auth_subject_dn": "service"},
        {"tls_client_auth_subject_dn": "CN=*"},
        {"tls_client_auth_san_dns": "example.org"},
        {"tls_client_auth_san_dns": "*.example.org"},
        {"tls_client_auth_san_dns": "https://service.example.org/id"},
        {"tls_client_auth_san_uri": "https://service.example.org/id/"},
        {"tls_client_auth_san_ip": "2001:db8::2"},
        {"tls_client_auth_san_ip": "nowhere"},
        {"tls_client_auth_san_email": "service@example.org"},
        {"san_dns": "service.example.org"},
        {"tls_client_auth_subject_dn": "CN=service", "tls_client_auth_san_dns": "service.example.org"},
    ],
)
def test_other_names_are_not(expected: dict[str, str]) -> None:
    """No part, no pattern, no other kind; and exactly one name is registered (section 2.1.2)."""
    assert not has_subject(ISSUED, expected)


def test_certificate_without_alternative_names_has_none() -> None:
    """Only its subject."""
    issued = Authority.create().issue("service", names=[]).certificate
    assert not any(has_subject(issued, {field: "service"}) for field in SUBJECT_FIELDS)
    assert has_subject(issued, {"tls_client_auth_subject_dn": "CN=service"})


def test_distinguished_names_are_compared_by_their_parts() -> None:
    """Order counts, as do several attributes in one part; escapes and the attributes' other names do not (RFC 4514)."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Müller, Söhne"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.org"),
        ]
    )
    key = Authority.create()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.key.public_key())
        .serial_number(1)
        .not_valid_before(key.certificate.not_valid_before_utc)
        .not_valid_after(key.certificate.not_valid_after_utc)
        .sign(key.key, key.certificate.signature_hash_algorithm)
    )
    same = (
        "emailAddress=a@example.org,O=Müller\\, Söhne,C=DE",
        "1.2.840.113549.1.9.1=a@example.org,O=M\\c3\\bcller\\2c Söhne,C=DE",
    )
    assert all(has_subject(certificate, {"tls_client_auth_subject_dn": text}) for text in same)
    assert not has_subject(
        certificate, {"tls_client_auth_subject_dn": "C=DE,O=Müller\\, Söhne,emailAddress=a@example.org"}
    )
