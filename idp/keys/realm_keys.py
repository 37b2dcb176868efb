"""The rows of a realm's keys, and the few ways in which they change: next, active, retired; or revoked, at any time.

The functions of `idp.keys.signing_keys` decide which change is made.
"""

from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher
from idp.keys.algorithms import export_private_key, export_public_key
from idp.keys.publication import PUBLISHED_AHEAD
from idp.keys.spare_keys import SpareKeys
from idp.models import Realm, SigningKey

PRIVATE_KEY_CONTEXT = "signing_key.private_key"

_REALM: Table = Realm.__table__  # type: ignore[assignment]
_REALM_ROW = select(Realm).execution_options(populate_existing=True)
_ALL = select(SigningKey).order_by(SigningKey.created_at, SigningKey.id).execution_options(populate_existing=True)


class RealmKeys:
    """A realm's keys as they were read, oldest first, and the instant *now* to which all changes belong."""

    def __init__(self, session: Session, clock: Clock, realm_id: str) -> None:
        self._session = session
        self.realm = session.scalars(_REALM_ROW.where(Realm.id == realm_id)).one()
        self.now = clock.now()
        self.rows = list(session.scalars(_ALL.where(SigningKey.realm_id == realm_id)))
        # Before a realm's first keys there is no key set that could lack them.
        self._ready_at = self.now + PUBLISHED_AHEAD if self.rows else self.now

    @classmethod
    def lock(cls, session: Session, clock: Clock, realm_id: str) -> Self:
        """Read the keys while no other transaction can change them; the lock ends with the transaction."""
        # An update that changes nothing: the lock of the row on PostgreSQL, of the file on SQLite. References to the
        # realm, as every new row has, need not wait for it.
        session.execute(update(_REALM).where(_REALM.c.id == realm_id).values(enabled=_REALM.c.enabled))
        return cls(session, clock, realm_id)

    def find(self, algorithm: str, status: str) -> SigningKey | None:
        """Return the oldest key for *algorithm* with that *status*, or None."""
        return next((row for row in self.rows if (row.algorithm, row.status) == (algorithm, status)), None)

    def find_by_kid(self, kid: str) -> SigningKey | None:
        """Return the key of that kid, or None."""
        return next((row for row in self.rows if row.kid == kid), None)

    def find_ready_at(self, algorithm: str) -> datetime:
        """Return from when on the next key may sign; where there is none, as if it were published now."""
        upcoming = self.find(algorithm, "next")
        return self._ready_at if upcoming is None else upcoming.ready_at

    def find_due_at(self, algorithm: str) -> datetime | None:
        """Return from when on another key is to sign: at once where none does; None while somebody has to ask for it."""
        active, interval = self.find(algorithm, "active"), self.realm.key_rotation_interval
        if active is None:
            return self.now
        return (active.activated_at or active.created_at) + timedelta(seconds=interval) if interval else None

    def find_promotion_at(self, algorithm: str) -> datetime | None:
        """Return when the next key becomes active by itself, or None."""
        due_at = self.find_due_at(algorithm)
        return None if due_at is None else max(due_at, self.find_ready_at(algorithm))

    def add_next(self, algorithm: str, cipher: Cipher, spares: SpareKeys) -> SigningKey:
        """Insert and return a key that is published and does not sign yet; its kid is its thumbprint (RFC 7638)."""
        key = spares.take(algorithm)
        kid = key.thumbprint()
        row = SigningKey(
            realm_id=self.realm.id,
            kid=kid,
            algorithm=algorithm,
            status="next",
            public_jwk=export_public_key(key, kid, algorithm),
            private_key_encrypted=cipher.encrypt(export_private_key(key), PRIVATE_KEY_CONTEXT),
            created_at=self.now,
            ready_at=self._ready_at,
        )
        self._session.add(row)
        self._session.flush()
        self.rows.append(row)
        return row

    def activate(self, key: SigningKey) -> SigningKey:
        """Sign with *key* from now on, and retire the one that did."""
        previous = self.find(key.algorithm, "active")
        if previous is not None:
            previous.status, previous.retired_at = "retired", self.now
        key.status, key.activated_at = "active", self.now
        return key

    def revoke(self, key: SigningKey, cipher: Cipher) -> None:
        """Publish *key* no more and believe nothing it signed; the row stays, so that the kid does not come back."""
        key.status, key.retired_at = "revoked", self.now
        key.private_key_encrypted = cipher.encrypt(b"", PRIVATE_KEY_CONTEXT)
