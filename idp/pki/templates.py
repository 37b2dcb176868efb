"""Unsigned certificates: root, issuing authority, person and signer of OCSP answers (RFC 5280 section 4.1.2 and 4.2)."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.models import User
from idp.pki.key_pairs import PublicKey, is_rsa
from idp.pki.names import build_name
from idp.pki.placeholders import Facts
from idp.pki.profile_settings import ANY_POLICY, DEFAULT_SETTINGS, FurtherUsage, ProfileSettings
from idp.pki.publication import Publication
from idp.pki.serial_numbers import create_serial_number
from idp.pki.subject_alternative_names import build_subject_alternative_name
from idp.pki.subjects import build_subject

PEOPLES_USAGES = (ExtendedKeyUsageOID.CLIENT_AUTH, *(usage.oid for usage in FurtherUsage))
"""What people's certificates can be for."""


@dataclass(frozen=True)
class Validity:
    """From `not_before` to `not_after`, both included, in whole seconds (RFC 5280 section 4.1.2.5)."""

    not_before: datetime
    not_after: datetime

    def within(self, issuer: x509.Certificate) -> "Validity":
        """Return the part of it in which *issuer* is valid as well."""
        return Validity(
            max(self.not_before, issuer.not_valid_before_utc), min(self.not_after, issuer.not_valid_after_utc)
        )


def build_root_template(
    name: x509.Name, public_key: ec.EllipticCurvePublicKey, validity: Validity
) -> x509.CertificateBuilder:
    """Return a self-issued root that allows one authority below it."""
    builder = _build_base(name, name, public_key, public_key, validity)
    return _add_authority_extensions(builder, path_length=1)


def build_issuing_template(
    name: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    validity: Validity,
    issuer: x509.Certificate,
    *,
    publication: Publication | None = None,
) -> x509.CertificateBuilder:
    """Return an authority that issues people's certificates, under whichever policy, and no further authority.

    *publication* is where the issuer's list and certificate are.
    """
    builder = _build_base(name, issuer.subject, public_key, _issuer_key(issuer), validity.within(issuer))
    # Whatever this key signs is of no use to a server (RFC 5280 section 4.2.1.12, as implementations apply
    # it to authorities).
    usages = x509.ExtendedKeyUsage(PEOPLES_USAGES)
    # Without it no policy of a certificate below would count (RFC 5280 section 6.1.3 (e)).
    policies = x509.CertificatePolicies([x509.PolicyInformation(ANY_POLICY, None)])
    builder = (
        _add_authority_extensions(builder, path_length=0)
        .add_extension(usages, critical=False)
        .add_extension(policies, critical=False)
    )
    return publication.add_to(builder) if publication else builder


def build_end_entity_template(
    user: User,
    organization: str,
    public_key: PublicKey,
    validity: Validity,
    issuer: x509.Certificate,
    *,
    settings: ProfileSettings = DEFAULT_SETTINGS,
    publication: Publication | None = None,
) -> x509.CertificateBuilder:
    """Return a person's certificate as *settings*, or else the default ones, have it.

    *organization* is the realm's name for people. Without *publication* it names no addresses.
    """
    subject = build_subject(settings, Facts(user, organization))
    encipherment = settings.key_encipherment and is_rsa(public_key)
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, *(usage.oid for usage in settings.extended_key_usages)]
    names = build_subject_alternative_name(user, settings, organization)
    builder = (
        _build_base(subject, issuer.subject, public_key, _issuer_key(issuer), validity.within(issuer))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, key_encipherment=encipherment), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(names, critical=False)
    )
    if settings.policies:
        builder = builder.add_extension(build_policies(settings), critical=False)
    return publication.add_to(builder) if publication else builder


def build_policies(settings: ProfileSettings) -> x509.CertificatePolicies:
    """Return the policies with the addresses of their statements (RFC 5280 section 4.2.1.4)."""
    return x509.CertificatePolicies(
        x509.PolicyInformation(x509.ObjectIdentifier(policy.oid), [policy.cps] if policy.cps else None)
        for policy in settings.policies
    )


def build_ocsp_signer_template(
    public_key: ec.EllipticCurvePublicKey, validity: Validity, issuer: x509.Certificate
) -> x509.CertificateBuilder:
    """Return what signs OCSP answers in the place of *issuer*, and is itself not looked up (RFC 6960 section 4.2.2.2)."""
    common, organization = (
        " ".join(str(attribute.value) for attribute in issuer.subject.get_attributes_for_oid(oid))
        for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME)
    )
    subject = build_name(f"OCSP {common}", organization)
    return (
        _build_base(subject, issuer.subject, public_key, _issuer_key(issuer), validity.within(issuer))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
    )


def _build_base(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: PublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    validity: Validity,
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(public_key)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=public_key)
        .serial_number(create_serial_number())
        .not_valid_before(validity.not_before)
        .not_valid_after(validity.not_after)
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
    )


def _add_authority_extensions(builder: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    usage = _key_usage(key_cert_sign=True, crl_sign=True)
    return builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)


def _key_usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_key(issuer: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("an authority's key is an elliptic curve key")
    return key
