"""Authorities of others whose certificates people may sign in with, and what those authorities say of revocation."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, new_id


class TrustAnchor(Base):
    """A foreign trust anchor of one realm (RFC 5280 section 6.1.1): its certificate in DER, those below it in PEM, one after another.

    `settings` is what `idp.pki.anchor_settings.AnchorSettings` holds.
    """

    __tablename__ = "trust_anchor"
    __table_args__ = (UniqueConstraint("realm_id", "fingerprint"), UniqueConstraint("realm_id", "name"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    enabled: Mapped[bool] = mapped_column(default=True)
    subject: Mapped[str] = mapped_column(String(1024))
    serial_number: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    certificate: Mapped[bytes] = mapped_column()
    intermediates: Mapped[bytes] = mapped_column(default=b"")
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
