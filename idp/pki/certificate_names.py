"""What a certificate says of whom it is for, as texts that an account may be found by (RFC 5280 sections 4.1.2 and 4.2.1.6)."""

from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes

from idp.pki.anchor_settings import MappingSettings, Source
from idp.pki.serial_numbers import format_serial_number
from idp.pki.subject_patterns import extract

MAXIMUM_NAMES = 16
"""How many different names one certificate may have before it is taken for ambiguous."""
_MAXIMUM_CHARACTERS = 1024
_UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")  # userPrincipalName, in Microsoft's arc


def read_names(certificate: x509.Certificate, mapping: MappingSettings) -> tuple[str, ...]:
    """Return the different names that *mapping* is about, in their order; none where it is about the fingerprint alone.

    What no account could be called, because it has characters that cannot be seen, is left out.
    """
    reader = _READERS.get(mapping.source)
    names = reader(certificate, mapping) if reader else []
    return tuple(dict.fromkeys(name for name in names if _is_sound(name)))


def read_utf8(der: bytes) -> str:
    """Return the text of a UTF8String; empty where it is written in another way than the one (X.690 section 10)."""
    try:
        return asn1.decode_der(str, der)
    except ValueError:
        return ""


def _is_sound(name: str) -> bool:
    return 0 < len(name) <= _MAXIMUM_CHARACTERS and name.isprintable()


def _read_fingerprint(certificate: x509.Certificate, _mapping: MappingSettings) -> list[str]:
    return [certificate.fingerprint(hashes.SHA256()).hex()]


def _read_issuer_and_serial(certificate: x509.Certificate, _mapping: MappingSettings) -> list[str]:
    return [f"{certificate.issuer.rfc4514_string()}#{format_serial_number(certificate.serial_number)}"]


def _read_mailboxes(certificate: x509.Certificate, _mapping: MappingSettings) -> list[str]:
    names = _alternative_names(certificate)
    return names.get_values_for_type(x509.RFC822Name) if names else []


def _read_uris(certificate: x509.Certificate, _mapping: MappingSettings) -> list[str]:
    names = _alternative_names(certificate)
    return names.get_values_for_type(x509.UniformResourceIdentifier) if names else []


def _read_upns(certificate: x509.Certificate, _mapping: MappingSettings) -> list[str]:
    names = _alternative_names(certificate)
    others = names.get_values_for_type(x509.OtherName) if names else []
    return [read_utf8(other.value) for other in others if other.type_id == _UPN]


def _read_subject(certificate: x509.Certificate, mapping: MappingSettings) -> list[str]:
    found = extract(mapping.pattern, certificate.subject.rfc4514_string())
    return [] if found is None else [found]


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


_READERS: Mapping[Source, Callable[[x509.Certificate, MappingSettings], list[str]]] = {
    Source.FINGERPRINT: _read_fingerprint,
    Source.ISSUER_AND_SERIAL: _read_issuer_and_serial,
    Source.SAN_EMAIL: _read_mailboxes,
    Source.SAN_UPN: _read_upns,
    Source.SAN_URI: _read_uris,
    Source.SUBJECT: _read_subject,
}
