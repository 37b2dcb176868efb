"""Each lint finds what it is there for, and nothing where nothing is."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from idp.models import User
from idp.pki.lints import LINTS, CertificateKind, LintContext, run_lints, version
from idp.pki.profile_settings import FurtherUsage, ProfileSettings, read_profile_settings
from idp.pki.profiles import CertificateProfile
from idp.pki.templates import Validity, build_end_entity_template
from tests.clock import START

SIGNER = ec.generate_private_key(ec.SECP256R1())
SUBJECT_KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
USER = User(id="0b8f0e6e-6b1f-4a57-9e0a-6f3f6f1f8c11", username="alice", email="a@example.org", email_verified=True)


@pytest.fixture
def good(issuer: x509.Certificate) -> x509.Certificate:
    """A certificate of a person without fault."""
    validity = Validity(START, START + timedelta(days=365))
    return build_end_entity_template(USER, "Demo", SUBJECT_KEY, validity, issuer).sign(SIGNER, hashes.SHA256())


def rebuild(certificate: x509.Certificate, **changes: Any) -> x509.Certificate:
    """Return the certificate again with some parts replaced; `extensions` maps OIDs to (value, critical) or None."""
    extensions = {e.oid: (e.value, e.critical) for e in certificate.extensions} | changes.get("extensions", {})
    builder = x509.CertificateBuilder(
        issuer_name=changes.get("issuer", certificate.issuer),
        subject_name=changes.get("subject", certificate.subject),
        public_key=changes.get("public_key", certificate.public_key()),
        serial_number=changes.get("serial_number", certificate.serial_number),
        not_valid_before=changes.get("not_before", certificate.not_valid_before_utc),
        not_valid_after=changes.get("not_after", certificate.not_valid_after_utc),
        extensions=[x509.Extension(oid, pair[1], pair[0]) for oid, pair in extensions.items() if pair],
    )
    return builder.sign(changes.get("signer", SIGNER), changes.get("digest", hashes.SHA256()))


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Return a name."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def with_extension(oid: x509.ObjectIdentifier, value: Any, critical: bool = False) -> dict[str, Any]:
    """Return the change that replaces one extension (None takes it away)."""
    return {"extensions": {oid: None if value is None else (value, critical)}}


def key_usage(**bits: bool) -> x509.KeyUsage:
    """Return a key usage with *bits*."""
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"
    )
    return x509.KeyUsage(**{n: bits.get(n, False) for n in [*names.split(), "encipher_only", "decipher_only"]})


CN, O = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME  # noqa: E741
POINT = x509.DistributionPoint([x509.UniformResourceIdentifier("http://x/a.crl")], None, None, None)
URI = x509.UniformResourceIdentifier("urn:uuid:0b8f0e6e-6b1f-4a57-9e0a-6f3f6f1f8c11")
OTHER_KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
SPOILED: list[tuple[str, Callable[[x509.Certificate], dict[str, Any]]]] = [
    (
        "publication",
        lambda _: with_extension(ExtensionOID.CRL_DISTRIBUTION_POINTS, x509.CRLDistributionPoints([POINT])),
    ),
    (
        "publication",
        lambda _: with_extension(ExtensionOID.CRL_DISTRIBUTION_POINTS, x509.CRLDistributionPoints([POINT, POINT])),
    ),
    (
        "certificate_policies",
        lambda _: with_extension(
            ExtensionOID.CERTIFICATE_POLICIES,
            x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)]),
        ),
    ),
    ("serial_number", lambda _: {"serial_number": 1}),
    ("serial_number", lambda _: {"serial_number": 1 << 120}),
    ("signature_algorithm", lambda _: {"digest": hashes.SHA384()}),
    ("signature_algorithm", lambda _: {"signer": rsa.generate_private_key(65537, 2048)}),
    ("issuer", lambda _: {"issuer": name((CN, "Other"))}),
    ("issuer", lambda _: {"issuer": x509.Name([])}),
    ("validity", lambda _: {"not_before": START, "not_after": START}),
    ("validity", lambda _: {"not_before": START, "not_after": START + timedelta(days=826)}),
    ("validity", lambda i: {"not_after": i.not_valid_after_utc + timedelta(seconds=1)}),
    ("validity", lambda i: {"not_before": i.not_valid_before_utc - timedelta(seconds=1)}),
    ("subject", lambda _: {"subject": name((O, "Demo"))}),
    ("subject", lambda _: {"subject": name((CN, "a"), (CN, "b"))}),
    ("subject", lambda _: {"subject": name((CN, "a"), (NameOID.EMAIL_ADDRESS, "a@b.c"))}),
    ("subject", lambda _: {"subject": name((CN, "a\x1b[31m"))}),
    ("subject", lambda _: {"subject": name((CN, "\u202eecila"))}),
    ("subject", lambda _: {"subject": name((CN, "a"), (O, "x" * 65))}),
    ("subject_public_key", lambda _: {"public_key": rsa.generate_private_key(65537, 1024).public_key()}),
    ("subject_public_key", lambda _: {"public_key": rsa.generate_private_key(3, 2048).public_key()}),
    ("subject_public_key", lambda _: {"public_key": ec.generate_private_key(ec.SECP256K1()).public_key()}),
    ("subject_public_key", lambda _: {"public_key": ed25519.Ed25519PrivateKey.generate().public_key()}),
    ("subject_public_key", lambda i: {"public_key": i.public_key()}),
    (
        "extensions",
        lambda _: with_extension(
            x509.ObjectIdentifier("1.2.3"), x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
        ),
    ),
    ("extensions", lambda _: with_extension(ExtensionOID.KEY_USAGE, key_usage(digital_signature=True), critical=False)),
    ("authority_key_identifier", lambda _: with_extension(ExtensionOID.AUTHORITY_KEY_IDENTIFIER, None)),
    (
        "authority_key_identifier",
        lambda _: with_extension(
            ExtensionOID.AUTHORITY_KEY_IDENTIFIER, x509.AuthorityKeyIdentifier.from_issuer_public_key(OTHER_KEY)
        ),
    ),
    ("subject_key_identifier", lambda _: with_extension(ExtensionOID.SUBJECT_KEY_IDENTIFIER, None)),
    (
        "subject_key_identifier",
        lambda _: with_extension(
            ExtensionOID.SUBJECT_KEY_IDENTIFIER, x509.SubjectKeyIdentifier.from_public_key(OTHER_KEY)
        ),
    ),
    ("key_usage", lambda _: with_extension(ExtensionOID.KEY_USAGE, None)),
    (
        "key_usage",
        lambda _: with_extension(
            ExtensionOID.KEY_USAGE, key_usage(digital_signature=True, content_commitment=True), critical=True
        ),
    ),
    ("key_usage", lambda _: with_extension(ExtensionOID.KEY_USAGE, key_usage(key_cert_sign=True), critical=True)),
    ("extended_key_usage", lambda _: with_extension(ExtensionOID.EXTENDED_KEY_USAGE, None)),
    (
        "extended_key_usage",
        lambda _: with_extension(
            ExtensionOID.EXTENDED_KEY_USAGE,
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
        ),
    ),
    ("subject_alternative_name", lambda _: with_extension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, None)),
    (
        "subject_alternative_name",
        lambda _: with_extension(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME, x509.SubjectAlternativeName([x509.RFC822Name("a@b.c")])
        ),
    ),
    (
        "subject_alternative_name",
        lambda _: with_extension(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier("https://example.org")]),
        ),
    ),
    (
        "subject_alternative_name",
        lambda _: with_extension(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME, x509.SubjectAlternativeName([URI, x509.DNSName("example.org")])
        ),
    ),
    (
        "subject_alternative_name",
        lambda _: with_extension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, x509.SubjectAlternativeName([URI, URI, URI])),
    ),
    ("subject", lambda _: {"subject": name((CN, "a"), (O, "Demo"))}),
    ("basic_constraints", lambda _: with_extension(ExtensionOID.BASIC_CONSTRAINTS, None)),
    (
        "basic_constraints",
        lambda _: with_extension(
            ExtensionOID.BASIC_CONSTRAINTS, x509.BasicConstraints(ca=True, path_length=0), critical=True
        ),
    ),
]


def test_certificate_without_fault_has_no_findings(good: x509.Certificate, issuer: x509.Certificate) -> None:
    """Nothing stops the signing."""
    assert run_lints(good, LintContext(CertificateKind.END_ENTITY, issuer)) == []


@pytest.mark.parametrize(("lint", "change"), SPOILED, ids=[f"{lint}-{i}" for i, (lint, _) in enumerate(SPOILED)])
def test_spoiled_certificate_is_found(
    lint: str, change: Callable[[x509.Certificate], dict[str, Any]], good: x509.Certificate, issuer: x509.Certificate
) -> None:
    """The lint of that name speaks, and cites its section."""
    findings = run_lints(rebuild(good, **change(issuer)), LintContext(CertificateKind.END_ENTITY, issuer))
    assert lint in {finding.lint for finding in findings}
    assert all("RFC 5280 section" in str(finding) for finding in findings)


@pytest.mark.parametrize(
    ("lint", "promised"),
    [
        ("subject", {"subject": [{"attribute": "OU", "value": "x"}, {"attribute": "CN", "value": "{name}"}]}),
        ("subject_public_key", {"key_types": ["rsa2048"], "brought_key_types": []}),
        ("extended_key_usage", {"extended_key_usages": ["smartcardLogon"]}),
        ("subject_alternative_name", {"email": False}),
        ("certificate_policies", {"policies": [{"oid": "1.2.3"}]}),
    ],
)
def test_certificate_is_held_to_what_the_profile_promises(
    lint: str, promised: dict[str, Any], good: x509.Certificate, issuer: x509.Certificate
) -> None:
    """The same certificate is without fault under the default profile."""
    profile = CertificateProfile(timedelta(days=365), settings=read_profile_settings(promised))
    findings = run_lints(good, LintContext(CertificateKind.END_ENTITY, issuer, profile))

    assert [finding.lint for finding in findings] == [lint]


def test_certificate_that_lasts_longer_than_the_profile_is_found(
    good: x509.Certificate, issuer: x509.Certificate
) -> None:
    context = LintContext(CertificateKind.END_ENTITY, issuer, CertificateProfile(timedelta(days=364)))

    assert [finding.lint for finding in run_lints(good, context)] == ["validity"]


def test_usage_beyond_the_issuers_is_found(good: x509.Certificate, issuer: x509.Certificate) -> None:
    """A corporate root may have certified an authority for client authentication alone."""
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON])
    narrow = rebuild(issuer, **with_extension(ExtensionOID.EXTENDED_KEY_USAGE, x509.ExtendedKeyUsage(list(usages)[:1])))
    profile = CertificateProfile(
        timedelta(days=365), settings=ProfileSettings(extended_key_usages=(FurtherUsage.SMARTCARD_LOGON,))
    )
    leaf = rebuild(good, **with_extension(ExtensionOID.EXTENDED_KEY_USAGE, usages))

    assert run_lints(leaf, LintContext(CertificateKind.END_ENTITY, issuer, profile)) == []
    findings = run_lints(leaf, LintContext(CertificateKind.END_ENTITY, narrow, profile))
    assert [finding.detail for finding in findings] == ["goes beyond what the issuer is for"]


def test_old_version_is_found() -> None:
    """Version 1 has no extensions; nothing here can make one, so a stand-in is checked."""
    stand_in: Any = SimpleNamespace(version=x509.Version.v1)
    assert list(version.check(stand_in, LintContext(CertificateKind.ROOT))) == ["version is v1"]


def test_every_lint_has_a_test() -> None:
    """A new rule comes with a spoiled certificate."""
    assert {lint.name for lint in LINTS} == {lint for lint, _ in SPOILED} | {"version"}


def test_authorities_are_linted_as_such(good: x509.Certificate, issuer: x509.Certificate) -> None:
    """A person's certificate passes neither as a root nor as an issuing authority."""
    for kind in (CertificateKind.ROOT, CertificateKind.ISSUING):
        names = {finding.lint for finding in run_lints(good, LintContext(kind, issuer))}
        assert {"key_usage", "basic_constraints", "extensions"} <= names
