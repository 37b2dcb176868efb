"""What is held of an anchor's revocation, how old it is, and what went wrong last, for people to read."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from idp.models import ForeignAnswer, ForeignList, ForeignListSource, TrustAnchor
from idp.pki.foreign_revocation.list_sources import read_revocation_settings
from idp.pki.foreign_revocation.list_store import IN_FORCE


def describe_anchor(session: Session, anchor: TrustAnchor, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield a name and a text for each line."""
    settings = read_revocation_settings(anchor)
    yield (
        "revocation",
        f"{settings.method}, {'counts' if settings.fail_open else 'refused'} where nothing can be learnt",
    )
    of_anchor = (
        select(ForeignListSource).where(ForeignListSource.anchor_id == anchor.id).order_by(ForeignListSource.url)
    )
    sources = {row.id: row for row in session.scalars(of_anchor)}
    for row in session.scalars(_select_lists(anchor)):
        yield (
            "list",
            _describe_list(row, sources[row.source_id or ""].url, now, timedelta(seconds=settings.maximum_age)),
        )
    for source in sources.values():
        if source.url:
            yield "address", _describe_source(source, now)
    yield from _describe_answers(session, anchor, now)


def _describe_answers(session: Session, anchor: TrustAnchor, now: datetime) -> Iterator[tuple[str, str]]:
    of_anchor = ForeignAnswer.anchor_id == anchor.id
    counts = select(ForeignAnswer.status, func.count()).where(of_anchor).group_by(ForeignAnswer.status)
    texts = [f"{number} {status or 'without an answer yet'}" for status, number in session.execute(counts)]
    if texts:
        yield "answers", ", ".join(sorted(texts))
    failed = (
        select(ForeignAnswer).where(of_anchor, ForeignAnswer.last_error != "").order_by(ForeignAnswer.asked_at.desc())
    )
    for answer in session.scalars(failed.limit(1)):
        yield "failed", f"{_age(answer.asked_at, now)}, {answer.url}: {answer.last_error}"


def _select_lists(anchor: TrustAnchor) -> Select[ForeignList]:
    in_force = select(ForeignList).where(ForeignList.anchor_id == anchor.id, *IN_FORCE)
    return in_force.order_by(ForeignList.issuer, ForeignList.id)


def _describe_list(row: ForeignList, url: str, now: datetime, maximum_age: timedelta) -> str:
    until = row.next_update or row.this_update + maximum_age
    state = "in time" if now < until else "TOO OLD"
    number = f"number {int(row.number, 16)}" if row.number else "no number"
    part = "" if row.scope == "all" and not row.distribution_points else ", for a part of its certificates"
    return (
        f"{row.issuer}: {number}, {row.entries} entries{part}, of {row.this_update:%Y-%m-%d %H:%M} until "
        f"{until:%Y-%m-%d %H:%M} UTC ({state}), {'from ' + url if url else 'uploaded'}"
    )


def _describe_source(source: ForeignListSource, now: datetime) -> str:
    fetched = f"fetched {_age(source.fetched_at, now)}" if source.fetched_at else "never fetched"
    learnt = "learnt from a certificate" if source.issuer_key else "set by hand"
    failures = f"; failed {source.failures} times: {source.last_error}" if source.failures else ""
    return f"{source.url}, {learnt}, {fetched}{failures}"


def _age(at: datetime, now: datetime) -> str:
    minutes = max(0, int((now - at).total_seconds() // 60))
    return f"{minutes // 60} h {minutes % 60} min ago"
