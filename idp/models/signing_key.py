"""A realm's keys for signing tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, encrypted, new_id


class SigningKey(Base):
    """One key pair; `status` is next, active, retired or revoked; all but the revoked are published.

    It may sign from `ready_at` on, when every cached key set has it.
    """

    __tablename__ = "signing_key"
    __table_args__ = (UniqueConstraint("realm_id", "kid"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    kid: Mapped[str] = mapped_column(String(64))
    algorithm: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    public_jwk: Mapped[dict[str, Any]] = mapped_column(Json)
    private_key_encrypted: Mapped[bytes] = mapped_column(info=encrypted("signing_key.private_key"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ready_at: Mapped[datetime] = mapped_column(UTCDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
