"""Write down whose a foreign certificate is: the row that binds it to its owner, once for each certificate of a realm."""

from dataclasses import dataclass

from cryptography import x509
from sqlalchemy.exc import IntegrityError

from idp.clock import Clock
from idp.errors import IdpError, InvalidInput
from idp.models import Certificate, Realm, TrustAnchor, User, new_id
from idp.pki.anchor_settings import read_anchor_settings
from idp.pki.foreign_claims import find_past, may_bind_at_first_use
from idp.pki.identity_mapping import find_certificate, find_owner
from idp.pki.key_owners import verify_key_owner
from idp.pki.key_pairs import PublicKey, describe_key, fingerprint_key
from idp.pki.limits import verify_limit
from idp.pki.platforms import Platform
from idp.pki.presented import PresentedFacts, read_facts
from idp.pki.proposals import BoundBy, Proposal
from idp.pki.rejections import Reason
from idp.storage.holding import hold_by_id
from idp.storage.transaction import Transaction


class BindingRefused(IdpError):
    """What was proposed no longer holds; `reason` is what the person is told."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Binding:
    """The row, whether it is new, and whose it was before where the mapping gave it to somebody else."""

    row: Certificate
    created: bool
    earlier_user_id: str | None = None


def bind_certificate(
    transaction: Transaction, clock: Clock, *, realm_id: str, proposal: Proposal, device_name: str = ""
) -> Binding:
    """Make *proposal* the person's row, as proven now; *device_name* is the anchor's name where none is given.

    Everything is looked at again, as others may have been quicker: raises `BindingRefused`, and `InvalidInput` where a person
    who registers it holds as many certificates as they may, or where its key is somebody else's or was lost.
    """
    session = transaction.session
    hold_by_id(session, User, proposal.user_id)
    anchor = session.get(TrustAnchor, proposal.anchor_id, populate_existing=True)
    if anchor is None or not anchor.enabled or anchor.realm_id != realm_id:
        raise BindingRefused(Reason.UNTRUSTED_ISSUER)
    certificate = x509.load_der_x509_certificate(proposal.certificate)
    _verify_still_theirs(transaction, anchor, certificate, proposal)
    facts = read_facts(certificate)
    known = find_certificate(transaction, realm_id, facts.fingerprint)
    if known is None:
        past = find_past(transaction, realm_id, certificate)
        if past is not None:
            raise BindingRefused(past)
        _verify_key(transaction, certificate, proposal)
        row = _build_row(facts, certificate, anchor, proposal)
        row.device_name = device_name or anchor.name[:64]
        row.created_at = row.proven_at = clock.now()
        if _insert(transaction, clock, row):
            return Binding(row, created=True)
        known = find_certificate(transaction, realm_id, facts.fingerprint)
    if known is None:
        raise BindingRefused(Reason.UNMAPPED)
    return _take_known(transaction, known, anchor, proposal)


def _verify_still_theirs(
    transaction: Transaction, anchor: TrustAnchor, certificate: x509.Certificate, proposal: Proposal
) -> None:
    settings = read_anchor_settings(anchor.settings)
    owner = find_owner(transaction, anchor.realm_id, settings.mapping, certificate)
    if owner.ambiguous:
        raise BindingRefused(Reason.AMBIGUOUS)
    if owner.user_id not in (None, proposal.user_id):
        raise BindingRefused(Reason.OTHER_USER)
    allowed = {
        BoundBy.MAPPING: owner.user_id == proposal.user_id,
        BoundBy.REGISTERED: settings.registration,
        BoundBy.FIRST_USE: settings.first_use,
    }
    if not allowed.get(proposal.bound_by, False):
        raise BindingRefused(Reason.UNMAPPED)


def _verify_key(transaction: Transaction, certificate: x509.Certificate, proposal: Proposal) -> None:
    """What a person brings must not be a way around the keys that were refused when they asked us to certify them.

    Whom a mapping finds is for the issuer to say, and cards are handed on.
    """
    if proposal.bound_by is BoundBy.MAPPING:
        return
    key, session = _read_key(certificate), transaction.session
    user = session.get_one(User, proposal.user_id)
    hold_by_id(session, Realm, user.realm_id)
    try:
        verify_key_owner(session, user, key)
    except InvalidInput as error:
        if proposal.bound_by is BoundBy.REGISTERED:
            raise
        raise BindingRefused(Reason.OTHER_USER) from error


def _read_key(certificate: x509.Certificate) -> PublicKey:
    key = certificate.public_key()
    if not isinstance(key, PublicKey):
        raise BindingRefused(Reason.WEAK_KEY)
    return key


def _take_known(transaction: Transaction, known: Certificate, anchor: TrustAnchor, proposal: Proposal) -> Binding:
    """Whoever was quicker has it, unless the mapping says that it is no longer theirs."""
    user_id = proposal.user_id
    if known.revoked_at is not None and known.user_id == user_id:
        raise BindingRefused(Reason.REVOKED)
    if known.user_id == user_id:
        return Binding(known, created=False)
    if known.bound_by != BoundBy.MAPPING or proposal.bound_by is not BoundBy.MAPPING:
        raise BindingRefused(Reason.OTHER_USER)
    if known.revoked_at is not None:
        raise BindingRefused(Reason.REVOKED)
    earlier = known.user_id
    known.user_id, known.trust_anchor_id = user_id, anchor.id
    transaction.session.add(known)
    transaction.session.flush()
    return Binding(known, created=False, earlier_user_id=earlier)


def _insert(transaction: Transaction, clock: Clock, row: Certificate) -> bool:
    """Return whether the row was inserted; not where somebody else has the certificate since a moment ago."""
    session = transaction.session
    if row.bound_by == BoundBy.FIRST_USE and not may_bind_at_first_use(transaction, row.user_id):
        raise BindingRefused(Reason.UNMAPPED)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
            if row.bound_by == BoundBy.REGISTERED:
                realm = session.get_one(Realm, row.realm_id)
                verify_limit(session, clock, realm=realm, user_id=row.user_id)
    except IntegrityError:
        return False
    return True


def _build_row(
    facts: PresentedFacts, certificate: x509.Certificate, anchor: TrustAnchor, proposal: Proposal
) -> Certificate:
    key = _read_key(certificate)
    return Certificate(
        id=new_id(),
        realm_id=anchor.realm_id,
        user_id=proposal.user_id,
        trust_anchor_id=anchor.id,
        bound_by=str(proposal.bound_by),
        serial_number=facts.serial_number,
        fingerprint=facts.fingerprint,
        subject=facts.subject,
        issuer=facts.issuer,
        certificate=proposal.certificate,
        key_type=describe_key(key),
        key_fingerprint=fingerprint_key(key),
        platform=str(Platform.OTHER),
        not_before=facts.not_before,
        not_after=facts.not_after,
    )
