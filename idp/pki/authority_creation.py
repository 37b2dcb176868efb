"""Making a realm's authorities: each is linted, recorded, signed once and verified."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from idp.models import CertificateAuthority, Realm, new_id
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.lints import CertificateKind, LintContext
from idp.pki.names import MAXIMUM_OCTETS, build_name, sanitise
from idp.pki.preparation import PreparedCertificate, prepare_certificate
from idp.pki.profiles import BACKDATE
from idp.pki.publication import find_root_publication
from idp.pki.serial_numbers import format_serial_number
from idp.pki.signing import AuthorityKey, create_authority_key, sign_certificate
from idp.pki.templates import Validity, build_issuing_template, build_root_template

# People's certificates last up to 825 days and must end within their issuer's time: an issuing authority of
# ten years issues for more than seven, and a root of twenty outlives two of them.
ROOT_LIFETIME = timedelta(days=20 * 365)
ISSUING_LIFETIME = timedelta(days=10 * 365)


def create_root(
    session: Session, keys: AuthorityKeys, *, realm: Realm, generation: int, now: datetime
) -> CertificateAuthority:
    """Create the root of a realm's *generation* (from 1); *now* is in whole seconds."""
    key = create_authority_key(keys)
    name = build_authority_name(realm, "Root CA", generation)
    template = build_root_template(name, key.public_key, Validity(now - BACKDATE, now + ROOT_LIFETIME))
    prepared = prepare_certificate(template, LintContext(CertificateKind.ROOT))
    root = _record(session, prepared, key=key, realm=realm, now=now, parent=None)
    return _sign(session, keys, prepared, root, signer=root)


def create_issuing_authority(
    session: Session,
    keys: AuthorityKeys,
    *,
    realm: Realm,
    generation: int,
    now: datetime,
    root: CertificateAuthority,
    published_at: str = "",
) -> CertificateAuthority:
    """Create the issuing authority of a realm's *generation* under *root*, whose addresses are under *published_at*, or nowhere."""
    key = create_authority_key(keys)
    issuer = x509.load_der_x509_certificate(root.certificate)
    name = build_authority_name(realm, "Issuing CA", generation)
    validity = Validity(now - BACKDATE, now + ISSUING_LIFETIME)
    publication = find_root_publication(published_at, realm.name, root.id) if published_at else None
    template = build_issuing_template(name, key.public_key, validity, issuer, publication=publication)
    prepared = prepare_certificate(template, LintContext(CertificateKind.ISSUING, issuer))
    authority = _record(session, prepared, key=key, realm=realm, now=now, parent=root)
    return _sign(session, keys, prepared, authority, signer=root)


def build_authority_name(realm: Realm, role: str, generation: int) -> x509.Name:
    """Return for example ``O=Demo, CN=Countersign demo Root CA``; a later generation gets its number."""
    suffix = f" {role}" if generation == 1 else f" {role} {generation}"
    short = sanitise(realm.name, MAXIMUM_OCTETS - len("Countersign ") - len(suffix))
    return build_name(f"Countersign {short}{suffix}", realm.display_name or realm.name)


def _record(
    session: Session,
    prepared: PreparedCertificate,
    *,
    key: AuthorityKey,
    realm: Realm,
    now: datetime,
    parent: CertificateAuthority | None,
) -> CertificateAuthority:
    """Write down what is about to be signed, before it is signed."""
    linted = prepared.linted
    row = CertificateAuthority(
        id=new_id(),
        realm_id=realm.id,
        parent_id=parent.id if parent else None,
        kind="issuing" if parent else "root",
        status="active",
        subject=linted.subject.rfc4514_string(),
        serial_number=format_serial_number(linted.serial_number),
        fingerprint=linted.fingerprint(hashes.SHA256()).hex(),
        certificate=prepared.record,
        private_key_encrypted=key.private_key_encrypted,
        not_before=linted.not_valid_before_utc,
        not_after=linted.not_valid_after_utc,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _sign(
    session: Session,
    keys: AuthorityKeys,
    prepared: PreparedCertificate,
    row: CertificateAuthority,
    signer: CertificateAuthority,
) -> CertificateAuthority:
    certificate = sign_certificate(keys, prepared, signer)
    row.certificate = certificate.public_bytes(Encoding.DER)
    row.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    session.flush()
    return row
