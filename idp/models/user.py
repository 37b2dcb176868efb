"""A person's account, and the recovery codes that stand in for a lost certificate."""

import unicodedata
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, new_id

_TWO_FACTOR = text("two_factor_enabled_at IS NOT NULL")


def normalise(name: str) -> str:
    """Return the form under which usernames and addresses are stored and compared (NFKC, RFC 8265 section 3.3)."""
    return unicodedata.normalize("NFKC", name).strip().lower()


class User(Base):
    """One account; its `id` is the public `sub` and is never used again.

    `required_actions` are what a person has to do at the next login, in Keycloak's names. With `service_account_client_id` it
    is no person's: it is what a client (its row's id) may do in its own name, and nobody signs in to it.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("realm_id", "username"),
        UniqueConstraint("realm_id", "email"),
        # What few accounts are, each in the order of the lists.
        Index(
            "ix_user_account_two_factor", "realm_id", "username", sqlite_where=_TWO_FACTOR, postgresql_where=_TWO_FACTOR
        ),
        Index(
            "ix_user_account_disabled",
            "realm_id",
            "username",
            sqlite_where=text("enabled = 0"),
            postgresql_where=text("NOT enabled"),
        ),
        Index("ix_user_account_email_verified", "realm_id", "email_verified", "username"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    username: Mapped[str] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(255))
    email_verified: Mapped[bool] = mapped_column(default=False)
    given_name: Mapped[str] = mapped_column(String(255), default="")
    family_name: Mapped[str] = mapped_column(String(255), default="")
    locale: Mapped[str] = mapped_column(String(32), default="")
    zoneinfo: Mapped[str] = mapped_column(String(64), default="")
    attributes: Mapped[dict[str, list[str]]] = mapped_column(Json, default=dict)
    enabled: Mapped[bool] = mapped_column(default=True)
    required_actions: Mapped[list[str]] = mapped_column(Json, default=list)
    service_account_client_id: Mapped[str | None] = mapped_column(
        ForeignKey("client.id", ondelete="CASCADE"), unique=True
    )
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    two_factor_enabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def name(self) -> str:
        """The name to show: given and family name, else the username."""
        return f"{self.given_name} {self.family_name}".strip() or self.username


class RecoveryCode(Base):
    """One unused or used recovery code, as a digest (NIST SP 800-63B-4 section 4.2.1.1)."""

    __tablename__ = "recovery_code"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
