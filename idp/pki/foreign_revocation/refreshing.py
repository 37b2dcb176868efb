"""Fetch a list from its address, or take the file that was uploaded, and let it be in force."""

import base64
import binascii
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

import structlog
from cryptography import x509

from idp.models import ForeignListSource, TrustAnchor
from idp.pki.foreign_revocation.errors import ListRefused, NothingLearnt
from idp.pki.foreign_revocation.list_document import read_document
from idp.pki.foreign_revocation.list_sources import (
    get_upload_source,
    list_issuers,
    note_failure,
    note_success,
    read_revocation_settings,
)
from idp.pki.foreign_revocation.list_store import Pause, Place, rest, take_in
from idp.pki.foreign_revocation.list_verification import VerifiedList, verify_list
from idp.pki.foreign_revocation.sources import MAX_LIST_OCTETS, Allowance, Means

BACKGROUND = Allowance(seconds=600.0, max_octets=MAX_LIST_OCTETS)
_IN_MEMORY = 2**20
_PEM = b"-----BEGIN X509 CRL-----"
log = structlog.get_logger()


@dataclass(frozen=True)
class TakenIn:
    """A list that is in force now, and whether it was not before."""

    found: VerifiedList
    new: bool


def refresh_list(
    means: Means,
    source: ForeignListSource,
    *,
    allowance: Allowance = BACKGROUND,
    more_issuers: Sequence[x509.Certificate] = (),
    pause: Pause = rest,
) -> TakenIn:
    """Fetch the list of a source that was claimed, and note what came of it; raise `NothingLearnt`."""
    try:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            means.sources.fetch_list(source.url, file, allowance)
            taken = _take(means, source, file, more_issuers, pause)
    except NothingLearnt as error:
        with means.database.transaction() as session:
            note_failure(session, means.clock, source, str(error))
        if not source.failures:  # one line when it begins to fail
            log.warning("revocation list not taken in", url=source.url, error=str(error))
        raise
    found = taken.found
    with means.database.transaction() as session:
        until = found.next_update or found.this_update + timedelta(days=1)
        note_success(session, means.clock, source.id, found.this_update, until)
    if taken.new or source.failures:
        log.info("revocation list taken in", url=source.url, number=found.number, next_update=str(found.next_update))
    return taken


def upload_list(means: Means, anchor_id: str, file: IO[bytes]) -> TakenIn:
    """Take in the list in *file*, in DER or PEM, for an anchor; raise `ListRefused`."""
    with means.database.transaction() as session:
        source = get_upload_source(session, means.clock, anchor_id)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as binary:
        _copy_binary(file, binary)
        return _take(means, source, binary, (), rest)


def _take(
    means: Means, source: ForeignListSource, file: IO[bytes], more_issuers: Sequence[x509.Certificate], pause: Pause
) -> TakenIn:
    document = read_document(file)
    with means.database.transaction() as session:
        anchor = session.get(TrustAnchor, source.anchor_id)
        if anchor is None:
            raise ListRefused("its anchor is gone")
        issuers, settings = [*list_issuers(session, anchor, source), *more_issuers], read_revocation_settings(anchor)
    found = verify_list(document, issuers, means.clock.now(), timedelta(seconds=settings.maximum_age))
    new = take_in(means.database, means.clock, Place(source.anchor_id, source.id), found, pause=pause)
    return TakenIn(found, new)


def _copy_binary(file: IO[bytes], into: IO[bytes]) -> None:
    """Copy a list, out of PEM (RFC 7468 section 6) where it is in that; raise `ListRefused` where it is too large."""
    first = file.readline(256)
    is_pem = first.strip() == _PEM
    size = 0 if is_pem else into.write(first)
    while piece := file.readline(256) if is_pem else file.read(65_536):
        if is_pem and piece.startswith(b"-----END"):
            break
        size += into.write(_decode(piece) if is_pem else piece)
        if size > MAX_LIST_OCTETS:
            raise ListRefused("it is too large")


def _decode(line: bytes) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except binascii.Error as error:
        raise ListRefused("malformed: it is not in PEM") from error
