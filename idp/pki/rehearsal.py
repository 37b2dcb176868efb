"""Try a certificate on a trust anchor, step by step and without writing anything: what would the verdict be, and why?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.clock import Clock
from idp.errors import InvalidInput
from idp.models import User
from idp.pki.anchor_settings import Source
from idp.pki.anchored_paths import FOREIGN_CHECKS, find_path
from idp.pki.foreign_claims import find_past
from idp.pki.foreign_status import StatusLookup
from idp.pki.identity_mapping import Owner, find_certificate, find_owner
from idp.pki.path_validation import ValidatedCertificate, parse_certificate
from idp.pki.presented import PresentedFacts
from idp.pki.proposals import BoundBy
from idp.pki.rejections import CertificateRejected, Reason
from idp.pki.trust import Anchor, TrustStore
from idp.pki.unchecked_status import assume_unknown
from idp.storage.transaction import Transaction


@dataclass(frozen=True)
class Step:
    """One question, whether the certificate passes it, and what was seen."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Rehearsal:
    """The steps in their order; the names that an account was looked for by; its username where one was found; and the reason.

    `reason` is that of the verdict at a login of the account that was found; without one, why there is none.
    """

    presented: PresentedFacts
    steps: tuple[Step, ...]
    reason: Reason
    names: tuple[str, ...] = ()
    username: str | None = None


@dataclass(frozen=True)
class _Outcome:
    step: Step
    reason: Reason


def rehearse(
    transaction: Transaction,
    clock: Clock,
    *,
    pem: bytes,
    trust: TrustStore,
    status: StatusLookup = assume_unknown,
) -> Rehearsal:
    """Try the first certificate of *pem*, with the others as a browser would send them, on the foreign anchors of *trust*.

    Raises `InvalidInput` where *pem* holds no certificate, and `MalformedCertificate`.
    """
    leaf, sent = _read(pem)
    certificate, presented = parse_certificate(leaf)
    try:
        candidate = find_path(certificate, presented, sent, trust, clock.now())
    except CertificateRejected as rejection:
        return Rehearsal(presented, (Step("path", False, str(rejection)),), rejection.reason)
    anchor = candidate.anchor
    if anchor is None:
        return Rehearsal(presented, (Step("path", False, "leads to the realm's own root"),), Reason.UNKNOWN)
    path = _Outcome(Step("path", True, f"{' < '.join(map(_name, candidate.path))} ({anchor.name})"), Reason.ACCEPTED)
    owner, account = _find_account(transaction, trust.realm_id, candidate, anchor)
    outcomes = (path, *_check(candidate, anchor, clock, status), account)
    user = transaction.get(User, owner.user_id) if owner.user_id else None
    return Rehearsal(
        presented,
        tuple(outcome.step for outcome in outcomes),
        next((outcome.reason for outcome in outcomes if outcome.reason is not Reason.ACCEPTED), Reason.ACCEPTED),
        owner.names,
        user.username if user else None,
    )


def _read(pem: bytes) -> tuple[bytes, Sequence[bytes]]:
    try:
        leaf, *sent = (c.public_bytes(Encoding.DER) for c in x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise InvalidInput(certificate="This is not a certificate in PEM.") from error
    return leaf, sent


def _check(candidate: ValidatedCertificate, anchor: Anchor, clock: Clock, status: StatusLookup) -> Iterator[_Outcome]:
    """Yield what comes of each check, also of those after the first that fails."""
    for name, verify in FOREIGN_CHECKS.items():
        yield _try(name, partial(verify, candidate, anchor, clock.now()))
    yield _try("revocation", partial(status, anchor.id, anchor.settings.revocation, candidate.path))


def _try(name: str, check: Callable[[], object]) -> _Outcome:
    try:
        seen = check()
    except CertificateRejected as rejection:
        return _Outcome(Step(name, False, str(rejection)), rejection.reason)
    return _Outcome(Step(name, True, str(seen or "")), Reason.ACCEPTED)


def _find_account(
    transaction: Transaction, realm_id: str, candidate: ValidatedCertificate, anchor: Anchor
) -> tuple[Owner, _Outcome]:
    row = find_certificate(transaction, realm_id, candidate.presented.fingerprint)
    if row is not None and row.bound_by != BoundBy.MAPPING:
        owner, reason, detail = Owner(row.user_id), Reason.ACCEPTED, f"bound to the account ({row.bound_by})"
    else:
        owner = find_owner(transaction, realm_id, anchor.settings.mapping, candidate.certificate)
        reason, detail = _judge_owner(owner, anchor)
    if row is not None and row.revoked_at is not None:
        reason, detail = Reason.REVOKED, "revoked here"
    elif row is None and (past := find_past(transaction, realm_id, candidate.certificate)):
        reason, detail = past, "its key, or another writing of it, has a past here"
    return owner, _Outcome(Step("account", reason is Reason.ACCEPTED, detail), reason)


def _judge_owner(owner: Owner, anchor: Anchor) -> tuple[Reason, str]:
    if owner.ambiguous:
        return Reason.AMBIGUOUS, "several accounts, or too many names"
    if owner.user_id is not None:
        return Reason.ACCEPTED, "found by the mapping"
    if anchor.settings.mapping.source is Source.BOUND:
        return Reason.UNMAPPED, "not bound to anybody, and nothing else is mapped"
    return Reason.UNMAPPED, "no enabled account" if owner.names else "the certificate has no such name"


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:100] or "(no name)"
