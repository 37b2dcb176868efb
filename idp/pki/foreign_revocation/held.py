"""What was answered about a certificate, and that a login has needed what is held."""

from datetime import datetime

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.pki.foreign_revocation.answers import NOTICED, find_answer, is_asked_for
from idp.pki.foreign_revocation.list_sources import are_fetched, learn, list_sources_of, note_wanted
from idp.pki.foreign_revocation.questions import Question, Standing


def find_held_answer(session: Session, question: Question, now: datetime) -> Standing:
    """Return what a responder has said; that a certificate is revoked stays true, that it is good only for a time."""
    row = find_answer(session, question)
    if row is None or not row.status:
        return Standing.UNKNOWN
    if row.status == Standing.REVOKED:
        return Standing.REVOKED
    fresh = row.fresh_until is not None and now < row.fresh_until
    return Standing(row.status) if fresh else Standing.UNKNOWN


def note_use(session: Session, clock: Clock, question: Question) -> None:
    """Learn the certificate's addresses, and note, no more than once an hour, that they and its answer are in use."""
    before = clock.now() - NOTICED
    if are_fetched(question.settings) and question.list_addresses:
        _note_sources(session, clock, question, before)
    row = find_answer(session, question) if is_asked_for(question.settings) else None
    if row is not None and row.wanted_at < before:
        row.wanted_at = clock.now()


def _note_sources(session: Session, clock: Clock, question: Question, before: datetime) -> None:
    sources = list_sources_of(session, question.anchor_id, question.list_addresses, question.issuer)
    known = {source.url for source in sources if source.issuer_key}
    new = [url for url in question.list_addresses if url not in known]
    if new:
        learn(session, clock, question.anchor_id, new, question.issuer)
    old = [source.id for source in sources if source.wanted_at < before]
    if old:
        note_wanted(session, clock, old)
