"""Revocation lists in memory: the row is asked for its number once a second, and for its octets once a list."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from idp.models import CertificateAuthority, RevocationList
from idp.storage.cache import MomentaryCache
from idp.storage.database import Database


@dataclass(frozen=True)
class PublishedList:
    """One list in DER, with its number and its times."""

    number: int
    data: bytes
    this_update: datetime
    next_update: datetime


class PublishedLists:
    """The newest list of each authority, by realm id and authority id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lists: dict[str, PublishedList] = {}
        self._current = MomentaryCache(self._load)

    def find(self, realm_id: str, authority_id: str) -> PublishedList | None:
        """Return the list, at most a second old, or None where that authority has none."""
        return self._current.get((realm_id, authority_id))

    def _load(self, key: tuple[str, str]) -> PublishedList | None:
        realm_id, authority_id = key
        which = (
            RevocationList.authority_id == authority_id,
            CertificateAuthority.id == RevocationList.authority_id,
            CertificateAuthority.realm_id == realm_id,
        )
        with self._database.transaction() as session:
            number = session.scalar(select(RevocationList.number).where(*which))
            if number is None:
                return None
            known = self._lists.get(authority_id)
            if known is None or known.number != number:
                row = session.scalars(select(RevocationList).where(*which)).one()
                known = PublishedList(row.number, row.data, row.this_update, row.next_update)
                self._lists[authority_id] = known
        return known
