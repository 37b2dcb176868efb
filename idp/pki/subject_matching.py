"""Whether a certificate names the application that it was registered for (RFC 8705 section 2.1.2)."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

SUBJECT_DN = "tls_client_auth_subject_dn"
SAN_DNS, SAN_URI = "tls_client_auth_san_dns", "tls_client_auth_san_uri"
SAN_IP, SAN_EMAIL = "tls_client_auth_san_ip", "tls_client_auth_san_email"
SUBJECT_FIELDS = (SUBJECT_DN, SAN_DNS, SAN_URI, SAN_IP, SAN_EMAIL)
"""The metadata fields; of each client, exactly one is registered."""

# What others write for attributes that RFC 4514 gives no short name.
_NAMES = {
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "businessCategory": NameOID.BUSINESS_CATEGORY,
    "postalCode": NameOID.POSTAL_CODE,
    "jurisdictionC": NameOID.JURISDICTION_COUNTRY_NAME,
}


def has_subject(certificate: x509.Certificate, expected: Mapping[str, str]) -> bool:
    """Tell whether the certificate's subject, or one of its alternative names, is *expected*: one field with its value."""
    if len(expected) != 1:
        return False
    ((field, value),) = expected.items()
    matches = _MATCHES.get(field)
    return bool(value) and matches is not None and matches(certificate, value)


def _has_name(certificate: x509.Certificate, value: str) -> bool:
    return _parse_name(value) == certificate.subject


def _parse_name(text: str) -> x509.Name | None:
    try:
        name = x509.Name.from_rfc4514_string(text, _NAMES)
    except ValueError:
        return None
    return name if list(name) else None


def _has_dns_name(certificate: x509.Certificate, value: str) -> bool:
    return value.lower() in {name.lower() for name in _list(certificate, x509.DNSName)}


def _has_uri(certificate: x509.Certificate, value: str) -> bool:
    return value in _list(certificate, x509.UniformResourceIdentifier)


def _has_address(certificate: x509.Certificate, value: str) -> bool:
    try:
        return ip_address(value) in _list(certificate, x509.IPAddress)
    except ValueError:
        return False


def _has_mailbox(certificate: x509.Certificate, value: str) -> bool:
    return _canonical(value) in map(_canonical, _list(certificate, x509.RFC822Name))


def _canonical(mailbox: str) -> tuple[str, str]:
    local, _, domain = mailbox.rpartition("@")  # only the domain is the same in any case: RFC 5280 section 7.5
    return local, domain.lower()


def _list(certificate: x509.Certificate, kind: type[x509.GeneralName]) -> list[Any]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return list(names.get_values_for_type(kind))  # type: ignore[arg-type]


_MATCHES: Mapping[str, Callable[[x509.Certificate, str], bool]] = {
    SUBJECT_DN: _has_name,
    SAN_DNS: _has_dns_name,
    SAN_URI: _has_uri,
    SAN_IP: _has_address,
    SAN_EMAIL: _has_mailbox,
}
