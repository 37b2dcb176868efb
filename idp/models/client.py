"""A relying application (RFC 6749 section 2, RFC 7591 section 2 for the names)."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, new_id


class Client(Base):
    """One client; without a secret it is public. `certificate_policy` is realm or required."""

    __tablename__ = "client"
    __table_args__ = (UniqueConstraint("realm_id", "client_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    home_uri: Mapped[str] = mapped_column(String(2048), default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    first_party: Mapped[bool] = mapped_column(default=False)
    secret_encrypted: Mapped[bytes | None] = mapped_column()
    token_endpoint_auth_method: Mapped[str] = mapped_column(String(64), default="client_secret_basic")
    redirect_uris: Mapped[list[str]] = mapped_column(Json, default=list)
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(Json, default=list)
    web_origins: Mapped[list[str]] = mapped_column(Json, default=list)
    grant_types: Mapped[list[str]] = mapped_column(Json, default=list)
    scope: Mapped[str] = mapped_column(String(2048), default="openid profile email")
    pkce_required: Mapped[bool] = mapped_column(default=True)
    certificate_policy: Mapped[str] = mapped_column(String(16), default="realm")
    id_token_signed_response_alg: Mapped[str] = mapped_column(String(16), default="RS256")
    access_token_signed_response_alg: Mapped[str] = mapped_column(String(16), default="ES256")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
