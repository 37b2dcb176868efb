"""Issuing people's certificates: profile, template, lint, record, one signature, verification."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput
from idp.models import Certificate, CertificateAuthority, Realm, User, new_id
from idp.pki.authorities import get_issuing_authority, verify_still_issuing
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.enrolments import EnrolmentRequest, verify_enrolment_request
from idp.pki.key_pairs import PublicKey, create_key_pair, describe_key, fingerprint_key
from idp.pki.limits import verify_limit
from idp.pki.lints import CertificateKind, LintContext
from idp.pki.pkcs12 import build_friendly_name, build_pkcs12
from idp.pki.platforms import Platform
from idp.pki.preparation import PreparedCertificate, prepare_certificate
from idp.pki.profiles import profile_for
from idp.pki.publication import find_publication
from idp.pki.renewal import begin_renewal
from idp.pki.serial_numbers import format_serial_number
from idp.pki.signing import sign_certificate
from idp.pki.templates import Validity, build_end_entity_template
from idp.storage.holding import hold_by_id

_FILENAME_CHARACTERS = 64

__all__ = ["EnrolmentRequest", "IssuedPKCS12", "issue_certificate", "issue_pkcs12"]


@dataclass(frozen=True)
class IssuedPKCS12:
    """A certificate's row and the one file that holds its private key: send it, then forget it."""

    certificate_row: Certificate
    data: bytes = field(repr=False)
    filename: str


def issue_pkcs12(
    session: Session,
    keys: AuthorityKeys,
    clock: Clock,
    *,
    realm: Realm,
    user: User,
    request: EnrolmentRequest,
    published_at: str = "",
    replaces: Certificate | None = None,
) -> IssuedPKCS12:
    """Make a key pair, issue its certificate and return both as a PKCS#12 file (RFC 7292).

    *published_at* and *replaces* are as for `issue_certificate`.
    The private key exists in this call and in the file. Raises `InvalidInput` where the request or the
    realm's profile or limit does not fit, and `NotFound` where the realm has no issuing authority.
    """
    enrolment = verify_enrolment_request(request, profile_for(realm).key_types)
    if replaces is None:  # looked at once more when the row is there; whoever is to get none costs no key
        verify_limit(session, clock, realm=realm, user_id=user.id, further=1)
    private_key = create_key_pair(enrolment.key_type)  # before the transaction writes: RSA takes its time
    row = issue_certificate(
        session,
        keys,
        clock,
        realm=realm,
        user=user,
        public_key=private_key.public_key(),
        device_name=enrolment.device_name,
        platform=enrolment.platform,
        published_at=published_at,
        replaces=replaces,
    )
    data = build_pkcs12(
        private_key=private_key,
        certificate=x509.load_der_x509_certificate(row.certificate),
        friendly_name=f"{realm.display_name or realm.name} {user.username}",
        password=enrolment.password,
        encryption=enrolment.encryption,
    )
    return IssuedPKCS12(row, data, build_filename(user.username, realm.name, enrolment.device_name))


def issue_certificate(
    session: Session,
    keys: AuthorityKeys,
    clock: Clock,
    *,
    realm: Realm,
    user: User,
    public_key: PublicKey,
    device_name: str,
    platform: Platform,
    published_at: str = "",
    replaces: Certificate | None = None,
) -> Certificate:
    """Issue a certificate for *public_key*, whose holder the caller has verified, and return its row.

    It names where the revocation list and the authority's certificate are: under *published_at*, or nowhere where that is empty.
    *replaces* is the person's own one that it renews; raises `NotRenewable` where that cannot be.
    Raises `LintFailed` where the key or a name does not fit the profile, `NotFound` where there is no issuing authority, and
    `InvalidInput` where the person holds as many certificates as the realm allows.
    """
    if user.realm_id != realm.id or (replaces is not None and replaces.user_id != user.id):
        raise InvalidInput(user="The account belongs to another realm.")
    now = clock.now().replace(microsecond=0)
    authority = get_issuing_authority(session, realm.id, now)
    issuer = x509.load_der_x509_certificate(authority.certificate)
    profile = profile_for(realm)
    template = build_end_entity_template(
        user,
        realm.display_name or realm.name,
        public_key,
        Validity(now - profile.backdate, now + profile.lifetime),
        issuer,
        settings=profile.settings,
        publication=find_publication(published_at, realm.name, authority.id) if published_at else None,
    )
    prepared = prepare_certificate(template, LintContext(CertificateKind.END_ENTITY, issuer, profile))
    row = _build_row(prepared, authority, user, now)
    row.key_type, row.device_name, row.platform = describe_key(public_key), device_name, platform
    row.key_fingerprint = fingerprint_key(public_key)
    hold_by_id(session, User, user.id)
    verify_still_issuing(session, authority)
    # What was recorded goes again where the limit is passed, whatever the caller does then.
    with session.begin_nested():
        if replaces is not None:
            begin_renewal(session, clock, realm, replaces)
            row.replaces_id = replaces.id
        _record(session, row)
        verify_limit(session, clock, realm=realm, user_id=user.id)
    _sign(session, keys, prepared, authority, row)
    return row


def build_filename(username: str, realm_name: str, device_name: str, suffix: str = ".p12") -> str:
    """Return for example ``alice-demo-laptop.p12``: ASCII letters, digits and single dashes, before *suffix*."""
    text = build_friendly_name(f"{username}-{realm_name}-{device_name}".replace("@", "-at-")).lower()
    plain = re.sub("[^a-z0-9]+", "-", text).strip("-")
    return (plain[:_FILENAME_CHARACTERS].rstrip("-") or "certificate") + suffix


def _build_row(
    prepared: PreparedCertificate, authority: CertificateAuthority, user: User, now: datetime
) -> Certificate:
    linted = prepared.linted
    return Certificate(
        id=new_id(),
        realm_id=authority.realm_id,
        user_id=user.id,
        authority_id=authority.id,
        serial_number=format_serial_number(linted.serial_number),
        fingerprint=linted.fingerprint(hashes.SHA256()).hex(),
        subject=linted.subject.rfc4514_string(),
        issuer=linted.issuer.rfc4514_string(),
        certificate=prepared.record,
        not_before=linted.not_valid_before_utc,
        not_after=linted.not_valid_after_utc,
        created_at=now,
    )


def _record(session: Session, row: Certificate) -> None:
    """Write down what is about to be signed; the table refuses a serial number that was used before."""
    session.add(row)
    session.flush()


def _sign(
    session: Session,
    keys: AuthorityKeys,
    prepared: PreparedCertificate,
    authority: CertificateAuthority,
    row: Certificate,
) -> None:
    certificate = sign_certificate(keys, prepared, authority)
    row.certificate = certificate.public_bytes(Encoding.DER)
    row.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    session.flush()
