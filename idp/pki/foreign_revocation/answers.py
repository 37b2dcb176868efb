"""OCSP answers as rows: kept until they are no longer fresh, asked for within a login, and again beside it while they are in use."""

from collections.abc import Collection
from datetime import timedelta

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import ForeignAnswer, TrustAnchor, new_id
from idp.pki.anchor_settings import RevocationMethod, RevocationSettings
from idp.pki.foreign_revocation.errors import AnswerRefused, NothingLearnt
from idp.pki.foreign_revocation.held_lists import is_listed
from idp.pki.foreign_revocation.ocsp_client import OcspQuestion, VerifiedAnswer, build_question, verify_answer
from idp.pki.foreign_revocation.questions import Question, Standing
from idp.pki.foreign_revocation.sources import Means
from idp.storage.purge import delete_batch

ASK_SECONDS = 3.0
LEASE = timedelta(minutes=1)
ASK_AGAIN = timedelta(seconds=15)
"""A responder that was silent is not asked again by the next login within that time."""
USED_LATELY = timedelta(days=1)
FORGOTTEN = timedelta(days=30)
NOTICED = timedelta(hours=1)
_FIRST_DELAY, _LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)
_SHORTEST_PAUSE = timedelta(minutes=1)
_WITH_ANSWERS = {RevocationMethod.OCSP, RevocationMethod.CRL_THEN_OCSP, RevocationMethod.OCSP_THEN_CRL}
log = structlog.get_logger()


def find_answer(session: Session, question: Question) -> ForeignAnswer | None:
    """Return what was answered, or that it was asked."""
    return session.scalars(
        select(ForeignAnswer).where(
            ForeignAnswer.anchor_id == question.anchor_id,
            ForeignAnswer.issuer_key == question.issuer_key,
            ForeignAnswer.serial_number == question.serial_number,
        )
    ).one_or_none()


def begin_asking(session: Session, clock: Clock, question: Question) -> ForeignAnswer | None:
    """Return the row to ask for now, made where there is none; None where there is nobody to ask, or too soon."""
    url, now = question.responder, clock.now()
    if url is None:
        return None
    row = find_answer(session, question)
    if row is not None and row.failures and now < row.asked_at + ASK_AGAIN:
        return None
    if row is None:
        _insert(session, clock, question, url)
        row = find_answer(session, question)
    if row is not None:
        row.url, row.asked_at, row.next_fetch_at = url, now, now + LEASE
    return row


def claim_due_answer(session: Session, clock: Clock, *, busy: Collection[str] = ()) -> ForeignAnswer | None:
    """Claim the answer that has been due for longest, of certificates that were used lately and anchors not in *busy*."""
    now = clock.now()
    due = (
        select(ForeignAnswer.id)
        .join(TrustAnchor, TrustAnchor.id == ForeignAnswer.anchor_id)
        .where(
            ForeignAnswer.next_fetch_at <= now,
            ForeignAnswer.wanted_at > now - USED_LATELY,
            TrustAnchor.enabled,
            TrustAnchor.id.not_in(busy),
        )
        .order_by(ForeignAnswer.next_fetch_at)
        .limit(1)
    )
    while answer_id := session.scalar(due):
        claim = (
            update(ForeignAnswer)
            .where(ForeignAnswer.id == answer_id, ForeignAnswer.next_fetch_at <= now)
            .values(next_fetch_at=now + LEASE, asked_at=now)
            .returning(ForeignAnswer)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        if answer := session.scalars(claim).one_or_none():
            return answer
    return None


def ask(means: Means, row: ForeignAnswer, settings: RevocationSettings, seconds: float = ASK_SECONDS) -> Standing:
    """Ask the responder of *row* and keep what it says; raise `NothingLearnt`."""
    question = build_question(
        x509.load_der_x509_certificate(row.issuer), int.from_bytes(row.serial_number, "big", signed=True)
    )
    try:
        data = means.sources.ask_responder(row.url, question.data, seconds)
        answer = _verify(means, row, settings, question, data)
    except NothingLearnt as error:
        _note_failure(means, row, str(error))
        raise
    _note(means, row, answer)
    return answer.standing


def is_asked_for(settings: RevocationSettings) -> bool:
    """Whether responders are asked at all."""
    return settings.method in _WITH_ANSWERS


def purge_answers(session: Session, clock: Clock) -> int:
    """Delete answers about certificates that nobody has used for a month; return how many."""
    return delete_batch(session, ForeignAnswer, ForeignAnswer.wanted_at < clock.now() - FORGOTTEN)


def _verify(
    means: Means, row: ForeignAnswer, settings: RevocationSettings, question: OcspQuestion, data: bytes
) -> VerifiedAnswer:
    told = x509.load_pem_x509_certificate(settings.ocsp_signer.encode()) if settings.ocsp_signer else None
    answer = verify_answer(data, question, told, means.clock.now(), timedelta(seconds=settings.maximum_age))
    if row.this_update is not None and answer.this_update < row.this_update:
        raise AnswerRefused("it is older than the one that is held")
    if answer.delegate is not None:
        with means.database.transaction() as session:
            if is_listed(session, row.anchor_id, row.issuer_key, answer.delegate):
                raise AnswerRefused("the certificate of its signer is revoked")
    return answer


def _note(means: Means, row: ForeignAnswer, answer: VerifiedAnswer) -> None:
    now = means.clock.now()
    half = max(answer.this_update + (answer.fresh_until - answer.this_update) / 2, now + (answer.fresh_until - now) / 4)
    # Of two answers that come at once, the newer one stays.
    older = (ForeignAnswer.this_update.is_(None)) | (ForeignAnswer.this_update <= answer.this_update)
    statement = update(ForeignAnswer).where(ForeignAnswer.id == row.id, older)
    values = {
        "status": answer.standing,
        "this_update": answer.this_update,
        "fresh_until": answer.fresh_until,
        "next_fetch_at": max(half, now + _SHORTEST_PAUSE),
        "failures": 0,
        "last_error": "",
    }
    with means.database.transaction() as session:
        session.execute(statement.values(values))
    if row.failures:
        log.info("OCSP responder answers again", url=row.url)


def _note_failure(means: Means, row: ForeignAnswer, error: str) -> None:
    delay = min(_FIRST_DELAY * (1 << min(row.failures, 10)), _LONGEST_DELAY)
    values = {
        "next_fetch_at": means.clock.now() + delay,
        "failures": row.failures + 1,
        "last_error": error,
    }
    with means.database.transaction() as session:
        session.execute(update(ForeignAnswer).where(ForeignAnswer.id == row.id).values(values))
    if not row.failures:
        log.warning("OCSP answer not taken in", url=row.url, error=error)


def _insert(session: Session, clock: Clock, question: Question, url: str) -> None:
    now = clock.now()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "id": new_id(),
        "anchor_id": question.anchor_id,
        "issuer_key": question.issuer_key,
        "issuer": question.issuer.public_bytes(Encoding.DER),
        "serial_number": question.serial_number,
        "url": url,
        "status": "",
        "wanted_at": now,
        "asked_at": now,
        "next_fetch_at": now,
        "failures": 0,
        "last_error": "",
    }
    session.execute(insert(ForeignAnswer).values(values).on_conflict_do_nothing())
