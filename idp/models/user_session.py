"""A browser's signed-in session, and the token families that were begun in it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, new_id


class UserSession(Base):
    """One session; its `id` is the public `sid`, its cookie is stored as a digest alone.

    `second_factor` is certificate, recovery_code, revoked (it was a certificate) or None; `enrolment_only` sessions may do
    nothing but enrol. Where an administrator is signed in as the person, `impersonator` says who
    and why, and `begun_in` is their own session, with which this one ends.
    """

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "user_id", "ended_at"), Index(None, "realm_id", "created_at"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    auth_time: Mapped[datetime] = mapped_column(UTCDateTime)
    acr: Mapped[str] = mapped_column(String(16))
    amr: Mapped[list[str]] = mapped_column(Json)
    certificate_id: Mapped[str | None] = mapped_column(ForeignKey("certificate.id", ondelete="SET NULL"))
    certificate_claims: Mapped[dict[str, Any] | None] = mapped_column(Json)
    second_factor: Mapped[str | None] = mapped_column(String(16))
    enrolment_only: Mapped[bool] = mapped_column(default=False)
    begun_in: Mapped[str | None] = mapped_column(ForeignKey("user_session.id", ondelete="CASCADE"), index=True)
    impersonator: Mapped[dict[str, str] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_reason: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(512), default="")


class TokenFamily(Base):
    """All tokens that stem from one authorization: one row, rotated in one statement (RFC 9700 section 4.14).

    `confirmation` is the ``cnf`` claim (RFC 7800), `audience` the resources (RFC 8707), `claims` what the claims parameter
    asked for (OpenID Connect Core section 5.5).
    """

    __tablename__ = "token_family"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("user_session.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    scope: Mapped[str] = mapped_column(String(2048), default="")
    confirmation: Mapped[dict[str, str] | None] = mapped_column(Json)
    audience: Mapped[list[str] | None] = mapped_column(Json)
    claims: Mapped[dict[str, Any] | None] = mapped_column(Json)
    refresh_digest: Mapped[str | None] = mapped_column(String(64))
    previous_digest: Mapped[str | None] = mapped_column(String(64))
    rotated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_reason: Mapped[str | None] = mapped_column(String(64))
