"""The verdict on what a browser presented: the only place that decides whether a certificate counts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from idp.clock import Clock
from idp.models import Certificate
from idp.pki.identity_mapping import find_certificate
from idp.pki.path_validation import verify_client_certificate
from idp.pki.presented import PresentedFacts
from idp.pki.rejections import CertificateRejected, Reason
from idp.pki.revocation import RevocationReason
from idp.pki.trust import TrustStore
from idp.storage.transaction import Transaction

_STRANGERS = (Reason.MALFORMED, Reason.UNTRUSTED_ISSUER)


@dataclass(frozen=True)
class Verdict:
    """The outcome; `certificate_id` is set only for a certificate of the very person who was asked, or of whoever it belongs to.

    `presented` holds what the certificate says of itself, and nothing that is known about its owner.
    """

    reason: Reason
    certificate_id: str | None = None
    presented: PresentedFacts | None = None

    @property
    def ok(self) -> bool:
        """Whether the certificate counts as the second factor."""
        return self.reason is Reason.ACCEPTED

    def to_json(self) -> str:
        """Return the verdict as JSON text."""
        presented = self.presented.to_dict() if self.presented else None
        return json.dumps({"reason": self.reason, "certificate_id": self.certificate_id, "presented": presented})

    @classmethod
    def from_json(cls, text: str) -> "Verdict":
        """Return the verdict that `to_json` wrote."""
        values = json.loads(text)
        presented = PresentedFacts.from_dict(values["presented"]) if values["presented"] else None
        return cls(Reason(values["reason"]), values["certificate_id"], presented)


def judge(
    transaction: Transaction,
    clock: Clock,
    *,
    leaf: bytes | None,
    intermediates: Sequence[bytes],
    trust: TrustStore,
    realm_id: str,
    user_id: str | None,
) -> Verdict:
    """Judge the DER of *leaf* for *user_id*, or for its owner where that is None; the caller has seen proof of the private key (TLS).

    Of several reasons the one that comes first in this list is given: none, malformed, untrusted_issuer,
    unknown, other_user, revoked, superseded, then expired, not_yet_valid, wrong_usage and weak_key.
    """
    if trust.realm_id != realm_id:
        raise ValueError("the trust store is another realm's")
    if leaf is None:
        return Verdict(Reason.NONE)
    reason, presented = _validate(leaf, intermediates, trust, clock)
    if presented is None or reason in _STRANGERS:
        return Verdict(reason, None, presented)
    row = find_certificate(transaction, realm_id, presented.fingerprint)
    return _judge_row(row, user_id, reason, presented, clock)


def find_end(row: Certificate, clock: Clock) -> Reason | None:
    """Return revoked or superseded where *row* has ended so, whatever else it is; None where it has not."""
    if row.superseded_at is not None and row.superseded_at <= clock.now():
        given = row.revocation_reason
        return Reason.SUPERSEDED if given in (None, RevocationReason.SUPERSEDED) else Reason.REVOKED
    return None if row.revoked_at is None else Reason.REVOKED


def _validate(
    leaf: bytes, intermediates: Sequence[bytes], trust: TrustStore, clock: Clock
) -> tuple[Reason, PresentedFacts | None]:
    try:
        validated = verify_client_certificate(leaf, intermediates, trust, clock.now())
    except CertificateRejected as rejection:
        return rejection.reason, rejection.presented
    return Reason.ACCEPTED, validated.presented


def _judge_row(
    row: Certificate | None, user_id: str | None, reason: Reason, presented: PresentedFacts, clock: Clock
) -> Verdict:
    if row is None:
        return Verdict(Reason.UNKNOWN if reason is Reason.ACCEPTED else reason, None, presented)
    if (
        user_id is not None and row.user_id != user_id
    ):  # before revocation: whether somebody else's is revoked is not for this person
        return Verdict(Reason.OTHER_USER, None, presented)
    return Verdict(find_end(row, clock) or reason, row.id, presented)
