"""The audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, new_id

ADMINISTRATIVE = "substr(tag, 1, 6) = 'admin:'"


class Event(Base):
    """One thing that happened; `tag` is ``source:subject:action``. Rows outlive users and clients."""

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "realm_id", "at"),
        Index(None, "user_id", "at"),
        Index(None, "realm_id", "tag", "at"),
        Index(None, "realm_id", "client_id", "at"),
        Index(None, "realm_id", "address", "at"),
        # The few of administrators among the many of people; `idp.events.search` asks in these words.
        Index(
            "ix_event_administrative",
            "realm_id",
            "at",
            postgresql_where=text(ADMINISTRATIVE),
            sqlite_where=text(ADMINISTRATIVE),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str | None] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    tag: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str | None] = mapped_column(String(36))
    client_id: Mapped[str | None] = mapped_column(String(255))
    session_id: Mapped[str | None] = mapped_column(String(36))
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(512), default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
