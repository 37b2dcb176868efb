"""What a login that knows too little asks for itself: a responder, or an address whose list is small; the rest is the background's."""

import time
from datetime import timedelta

from idp.models import ForeignListSource
from idp.pki.foreign_revocation.answers import ASK_SECONDS, ask, begin_asking
from idp.pki.foreign_revocation.errors import NothingLearnt, SourceSilent
from idp.pki.foreign_revocation.held import find_held_answer
from idp.pki.foreign_revocation.held_lists import find_listed
from idp.pki.foreign_revocation.list_sources import (
    add_configured,
    claim,
    leave_to_background,
    list_sources_of,
)
from idp.pki.foreign_revocation.questions import Question, Standing
from idp.pki.foreign_revocation.refreshing import refresh_list
from idp.pki.foreign_revocation.sources import Allowance, Means

SMALL_LIST_OCTETS = 2**20
"""Most lists are smaller, and are read and written within a second."""
_LEASE = timedelta(minutes=1)
_MAX_FETCHES = 2
_TOO_LITTLE = 0.05


class Budget:
    """The time that a login has for asking."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def take(self) -> float:
        """Return how long the next server may be waited for; 0 where there is no time left."""
        left = self._until - time.monotonic()
        return min(left, ASK_SECONDS) if left > _TOO_LITTLE else 0.0


def ask_for_answer(means: Means, question: Question, budget: Budget) -> Standing:
    """Ask the responder, if there is one and what it said is not fresh."""
    with means.database.transaction() as session:
        held = find_held_answer(session, question, means.clock.now())
        seconds = budget.take() if held is Standing.UNKNOWN else 0.0
        row = begin_asking(session, means.clock, question) if seconds else None
    if row is None:
        return held
    try:
        return ask(means, row, question.settings, seconds)
    except NothingLearnt:
        return Standing.UNKNOWN


def ask_for_lists(means: Means, question: Question, budget: Budget) -> Standing:
    """Look into the lists; where they say nothing, fetch those that are due and small. The background has those that are not."""
    if (held := _look(means, question)) is not Standing.UNKNOWN:
        return held
    for source in _list_due(means, question)[:_MAX_FETCHES]:
        seconds = budget.take()
        if seconds:
            _fetch(means, question, source, seconds)
    return _look(means, question)


def _look(means: Means, question: Question) -> Standing:
    with means.database.transaction() as session:
        return find_listed(session, question, means.clock.now())


def _list_due(means: Means, question: Question) -> list[ForeignListSource]:
    """Return the question's addresses that are due, those that are new here included; what has failed is the background's."""
    settings, now = question.settings, means.clock.now()
    urls = {*question.list_addresses, *settings.crl_urls}
    with means.database.transaction() as session:
        add_configured(session, means.clock, question.anchor_id, settings)
        rows = list_sources_of(session, question.anchor_id, urls, question.issuer)
    return [row for row in rows if row.next_fetch_at is not None and row.next_fetch_at <= now and not row.failures]


def _fetch(means: Means, question: Question, source: ForeignListSource, seconds: float) -> None:
    with means.database.transaction() as session:
        claimed = claim(session, means.clock, source.id, _LEASE)
    if claimed is None:
        return
    try:
        refresh_list(means, claimed, allowance=Allowance(seconds, SMALL_LIST_OCTETS), more_issuers=[question.issuer])
    except SourceSilent:
        with means.database.transaction() as session:
            leave_to_background(session, means.clock, claimed.id)
    except NothingLearnt:
        return
