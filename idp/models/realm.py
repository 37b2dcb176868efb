"""A realm: users, applications, keys and authorities of its own, and the policy for them."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, UTCDateTime, new_id

MASTER = "master"
"""The realm whose administrators may administer all others."""


class Realm(Base):
    """One realm. Lifetimes are seconds; `certificate_policy` is off, optional or required.

    `client_registration` (RFC 7591) is off, token (with an initial access token) or open. A `key_rotation_interval` of 0 means
    by hand. `scope_mappers` are those of all its client scopes by their names, as `idp.clients.client_scopes` writes them,
    `restricted_scopes` the names of those for which it takes a role.
    `certificate_profile` is what `idp.pki.profile_settings.ProfileSettings` holds.
    """

    __tablename__ = "realm"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    display_name: Mapped[str] = mapped_column(String(255), default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    theme: Mapped[str] = mapped_column(String(64), default="default")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    certificate_policy: Mapped[str] = mapped_column(String(16), default="optional")
    certificate_lifetime: Mapped[int] = mapped_column(default=365 * 86400)
    certificate_profile: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    certificate_limit: Mapped[int] = mapped_column(default=10)
    certificate_renewal_window: Mapped[int] = mapped_column(default=30 * 86400)
    certificate_overlap: Mapped[int] = mapped_column(default=14 * 86400)
    reenrolment_after_expiry: Mapped[bool] = mapped_column(default=True)
    certificate_first: Mapped[bool] = mapped_column(default=False)
    console_certificate_required: Mapped[bool] = mapped_column(default=False)
    impersonation: Mapped[bool] = mapped_column(default=False)
    crl_lifetime: Mapped[int] = mapped_column(default=7 * 86400)
    enrolment_by_mail: Mapped[bool] = mapped_column(default=True)
    recovery_by_mail: Mapped[bool] = mapped_column(default=True)
    action_link_lifetime: Mapped[int] = mapped_column(default=3600)

    session_idle_lifetime: Mapped[int] = mapped_column(default=30 * 60)
    session_lifetime: Mapped[int] = mapped_column(default=10 * 3600)
    access_token_lifetime: Mapped[int] = mapped_column(default=300)
    login_lifetime: Mapped[int] = mapped_column(default=30 * 60)
    offline_idle_lifetime: Mapped[int] = mapped_column(default=30 * 86400)
    offline_lifetime: Mapped[int] = mapped_column(default=60 * 86400)
    client_registration: Mapped[str] = mapped_column(String(16), default="token")
    groups_require_certificate: Mapped[bool] = mapped_column(default=False)
    scope_mappers: Mapped[dict[str, list[dict[str, Any]]]] = mapped_column(Json, default=dict)
    restricted_scopes: Mapped[list[str]] = mapped_column(Json, default=list)
    key_rotation_interval: Mapped[int] = mapped_column(default=90 * 86400)
    event_retention: Mapped[int] = mapped_column(default=0)
    admin_event_retention: Mapped[int] = mapped_column(default=0)

    password_min_length: Mapped[int] = mapped_column(default=10)
    max_login_failures: Mapped[int] = mapped_column(default=5)
    lock_increment: Mapped[int] = mapped_column(default=60)
    max_lock: Mapped[int] = mapped_column(default=15 * 60)
