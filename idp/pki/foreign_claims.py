"""Whether a valid foreign certificate is the person's who presents it: by its row, by what the realm maps, or not yet at all."""

from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Table, bindparam, select

from idp.models import Certificate, User
from idp.pki.identity_mapping import Owner, find_owner, is_rewritten
from idp.pki.key_owners import is_compromised
from idp.pki.path_validation import ValidatedCertificate
from idp.pki.proposals import BoundBy, Proposal
from idp.pki.rejections import Reason
from idp.pki.trust import Anchor, TrustStore
from idp.storage.transaction import Transaction

_CERTIFICATE: Table = Certificate.__table__  # type: ignore[assignment]
_ANY_OF = select(_CERTIFICATE.c.id).where(_CERTIFICATE.c.user_id == bindparam("user_id")).limit(1)


class Purpose(StrEnum):
    """What a certificate is presented for: to count, to count right after the password, or to be registered."""

    USE = "use"
    FRESH_LOGIN = "fresh_login"
    REGISTRATION = "registration"


@dataclass(frozen=True)
class Claim:
    """The outcome: a row of the person, or what its row is to say where there is none, or a reason why neither."""

    reason: Reason
    certificate_id: str | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True)
class Claimant:
    """Who presents a certificate in which realm, and what for; without *user_id*, whoever it belongs to."""

    realm_id: str
    user_id: str | None
    purpose: Purpose

    def may_be(self, user_id: str | None) -> bool:
        """Tell whether that person may be the one, or nobody is named."""
        return user_id is None or self.user_id in (None, user_id)


def judge_claim(
    transaction: Transaction,
    validated: ValidatedCertificate,
    row: Certificate | None,
    trust: TrustStore,
    claimant: Claimant,
) -> Claim:
    """Judge *validated*, which leads to a foreign anchor, and whose row is *row* or which has none, for *claimant*."""
    anchor = validated.anchor
    if anchor is None:
        raise ValueError("this certificate is not foreign")
    if row is not None and row.bound_by != BoundBy.MAPPING:
        return _judge_bound(row, trust, claimant)
    past = None if row is not None else find_past(transaction, claimant.realm_id, validated.certificate)
    if past is not None:
        return Claim(past)
    owner = find_owner(transaction, claimant.realm_id, anchor.settings.mapping, validated.certificate)
    if owner.ambiguous or not claimant.may_be(owner.user_id):
        return Claim(Reason.AMBIGUOUS if owner.ambiguous else Reason.OTHER_USER)
    if row is not None:
        return _judge_mapped(validated, anchor, row, owner, claimant)
    if owner.user_id is not None:
        return _propose(validated, anchor, BoundBy.MAPPING, owner.user_id)
    return _judge_new(transaction, validated, anchor, claimant)


def find_past(transaction: Transaction, realm_id: str, certificate: x509.Certificate) -> Reason | None:
    """Return why *certificate*, which has no row, is to get none: what other rows say of it or of its key. None where nothing does."""
    if is_rewritten(transaction, realm_id, certificate):
        return Reason.MALFORMED
    return Reason.REVOKED if is_compromised(transaction.session, realm_id, certificate.public_key()) else None


def may_bind_at_first_use(transaction: Transaction, user_id: str) -> bool:
    """Tell whether the person has never had a certificate, and has not switched two-factor login on.

    Otherwise a stolen password and any card of the authority would do once the real certificate is revoked or gone.
    """
    user = transaction.get(User, user_id)
    without = transaction.find(_ANY_OF, {"user_id": user_id}) is None
    return user is not None and user.two_factor_enabled_at is None and without


def _judge_bound(row: Certificate, trust: TrustStore, claimant: Claimant) -> Claim:
    if not claimant.may_be(row.user_id):
        return Claim(Reason.OTHER_USER)
    if row.revoked_at is not None:
        return Claim(Reason.REVOKED, row.id)
    if (
        trust.find_anchor(row.trust_anchor_id) is None
    ):  # what was bound under an anchor counts no longer than the anchor
        return Claim(Reason.UNTRUSTED_ISSUER)
    return Claim(Reason.ACCEPTED, row.id)


def _judge_mapped(
    validated: ValidatedCertificate, anchor: Anchor, row: Certificate, owner: Owner, claimant: Claimant
) -> Claim:
    """The mapping found *row*'s owner once; whom it finds today is what counts."""
    theirs = row.user_id == (claimant.user_id or owner.user_id)
    if row.revoked_at is not None:
        return Claim(Reason.REVOKED, row.id if theirs else None)
    if owner.user_id is None:
        return Claim(Reason.UNMAPPED)
    return Claim(Reason.ACCEPTED, row.id) if theirs else _propose(validated, anchor, BoundBy.MAPPING, owner.user_id)


def _judge_new(transaction: Transaction, validated: ValidatedCertificate, anchor: Anchor, claimant: Claimant) -> Claim:
    settings, user_id = anchor.settings, claimant.user_id
    if user_id is None:
        return Claim(Reason.UNMAPPED)
    if claimant.purpose is Purpose.REGISTRATION:
        allowed = settings.registration
        return _propose(validated, anchor, BoundBy.REGISTERED, user_id) if allowed else Claim(Reason.REGISTRATION_OFF)
    first_use = settings.first_use and claimant.purpose is Purpose.FRESH_LOGIN
    if first_use and may_bind_at_first_use(transaction, user_id):
        return _propose(validated, anchor, BoundBy.FIRST_USE, user_id)
    return Claim(Reason.UNMAPPED)


def _propose(validated: ValidatedCertificate, anchor: Anchor, bound_by: BoundBy, user_id: str) -> Claim:
    der = validated.certificate.public_bytes(Encoding.DER)
    return Claim(Reason.ACCEPTED, proposal=Proposal(anchor.id, user_id, bound_by, der))
