"""What is held of an anchor's revocation, how old it is, and what went wrong last, for people to read."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from idp.models import ForeignListSource, TrustAnchor
from idp.pki.foreign_revocation.holdings import HeldList, find_holdings
from idp.pki.foreign_revocation.list_sources import read_revocation_settings


def describe_anchor(session: Session, anchor: TrustAnchor, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield a name and a text for each line."""
    settings = read_revocation_settings(anchor)
    yield (
        "revocation",
        f"{settings.method}, {'counts' if settings.fail_open else 'refused'} where nothing can be learnt",
    )
    holdings = find_holdings(session, anchor, timedelta(seconds=settings.maximum_age))
    for held in holdings.lists:
        yield "list", _describe_list(held, now)
    for source in holdings.sources:
        if source.url:
            yield "address", _describe_source(source, now)
    texts = [f"{number} {status or 'without an answer yet'}" for status, number in holdings.answers]
    if texts:
        yield "answers", ", ".join(sorted(texts))
    if holdings.failed is not None:
        failed = holdings.failed
        yield "failed", f"{_age(failed.asked_at, now)}, {failed.url}: {failed.last_error}"


def _describe_list(held: HeldList, now: datetime) -> str:
    row, url, until = held.row, held.url, held.until
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
