"""What foreign authorities say of revocation: their lists (RFC 5280 section 5) and OCSP answers (RFC 6960), as they were verified."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, new_id


class ForeignListSource(Base):
    """Where an anchor's lists come from: an address, or an upload, whose `url` is empty.

    One that was learnt from a certificate names that certificate's issuer: `issuer_key` (see `idp.pki.foreign_revocation.issuers`) and
    its certificate in DER. `next_fetch_at` is None for an upload, and while one is fetched the end of a lease.
    """

    __tablename__ = "foreign_list_source"
    __table_args__ = (UniqueConstraint("anchor_id", "url", "issuer_key"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    anchor_id: Mapped[str] = mapped_column(ForeignKey("trust_anchor.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(String(2048))
    issuer_key: Mapped[str] = mapped_column(String(64), default="")
    issuer: Mapped[bytes] = mapped_column(default=b"")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    wanted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_fetch_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(255), default="")


class ForeignList(Base):
    """A verified list of one issuer. It counts from `activated_at` to `superseded_at`; `touched_at` says that it is still written.

    `scope` is all, user or ca; `distribution_points` are the addresses of which a certificate has to name one for the list to speak of
    it, none for all (RFC 5280 section 5.2.5). `number` is the CRL number in hexadecimal. A list outlives its anchor until its entries
    are gone.
    """

    __tablename__ = "foreign_list"
    __table_args__ = (Index(None, "anchor_id", "issuer_key"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    anchor_id: Mapped[str | None] = mapped_column(ForeignKey("trust_anchor.id", ondelete="SET NULL"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("foreign_list_source.id", ondelete="SET NULL"), index=True)
    issuer_key: Mapped[str] = mapped_column(String(64))
    issuer: Mapped[str] = mapped_column(String(1024))
    number: Mapped[str | None] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(8))
    distribution_points: Mapped[list[str]] = mapped_column(Json, default=list)
    this_update: Mapped[datetime] = mapped_column(UTCDateTime)
    next_update: Mapped[datetime | None] = mapped_column(UTCDateTime)
    digest: Mapped[str] = mapped_column(String(64))
    entries: Mapped[int] = mapped_column(default=0)
    touched_at: Mapped[datetime] = mapped_column(UTCDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ForeignListEntry(Base):
    """A serial number on a list, as the octets of its INTEGER.

    Nothing but the key: there may be millions. They refer to their list without a constraint, as it would cost as much as they do.
    """

    __tablename__ = "foreign_list_entry"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 (SQLAlchemy's own way)

    list_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    serial_number: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class ForeignAnswer(Base):
    """The latest that an OCSP responder said of one certificate: good, revoked or unknown; or nothing yet, an empty `status`.

    It counts until `fresh_until`. What has to be known to ask again is here as well, the issuer's certificate in DER among it.
    """

    __tablename__ = "foreign_answer"
    __table_args__ = (UniqueConstraint("anchor_id", "issuer_key", "serial_number"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    anchor_id: Mapped[str] = mapped_column(ForeignKey("trust_anchor.id", ondelete="CASCADE"))
    issuer_key: Mapped[str] = mapped_column(String(64))
    issuer: Mapped[bytes] = mapped_column()
    serial_number: Mapped[bytes] = mapped_column(LargeBinary(32))
    url: Mapped[str] = mapped_column(String(2048))
    status: Mapped[str] = mapped_column(String(8), default="")
    this_update: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fresh_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wanted_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    next_fetch_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(255), default="")
