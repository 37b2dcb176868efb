"""The addresses that an anchor's lists come from: set by hand, learnt from certificates, or none for those that are uploaded.

An address is learnt only from a certificate whose path is good, and only so many of an anchor are kept. A worker claims one by moving
its next fetch to the end of a lease: when the worker dies, the lease runs out and the address is due again.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import ForeignListSource, TrustAnchor, new_id
from idp.pki.anchor_settings import RevocationMethod, RevocationSettings
from idp.pki.foreign_revocation.issuers import issuer_key
from idp.storage.purge import delete_batch

LEASE = timedelta(minutes=30)  # a fetch may take ten minutes, and a large list a few to be written
MAX_LEARNT = 128
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=12)
FORGOTTEN = timedelta(days=30)
NOTICED = timedelta(hours=1)  # that an address is still wanted is noted this often
_WANTED = timedelta(days=1)
_WITH_LISTS = {RevocationMethod.CRL, RevocationMethod.CRL_THEN_OCSP, RevocationMethod.OCSP_THEN_CRL}


def keep_configured(session: Session, clock: Clock, anchor_id: str, settings: RevocationSettings) -> None:
    """Have rows for the addresses in *settings*, which are the anchor's; delete those that are not to be fetched any more."""
    wanted = _wanted_addresses(settings)
    learns = settings.use_distribution_points and are_fetched(settings)
    rows = session.scalars(select(ForeignListSource).where(ForeignListSource.anchor_id == anchor_id)).all()
    gone = [row.id for row in rows if row.url and (not learns if row.issuer_key else row.url not in wanted)]
    if gone:
        session.execute(delete(ForeignListSource).where(ForeignListSource.id.in_(gone)))
    add_configured(session, clock, anchor_id, settings)


def add_configured(session: Session, clock: Clock, anchor_id: str, settings: RevocationSettings) -> None:
    """Have a row, due at once, for each address in *settings*, also where these are only tried; delete none."""
    there = select(ForeignListSource.url).where(
        ForeignListSource.anchor_id == anchor_id, ForeignListSource.issuer_key == ""
    )
    for url in sorted(_wanted_addresses(settings).difference(session.scalars(there))):
        _insert(session, clock, anchor_id, url)


def _wanted_addresses(settings: RevocationSettings) -> set[str]:
    return set(settings.crl_urls) if are_fetched(settings) else set()


def read_revocation_settings(anchor: TrustAnchor) -> RevocationSettings:
    """Return what the anchor's row says of revocation."""
    return RevocationSettings.model_validate(anchor.settings.get("revocation", {}))


def are_fetched(settings: RevocationSettings) -> bool:
    """Whether lists are looked into at all."""
    return settings.method in _WITH_LISTS


def get_upload_source(session: Session, clock: Clock, anchor_id: str) -> ForeignListSource:
    """Return the row for lists that are uploaded, made where there is none."""
    _insert(session, clock, anchor_id, "")
    return session.scalars(_select(anchor_id, [""], [""])).one()


def list_sources_of(
    session: Session, anchor_id: str, urls: Collection[str], issuer: x509.Certificate
) -> list[ForeignListSource]:
    """Return the rows of these addresses, those set by hand and those learnt for *issuer*."""
    return list(session.scalars(_select(anchor_id, urls, ["", issuer_key(issuer)])))


def learn(session: Session, clock: Clock, anchor_id: str, urls: Iterable[str], issuer: x509.Certificate) -> None:
    """Remember addresses of lists of *issuer*, due at once; where there are too many already, forget one that nobody has needed
    for a day, or else do not learn it.
    """
    learnt = (ForeignListSource.anchor_id == anchor_id, ForeignListSource.issuer_key != "")
    for url in urls:
        number = session.scalar(select(func.count()).select_from(ForeignListSource).where(*learnt)) or 0
        if number >= MAX_LEARNT:
            old = select(ForeignListSource.id).where(*learnt, ForeignListSource.wanted_at < clock.now() - _WANTED)
            oldest = session.scalar(old.order_by(ForeignListSource.wanted_at).limit(1))
            if oldest is None:
                return
            session.execute(delete(ForeignListSource).where(ForeignListSource.id == oldest))
        _insert(session, clock, anchor_id, url, issuer)


def note_wanted(session: Session, clock: Clock, source_ids: Collection[str]) -> None:
    """Note that a login needed these."""
    statement = update(ForeignListSource).where(ForeignListSource.id.in_(source_ids)).values(wanted_at=clock.now())
    session.execute(statement)


def claim_due_source(session: Session, clock: Clock, *, busy: Collection[str] = ()) -> ForeignListSource | None:
    """Claim the address that has been due for longest, of anchors that are enabled and not in *busy*."""
    now = clock.now()
    due = (
        select(ForeignListSource.id)
        .join(TrustAnchor, TrustAnchor.id == ForeignListSource.anchor_id)
        .where(ForeignListSource.next_fetch_at <= now, TrustAnchor.enabled, TrustAnchor.id.not_in(busy))
        .order_by(ForeignListSource.next_fetch_at)
        .limit(1)
    )
    while source_id := session.scalar(due):
        if source := claim(session, clock, source_id, LEASE):
            return source
    return None


def claim(session: Session, clock: Clock, source_id: str, lease: timedelta) -> ForeignListSource | None:
    """Claim this address if it is due; of several at once one gets it."""
    now = clock.now()
    statement = (
        update(ForeignListSource)
        .where(ForeignListSource.id == source_id, ForeignListSource.next_fetch_at <= now)
        .values(next_fetch_at=now + lease)
        .returning(ForeignListSource)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return session.scalars(statement).one_or_none()


def note_success(session: Session, clock: Clock, source_id: str, this_update: datetime, until: datetime) -> None:
    """Note that a list was fetched, and when to fetch it again: at half of its time, and at least twice a day."""
    now = clock.now()
    half = max(this_update + (until - this_update) / 2, now + (until - now) / 4)
    next_fetch_at = min(max(half, now + SHORTEST_PAUSE), now + LONGEST_PAUSE)
    _note(session, source_id, fetched_at=now, next_fetch_at=next_fetch_at, failures=0, last_error="")


def note_failure(session: Session, clock: Clock, source: ForeignListSource, error: str) -> None:
    """Note a failed attempt; try again after 1 m, 2 m, … 1 h."""
    delay = min(FIRST_DELAY * (1 << min(source.failures, 10)), LONGEST_DELAY)
    _note(
        session,
        source.id,
        next_fetch_at=clock.now() + delay,
        failures=source.failures + 1,
        last_error=error,
    )


def leave_to_background(session: Session, clock: Clock, source_id: str) -> None:
    """Note that a login had too little time for it."""
    _note(session, source_id, next_fetch_at=clock.now())


def purge_sources(session: Session, clock: Clock) -> int:
    """Delete addresses that were learnt and that nobody has needed for a month; return how many."""
    learnt, old = ForeignListSource.issuer_key != "", ForeignListSource.wanted_at < clock.now() - FORGOTTEN
    return delete_batch(session, ForeignListSource, learnt, old)


def list_issuers(session: Session, anchor: TrustAnchor, source: ForeignListSource) -> list[x509.Certificate]:
    """Return whose lists are believed from this source: its issuer's, or those of the anchor and of what is known below it."""
    if source.issuer:
        return [x509.load_der_x509_certificate(source.issuer)]
    learnt = select(ForeignListSource.issuer).where(
        ForeignListSource.anchor_id == anchor.id, ForeignListSource.issuer_key != ""
    )
    return [
        x509.load_der_x509_certificate(anchor.certificate),
        *(x509.load_pem_x509_certificates(anchor.intermediates) if anchor.intermediates else ()),
        *map(x509.load_der_x509_certificate, dict.fromkeys(session.scalars(learnt))),
    ]


def _select(anchor_id: str, urls: Collection[str], issuer_keys: Collection[str]) -> Select[ForeignListSource]:
    return select(ForeignListSource).where(
        ForeignListSource.anchor_id == anchor_id,
        ForeignListSource.url.in_(urls),
        ForeignListSource.issuer_key.in_(issuer_keys),
    )


def _insert(session: Session, clock: Clock, anchor_id: str, url: str, issuer: x509.Certificate | None = None) -> None:
    """Insert a row unless there is one, whoever else does the same at the same time."""
    now = clock.now()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "id": new_id(),
        "anchor_id": anchor_id,
        "url": url,
        "issuer_key": issuer_key(issuer) if issuer else "",
        "issuer": issuer.public_bytes(Encoding.DER) if issuer else b"",
        "created_at": now,
        "wanted_at": now,
        "next_fetch_at": now if url else None,
        "failures": 0,
        "last_error": "",
    }
    session.execute(insert(ForeignListSource).values(values).on_conflict_do_nothing())


def _note(session: Session, source_id: str, **values: object) -> None:
    statement = update(ForeignListSource).where(ForeignListSource.id == source_id).values(values)
    session.execute(statement.execution_options(synchronize_session=False))
