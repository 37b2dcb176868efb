"""The outbox: a mail is promised in the transaction of what caused it, and sent by a worker."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, UTCDateTime, encrypted, new_id


class OutgoingMail(Base):
    """One mail; the message holds links, so it is encrypted at rest and wiped once it is sent."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index(None, "status", "next_attempt_at"), Index(None, "realm_id", "created_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    user_id: Mapped[str | None] = mapped_column(String(36))
    template: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(String(255))
    message_encrypted: Mapped[bytes | None] = mapped_column(info=encrypted("outgoing_mail.message:{id}"))
    status: Mapped[str] = mapped_column(String(16), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
