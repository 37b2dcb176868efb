"""pkilint's linters for certificates, revocation lists and answers of OCSP, as functions that return what they find."""

import re
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pkilint import loader, pkix
from pkilint.pkix import certificate, crl, extension, name, ocsp
from pkilint.validation import ValidationResult

Findings = set[tuple[str, str]]
_URN = re.compile(r'Invalid URI syntax: "(urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|tag:[A-Za-z0-9%,:-]+)"')


def lint_certificate(subject: x509.Certificate) -> Findings:
    """Return the severity and code of each finding under RFC 5280."""
    document = loader.load_der_certificate(subject.public_bytes(Encoding.DER), "certificate")
    return _list_findings(_certificate_linter().validate(document.root))


def lint_revocation_list(der: bytes, *, of_authorities: bool = False) -> Findings:
    """Return the same for a revocation list of people's certificates, or of authorities'."""
    document = loader.load_der_crl(der, "list")
    return _list_findings(_list_linter(of_authorities).validate(document.root))


def lint_ocsp_answer(der: bytes) -> Findings:
    """Return the same for an answer under RFC 6960."""
    document = loader.load_der_ocsp_response(der, "answer")
    return _list_findings(_ocsp_linter().validate(document.root))


def _list_findings(results: list[ValidationResult]) -> Findings:
    """Return the findings but for one: pkilint takes URLs alone for URIs.

    RFC 5280 section 4.2.1.6 asks for the syntax of RFC 3986 with a scheme and something after it, and section 1.1.2 of that has
    URNs among its examples. What is let through is our own URNs, to the letter, and the tag URIs of one profile (RFC 4151).
    """
    found = [f for result in results for f in result.finding_descriptions]
    return {(f.finding.severity.name, f.finding.code) for f in found if not _URN.fullmatch(f.message or "")}


@cache
def _certificate_linter() -> Any:
    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


@cache
def _list_linter(of_authorities: bool) -> Any:
    return crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )


@cache
def _ocsp_linter() -> Any:
    return ocsp.create_pkix_ocsp_response_validator_container(
        [
            ocsp.create_response_decoder(),
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [],
    )
