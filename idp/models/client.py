"""A relying application (RFC 6749 section 2, RFC 7591 section 2 for the names)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, encrypted, new_id


class Client(Base):
    """One client; with the authentication method none it is public. `certificate_policy` is realm or required.

    `registration_token_digest` is that of the registration access token (RFC 7592 section 3), `mappers` say what is put into its
    tokens beside the scopes' claims, `security_profile` is empty or fapi2. Without
    `response_modes` all are allowed. Lifetimes are seconds, None is the realm's. `direct_access_grants_enabled` is the password
    grant; with `admin_api` a person's token is good for the administration API, too. The roles of a client with
    `manages_realm_id` are permissions to administer that realm. For `secret_overlap` seconds the secret that was replaced
    (`rotated_secret_encrypted`) is good beside the new one. `default_scope` is granted without being asked for. With
    `full_scope_allowed` its tokens may speak of every role that somebody has, otherwise of those in its scope (`ROLE_IN_CLIENT`).
    `attributes` are what tools keep there; they mean nothing here.
    """

    __tablename__ = "client"
    __table_args__ = (UniqueConstraint("realm_id", "client_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    description: Mapped[str] = mapped_column(String(255), default="")
    root_uri: Mapped[str] = mapped_column(String(2048), default="")
    home_uri: Mapped[str] = mapped_column(String(2048), default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    first_party: Mapped[bool] = mapped_column(default=False)
    secret_encrypted: Mapped[bytes | None] = mapped_column(info=encrypted("client.secret"))
    secret_created_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    secret_overlap: Mapped[int | None] = mapped_column()
    rotated_secret_encrypted: Mapped[bytes | None] = mapped_column(info=encrypted("client.rotated_secret"))
    rotated_secret_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    token_endpoint_auth_method: Mapped[str] = mapped_column(String(64), default="client_secret_basic")
    redirect_uris: Mapped[list[str]] = mapped_column(Json, default=list)
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(Json, default=list)
    web_origins: Mapped[list[str]] = mapped_column(Json, default=list)
    grant_types: Mapped[list[str]] = mapped_column(Json, default=list)
    scope: Mapped[str] = mapped_column(String(2048), default="openid profile email")
    default_scope: Mapped[str] = mapped_column(String(2048), default="")
    full_scope_allowed: Mapped[bool] = mapped_column(default=True)
    pkce_required: Mapped[bool] = mapped_column(default=True)
    certificate_policy: Mapped[str] = mapped_column(String(16), default="realm")
    id_token_signed_response_alg: Mapped[str] = mapped_column(String(16), default="RS256")
    access_token_signed_response_alg: Mapped[str] = mapped_column(String(16), default="ES256")
    userinfo_signed_response_alg: Mapped[str] = mapped_column(String(16), default="")
    access_token_format: Mapped[str] = mapped_column(String(16), default="jwt")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    application_type: Mapped[str] = mapped_column(String(16), default="web")
    response_types: Mapped[list[str]] = mapped_column(Json, default=lambda: ["code"])
    response_modes: Mapped[list[str]] = mapped_column(Json, default=list)
    subject_type: Mapped[str] = mapped_column(String(16), default="public")
    sector_identifier_uri: Mapped[str] = mapped_column(String(2048), default="")
    consent_required: Mapped[bool] = mapped_column(default=False)
    security_profile: Mapped[str] = mapped_column(String(16), default="")
    resources: Mapped[list[str]] = mapped_column(Json, default=list)
    mappers: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    attributes: Mapped[dict[str, str] | None] = mapped_column(Json)
    registration_token_digest: Mapped[str | None] = mapped_column(String(64))

    logo_uri: Mapped[str] = mapped_column(String(2048), default="")
    policy_uri: Mapped[str] = mapped_column(String(2048), default="")
    tos_uri: Mapped[str] = mapped_column(String(2048), default="")
    contacts: Mapped[list[str]] = mapped_column(Json, default=list)
    software_id: Mapped[str] = mapped_column(String(255), default="")
    software_version: Mapped[str] = mapped_column(String(255), default="")
    initiate_login_uri: Mapped[str] = mapped_column(String(2048), default="")

    jwks: Mapped[dict[str, Any] | None] = mapped_column(Json)
    jwks_uri: Mapped[str] = mapped_column(String(2048), default="")
    token_endpoint_auth_signing_alg: Mapped[str] = mapped_column(String(16), default="")
    tls_client_auth_subject: Mapped[dict[str, str] | None] = mapped_column(Json)
    certificate_bound_access_tokens: Mapped[bool] = mapped_column(default=False)
    dpop_bound_access_tokens: Mapped[bool] = mapped_column(default=False)

    request_uris: Mapped[list[str]] = mapped_column(Json, default=list)
    request_object_signing_alg: Mapped[str] = mapped_column(String(16), default="")
    require_signed_request_object: Mapped[bool] = mapped_column(default=False)
    require_pushed_authorization_requests: Mapped[bool] = mapped_column(default=False)
    default_max_age: Mapped[int | None] = mapped_column()
    require_auth_time: Mapped[bool] = mapped_column(default=False)
    default_acr_values: Mapped[list[str]] = mapped_column(Json, default=list)

    backchannel_logout_uri: Mapped[str] = mapped_column(String(2048), default="")
    backchannel_logout_session_required: Mapped[bool] = mapped_column(default=False)
    frontchannel_logout_uri: Mapped[str] = mapped_column(String(2048), default="")
    frontchannel_logout_session_required: Mapped[bool] = mapped_column(default=False)

    access_token_lifetime: Mapped[int | None] = mapped_column()
    direct_access_grants_enabled: Mapped[bool] = mapped_column(default=False)
    admin_api: Mapped[bool] = mapped_column(default=False)
    manages_realm_id: Mapped[str | None] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"), index=True)


class InitialAccessToken(Base):
    """Permission to register clients (RFC 7591 section 3), as a digest; of `count` registrations `remaining` are left."""

    __tablename__ = "initial_access_token"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    count: Mapped[int] = mapped_column()
    remaining: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
