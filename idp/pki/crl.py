"""Revocation lists of a realm's roots and issuing authorities (RFC 5280 section 5): made ahead of time, signed once, kept as a row."""

from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate, CertificateAuthority, Realm, RevocationList
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.authority_locks import hold_authority, list_own_issuing_ids, list_own_root_ids
from idp.pki.revocation import RevocationReason
from idp.pki.signing import sign_revocation_list

ROOT_LIST_LIFETIME = timedelta(days=30)
"""How long a root's list is good while its key is here; it names authorities, of which one is revoked in years."""


def list_publishing_ids(session: Session) -> list[str]:
    """Return the ids of the authorities, of all realms, whose lists we make."""
    return [*list_own_issuing_ids(session), *list_own_root_ids(session)]


def publish_if_due(session: Session, keys: AuthorityKeys, clock: Clock, authority_id: str) -> bool:
    """Make the authority's list if it is due and tell whether it was; whoever comes at the same time waits and finds it.

    It is due when there is none, when half of its time is over, and when something was revoked since.
    """
    now = clock.now().replace(microsecond=0)
    if not _is_due(session, authority_id, now):
        return False
    hold_authority(session, authority_id)
    if not _is_due(session, authority_id, now):
        return False
    authority = session.get_one(CertificateAuthority, authority_id)
    _publish(session, keys, authority, now, _find_lifetime(session, authority))
    return True


def publish_now(
    session: Session, keys: AuthorityKeys, clock: Clock, authority: CertificateAuthority, lifetime: timedelta
) -> None:
    """Make the list, due or not, to be good for *lifetime*; *authority* may be a copy that holds a key which the row has not."""
    hold_authority(session, authority.id)
    _publish(session, keys, authority, clock.now().replace(microsecond=0), lifetime)


def _is_due(session: Session, authority_id: str, now: datetime) -> bool:
    statement = select(RevocationList.this_update, RevocationList.next_update).where(
        RevocationList.authority_id == authority_id
    )
    times = session.execute(statement).one_or_none()
    if times is None:
        return True
    this_update, next_update = times
    if now >= this_update + (next_update - this_update) / 2:
        return True
    # This very second's revocations may have come after the list, which is of whole seconds.
    table, below = _find_issued(session.get_one(CertificateAuthority, authority_id))
    revoked_at = session.scalar(select(func.max(table.revoked_at)).where(below))
    return revoked_at is not None and revoked_at >= this_update


def _find_lifetime(session: Session, authority: CertificateAuthority) -> timedelta:
    if authority.kind == "root":
        return ROOT_LIST_LIFETIME
    return timedelta(seconds=session.get_one(Realm, authority.realm_id).crl_lifetime)


def _find_issued(
    authority: CertificateAuthority,
) -> tuple[type[Certificate] | type[CertificateAuthority], ColumnElement[bool]]:
    """Return the table of what *authority* has issued, and the condition that finds it there."""
    if authority.kind == "root":
        return CertificateAuthority, CertificateAuthority.parent_id == authority.id
    return Certificate, Certificate.authority_id == authority.id


def _publish(
    session: Session, keys: AuthorityKeys, authority: CertificateAuthority, now: datetime, lifetime: timedelta
) -> None:
    row = session.get(RevocationList, authority.id, populate_existing=True)
    number = row.number + 1 if row else 1
    entries = _list_entries(session, authority, since=now - lifetime)
    builder = _build(authority, number, now, now + lifetime, entries)
    data = sign_revocation_list(keys, builder, authority).public_bytes(Encoding.DER)
    if row is None:
        row = RevocationList(authority_id=authority.id)
        session.add(row)
    row.number, row.data, row.this_update, row.next_update = number, data, now, now + lifetime
    session.flush()


def _list_entries(session: Session, authority: CertificateAuthority, since: datetime) -> list[x509.RevokedCertificate]:
    """Return what is revoked; an expired certificate stays for one list's time (RFC 5280 section 3.3)."""
    table, below = _find_issued(authority)
    statement = select(table.serial_number, table.revoked_at, table.revocation_reason).where(
        below, table.revoked_at.is_not(None), table.not_after >= since
    )
    return [_build_entry(number, at, reason) for number, at, reason in session.execute(statement) if at is not None]


def _build_entry(serial_number: str, revoked_at: datetime, reason: str | None) -> x509.RevokedCertificate:
    extensions = _describe_reason(reason) if reason else []
    return x509.RevokedCertificateBuilder(int(serial_number, 16), revoked_at, extensions).build()  # in whole seconds


@cache
def _describe_reason(reason: str) -> list[x509.Extension[x509.ExtensionType]]:
    """Return the extension of an entry, one for the thousands that share a reason, each of which only reads it."""
    if reason == RevocationReason.UNSPECIFIED:  # RFC 5280 section 5.3.1: absent rather than unspecified
        return []
    value = x509.CRLReason(x509.ReasonFlags(reason))
    return [x509.Extension(value.oid, False, value)]


def _build(
    authority: CertificateAuthority,
    number: int,
    this_update: datetime,
    next_update: datetime,
    entries: list[x509.RevokedCertificate],
) -> x509.CertificateRevocationListBuilder:
    issuer = x509.load_der_x509_certificate(authority.certificate)
    key_identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_identifier)
    return (
        x509.CertificateRevocationListBuilder(
            issuer_name=issuer.subject, last_update=this_update, next_update=next_update, revoked_certificates=entries
        )
        .add_extension(identifier, critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
