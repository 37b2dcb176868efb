"""The verdict on what a browser presented: the only place that decides whether a certificate counts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.clock import Clock
from idp.models import Certificate
from idp.pki.anchored_paths import verify_persons_certificate
from idp.pki.foreign_claims import Claimant, Purpose, judge_claim
from idp.pki.foreign_status import Assurance, StatusLookup
from idp.pki.identity_mapping import find_certificate
from idp.pki.path_validation import ValidatedCertificate
from idp.pki.presented import PresentedFacts
from idp.pki.proposals import Proposal
from idp.pki.rejections import CertificateRejected, Reason
from idp.pki.revocation import RevocationReason
from idp.pki.trust import TrustStore
from idp.pki.unchecked_status import assume_unknown
from idp.storage.transaction import Transaction

_STRANGERS = (Reason.MALFORMED, Reason.UNTRUSTED_ISSUER)


@dataclass(frozen=True)
class Verdict:
    """The outcome; `certificate_id` is set only for a certificate of the very person who was asked, or of whoever it belongs to.

    `presented` holds what the certificate says of itself, and nothing that is known about its owner. Of one that leads to a foreign
    anchor, `anchor_id` says to which, `assurance` how sure it is that it is not revoked there, and `proposal` what its row is to say
    where it counts and has none yet.
    """

    reason: Reason
    certificate_id: str | None = None
    presented: PresentedFacts | None = None
    anchor_id: str | None = None
    assurance: Assurance | None = None
    proposal: Proposal | None = None

    @property
    def ok(self) -> bool:
        """Whether the certificate counts as the second factor."""
        return self.reason is Reason.ACCEPTED

    def refused(self, reason: Reason) -> "Verdict":
        """Return it as it is when *reason* is found out afterwards."""
        return replace(self, reason=reason, proposal=None)

    def bound_to(self, certificate_id: str) -> "Verdict":
        """Return it with the row that was made of its proposal."""
        return replace(self, certificate_id=certificate_id, proposal=None)

    def to_json(self) -> str:
        """Return the verdict as JSON text."""
        return json.dumps(
            {
                "reason": self.reason,
                "certificate_id": self.certificate_id,
                "presented": self.presented.to_dict() if self.presented else None,
                "anchor_id": self.anchor_id,
                "assurance": self.assurance,
                "proposal": self.proposal.to_dict() if self.proposal else None,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Verdict":
        """Return the verdict that `to_json` wrote."""
        values = json.loads(text)
        return cls(
            Reason(values["reason"]),
            values["certificate_id"],
            PresentedFacts.from_dict(values["presented"]) if values["presented"] else None,
            values["anchor_id"],
            Assurance(values["assurance"]) if values["assurance"] else None,
            Proposal.from_dict(values["proposal"]) if values["proposal"] else None,
        )


@dataclass(frozen=True)
class _Finding:
    """What the certificate itself, and its issuer, say."""

    reason: Reason
    presented: PresentedFacts | None
    validated: ValidatedCertificate | None = None
    assurance: Assurance | None = None


def judge(
    transaction: Transaction,
    clock: Clock,
    *,
    leaf: bytes | None,
    intermediates: Sequence[bytes],
    trust: TrustStore,
    realm_id: str,
    user_id: str | None,
    status: StatusLookup = assume_unknown,
    purpose: Purpose = Purpose.USE,
) -> Verdict:
    """Judge the DER of *leaf* for *user_id*, or for its owner where that is None; the caller has seen proof of the private key (TLS).

    Of several reasons the one that comes first in this list is given: none, malformed, untrusted_issuer,
    unknown, other_user, revoked, superseded, then expired, not_yet_valid, wrong_usage, weak_key, and for foreign certificates
    wrong_policy, status_unknown, ambiguous, unmapped and registration_off. *status* looks up what foreign issuers have revoked; it
    is called before anything is asked of the database, as it may take a while.
    """
    if trust.realm_id != realm_id:
        raise ValueError("the trust store is another realm's")
    if leaf is None:
        return Verdict(Reason.NONE)
    finding = _examine(leaf, intermediates, trust, clock, status)
    presented = finding.presented
    if presented is None or finding.reason in _STRANGERS:
        return Verdict(finding.reason, None, presented)
    row = find_certificate(transaction, realm_id, presented.fingerprint)
    anchor = finding.validated.anchor if finding.validated else None
    if finding.validated is None or anchor is None:
        return _judge_row(row, user_id, finding.reason, presented, clock)
    claim = judge_claim(transaction, finding.validated, row, trust, Claimant(realm_id, user_id, purpose))
    return Verdict(claim.reason, claim.certificate_id, presented, anchor.id, finding.assurance, claim.proposal)


def find_end(row: Certificate, clock: Clock) -> Reason | None:
    """Return revoked or superseded where *row* has ended so, whatever else it is; None where it has not."""
    if row.superseded_at is not None and row.superseded_at <= clock.now():
        given = row.revocation_reason
        return Reason.SUPERSEDED if given in (None, RevocationReason.SUPERSEDED) else Reason.REVOKED
    return None if row.revoked_at is None else Reason.REVOKED


def _examine(
    leaf: bytes, intermediates: Sequence[bytes], trust: TrustStore, clock: Clock, status: StatusLookup
) -> _Finding:
    presented = None
    try:
        validated = verify_persons_certificate(leaf, intermediates, trust, clock.now())
        presented, anchor = validated.presented, validated.anchor
        assurance = status(anchor.id, anchor.settings.revocation, validated.path) if anchor else None
    except CertificateRejected as rejection:
        return _Finding(rejection.reason, rejection.presented or presented)
    return _Finding(Reason.ACCEPTED, presented, validated, assurance)


def _judge_row(
    row: Certificate | None, user_id: str | None, reason: Reason, presented: PresentedFacts, clock: Clock
) -> Verdict:
    if row is None:
        return Verdict(Reason.UNKNOWN if reason is Reason.ACCEPTED else reason, None, presented)
    if (
        user_id is not None and row.user_id != user_id
    ):  # before revocation: whether somebody else's is revoked is not for this person
        return Verdict(Reason.OTHER_USER, None, presented)
    end = find_end(row, clock)
    if end is not None:
        return Verdict(end, row.id, presented)
    if reason is Reason.ACCEPTED and row.trust_anchor_id is not None:
        # a root of ours vouches for it as well, but it was bound under an anchor, and counts with that alone
        return Verdict(Reason.UNTRUSTED_ISSUER, None, presented)
    return Verdict(reason, row.id, presented)
