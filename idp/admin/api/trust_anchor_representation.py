"""Foreign trust anchors, as the API tells and reads them."""

import ssl
from datetime import datetime
from typing import Any

from pydantic import ConfigDict

from idp.admin.api.representation import Representation, milliseconds, optional_milliseconds
from idp.models import ForeignListSource, TrustAnchor
from idp.pki.foreign_revocation.holdings import HeldList, Holdings

PEM_CHARACTERS = 256 * 1024
LIST_CHARACTERS = 8 * 1024 * 1024


class TrustAnchorRepresentation(Representation):
    """An anchor. `chain` is in PEM: the anchor first, and after it those below it; `settings` are all of them, or else the default."""

    model_config = ConfigDict(extra="ignore", str_max_length=PEM_CHARACTERS)

    id: str | None = None
    name: str | None = None
    enabled: bool | None = None
    chain: str | None = None
    settings: dict[str, Any] | None = None
    subject: str | None = None
    serialNumber: str | None = None
    fingerprint: str | None = None
    notBefore: int | None = None
    notAfter: int | None = None
    createdDate: int | None = None
    updatedDate: int | None = None


class ListRepresentation(Representation):
    """A revocation list in force."""

    issuer: str
    number: str | None = None
    entries: int
    thisUpdate: int
    countsUntil: int
    inTime: bool
    partial: bool
    url: str | None = None


class SourceRepresentation(Representation):
    """An address that lists are fetched from."""

    url: str
    learnt: bool
    fetchedDate: int | None = None
    nextFetchDate: int | None = None
    failures: int
    lastError: str | None = None


class StatusRepresentation(Representation):
    """What is held of an anchor's revocation, and how many certificates are bound under it."""

    boundCertificates: int
    lists: list[ListRepresentation]
    sources: list[SourceRepresentation]
    answers: dict[str, int]
    lastFailure: str | None = None


class ListUploadRepresentation(Representation):
    """A revocation list in PEM."""

    model_config = ConfigDict(extra="ignore", str_max_length=LIST_CHARACTERS)

    list: str


class TakenInRepresentation(Representation):
    """The list that is in force now; `new` is false where it was so already."""

    issuer: str
    number: str | None = None
    new: bool


def describe_anchor(row: TrustAnchor) -> TrustAnchorRepresentation:
    """Return the anchor with its certificates and settings."""
    return TrustAnchorRepresentation(
        id=row.id,
        name=row.name,
        enabled=row.enabled,
        chain=ssl.DER_cert_to_PEM_cert(row.certificate) + row.intermediates.decode(),
        settings=row.settings,
        subject=row.subject,
        serialNumber=row.serial_number,
        fingerprint=row.fingerprint,
        notBefore=milliseconds(row.not_before),
        notAfter=milliseconds(row.not_after),
        createdDate=milliseconds(row.created_at),
        updatedDate=milliseconds(row.updated_at),
    )


def describe_holdings(holdings: Holdings, bound: int, now: datetime) -> StatusRepresentation:
    """Return what is held."""
    return StatusRepresentation(
        boundCertificates=bound,
        lists=[_describe_list(held, now) for held in holdings.lists],
        sources=[_describe_source(source) for source in holdings.sources if source.url],
        answers={status or "pending": number for status, number in holdings.answers},
        lastFailure=f"{holdings.failed.url}: {holdings.failed.last_error}" if holdings.failed else None,
    )


def _describe_list(held: HeldList, now: datetime) -> ListRepresentation:
    row = held.row
    return ListRepresentation(
        issuer=row.issuer,
        number=str(int(row.number, 16)) if row.number else None,
        entries=row.entries,
        thisUpdate=milliseconds(row.this_update),
        countsUntil=milliseconds(held.until),
        inTime=now < held.until,
        partial=row.scope != "all" or bool(row.distribution_points),
        url=held.url or None,
    )


def _describe_source(source: ForeignListSource) -> SourceRepresentation:
    return SourceRepresentation(
        url=source.url,
        learnt=bool(source.issuer_key),
        fetchedDate=optional_milliseconds(source.fetched_at),
        nextFetchDate=optional_milliseconds(source.next_fetch_at),
        failures=source.failures,
        lastError=source.last_error or None,
    )
