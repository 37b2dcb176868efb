"""All tables of the first release.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ephemeral_item",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_ephemeral_item")),
    )
    op.create_index(op.f("ix_ephemeral_item_expires_at"), "ephemeral_item", ["expires_at"], unique=False)
    op.create_table(
        "realm",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("theme", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certificate_policy", sa.String(length=16), nullable=False),
        sa.Column("certificate_lifetime", sa.Integer(), nullable=False),
        sa.Column("certificate_profile", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("certificate_limit", sa.Integer(), nullable=False),
        sa.Column("certificate_renewal_window", sa.Integer(), nullable=False),
        sa.Column("certificate_overlap", sa.Integer(), nullable=False),
        sa.Column("reenrolment_after_expiry", sa.Boolean(), nullable=False),
        sa.Column("certificate_first", sa.Boolean(), nullable=False),
        sa.Column("console_certificate_required", sa.Boolean(), nullable=False),
        sa.Column("impersonation", sa.Boolean(), nullable=False),
        sa.Column("crl_lifetime", sa.Integer(), nullable=False),
        sa.Column("enrolment_by_mail", sa.Boolean(), nullable=False),
        sa.Column("recovery_by_mail", sa.Boolean(), nullable=False),
        sa.Column("action_link_lifetime", sa.Integer(), nullable=False),
        sa.Column("session_idle_lifetime", sa.Integer(), nullable=False),
        sa.Column("session_lifetime", sa.Integer(), nullable=False),
        sa.Column("access_token_lifetime", sa.Integer(), nullable=False),
        sa.Column("login_lifetime", sa.Integer(), nullable=False),
        sa.Column("offline_idle_lifetime", sa.Integer(), nullable=False),
        sa.Column("offline_lifetime", sa.Integer(), nullable=False),
        sa.Column("client_registration", sa.String(length=16), nullable=False),
        sa.Column("groups_require_certificate", sa.Boolean(), nullable=False),
        sa.Column("scope_mappers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("restricted_scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("key_rotation_interval", sa.Integer(), nullable=False),
        sa.Column("event_retention", sa.Integer(), nullable=False),
        sa.Column("admin_event_retention", sa.Integer(), nullable=False),
        sa.Column("password_min_length", sa.Integer(), nullable=False),
        sa.Column("max_login_failures", sa.Integer(), nullable=False),
        sa.Column("lock_increment", sa.Integer(), nullable=False),
        sa.Column("max_lock", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_realm")),
        sa.UniqueConstraint("name", name=op.f("uq_realm_name")),
    )
    op.create_table(
        "server_secret",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_server_secret")),
    )
    op.create_table(
        "certificate_authority",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=1024), nullable=False),
        sa.Column("serial_number", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("private_key_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["certificate_authority.id"],
            name=op.f("fk_certificate_authority_parent_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_certificate_authority_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_authority")),
        sa.UniqueConstraint(
            "realm_id", "fingerprint", name=op.f("uq_certificate_authority_realm_id_fingerprint")
        ),
    )
    op.create_index(
        op.f("ix_certificate_authority_realm_id"), "certificate_authority", ["realm_id"], unique=False
    )
    op.create_table(
        "trust_anchor",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(length=1024), nullable=False),
        sa.Column("serial_number", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("intermediates", sa.LargeBinary(), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["realm_id"], ["realm.id"], name=op.f("fk_trust_anchor_realm_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_anchor")),
        sa.UniqueConstraint("realm_id", "fingerprint", name=op.f("uq_trust_anchor_realm_id_fingerprint")),
        sa.UniqueConstraint("realm_id", "name", name=op.f("uq_trust_anchor_realm_id_name")),
    )
    op.create_table(
        "foreign_list_source",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("anchor_id", sa.String(length=36), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("issuer_key", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_fetch_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["trust_anchor.id"], name=op.f("fk_foreign_list_source_anchor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_list_source")),
        sa.UniqueConstraint(
            "anchor_id", "url", "issuer_key", name=op.f("uq_foreign_list_source_anchor_id_url_issuer_key")
        ),
    )
    op.create_index(
        op.f("ix_foreign_list_source_next_fetch_at"), "foreign_list_source", ["next_fetch_at"], unique=False
    )
    op.create_table(
        "foreign_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("anchor_id", sa.String(length=36), nullable=True),
        sa.Column("source_id", sa.String(length=36), nullable=True),
        sa.Column("issuer_key", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=1024), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("distribution_points", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("this_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["trust_anchor.id"], name=op.f("fk_foreign_list_anchor_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["foreign_list_source.id"], name=op.f("fk_foreign_list_source_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_list")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_foreign_list_anchor_id_issuer_key"), "foreign_list", ["anchor_id", "issuer_key"], unique=False
    )
    op.create_index(op.f("ix_foreign_list_source_id"), "foreign_list", ["source_id"], unique=False)
    op.create_table(
        "foreign_list_entry",
        sa.Column("list_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("serial_number", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "serial_number", name=op.f("pk_foreign_list_entry")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "foreign_answer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("anchor_id", sa.String(length=36), nullable=False),
        sa.Column("issuer_key", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.LargeBinary(), nullable=False),
        sa.Column("serial_number", sa.LargeBinary(length=32), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("this_update", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fresh_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_fetch_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["trust_anchor.id"], name=op.f("fk_foreign_answer_anchor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_answer")),
        sa.UniqueConstraint(
            "anchor_id", "issuer_key", "serial_number", name=op.f("uq_foreign_answer_anchor_id_issuer_key_serial_number")
        ),
    )
    op.create_index(op.f("ix_foreign_answer_wanted_at"), "foreign_answer", ["wanted_at"], unique=False)
    op.create_index(op.f("ix_foreign_answer_next_fetch_at"), "foreign_answer", ["next_fetch_at"], unique=False)
    op.create_table(
        "client_scope",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("assignment", sa.String(length=16), nullable=False),
        sa.Column("mappers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_client_scope_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_scope")),
        sa.UniqueConstraint("realm_id", "name", name=op.f("uq_client_scope_realm_id_name")),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("root_uri", sa.String(length=2048), nullable=False),
        sa.Column("home_uri", sa.String(length=2048), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("first_party", sa.Boolean(), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("secret_created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret_overlap", sa.Integer(), nullable=True),
        sa.Column("rotated_secret_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("rotated_secret_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_endpoint_auth_method", sa.String(length=64), nullable=False),
        sa.Column("redirect_uris", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "post_logout_redirect_uris",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("web_origins", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("grant_types", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("scope", sa.String(length=2048), nullable=False),
        sa.Column("default_scope", sa.String(length=2048), nullable=False),
        sa.Column("full_scope_allowed", sa.Boolean(), nullable=False),
        sa.Column("pkce_required", sa.Boolean(), nullable=False),
        sa.Column("certificate_policy", sa.String(length=16), nullable=False),
        sa.Column("id_token_signed_response_alg", sa.String(length=16), nullable=False),
        sa.Column("access_token_signed_response_alg", sa.String(length=16), nullable=False),
        sa.Column("userinfo_signed_response_alg", sa.String(length=16), nullable=False),
        sa.Column("access_token_format", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_type", sa.String(length=16), nullable=False),
        sa.Column("response_types", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("response_modes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("subject_type", sa.String(length=16), nullable=False),
        sa.Column("sector_identifier_uri", sa.String(length=2048), nullable=False),
        sa.Column("consent_required", sa.Boolean(), nullable=False),
        sa.Column("security_profile", sa.String(length=16), nullable=False),
        sa.Column("resources", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("mappers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("registration_token_digest", sa.String(length=64), nullable=True),
        sa.Column("logo_uri", sa.String(length=2048), nullable=False),
        sa.Column("policy_uri", sa.String(length=2048), nullable=False),
        sa.Column("tos_uri", sa.String(length=2048), nullable=False),
        sa.Column("contacts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("software_id", sa.String(length=255), nullable=False),
        sa.Column("software_version", sa.String(length=255), nullable=False),
        sa.Column("initiate_login_uri", sa.String(length=2048), nullable=False),
        sa.Column("jwks", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("jwks_uri", sa.String(length=2048), nullable=False),
        sa.Column("token_endpoint_auth_signing_alg", sa.String(length=16), nullable=False),
        sa.Column(
            "tls_client_auth_subject", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("certificate_bound_access_tokens", sa.Boolean(), nullable=False),
        sa.Column("dpop_bound_access_tokens", sa.Boolean(), nullable=False),
        sa.Column("request_uris", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("request_object_signing_alg", sa.String(length=16), nullable=False),
        sa.Column("require_signed_request_object", sa.Boolean(), nullable=False),
        sa.Column("require_pushed_authorization_requests", sa.Boolean(), nullable=False),
        sa.Column("default_max_age", sa.Integer(), nullable=True),
        sa.Column("require_auth_time", sa.Boolean(), nullable=False),
        sa.Column(
            "default_acr_values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("backchannel_logout_uri", sa.String(length=2048), nullable=False),
        sa.Column("backchannel_logout_session_required", sa.Boolean(), nullable=False),
        sa.Column("frontchannel_logout_uri", sa.String(length=2048), nullable=False),
        sa.Column("frontchannel_logout_session_required", sa.Boolean(), nullable=False),
        sa.Column("access_token_lifetime", sa.Integer(), nullable=True),
        sa.Column("direct_access_grants_enabled", sa.Boolean(), nullable=False),
        sa.Column("admin_api", sa.Boolean(), nullable=False),
        sa.Column("manages_realm_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["manages_realm_id"], ["realm.id"], name=op.f("fk_client_manages_realm_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_client_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("realm_id", "client_id", name=op.f("uq_client_realm_id_client_id")),
    )
    op.create_index(op.f("ix_client_manages_realm_id"), "client", ["manages_realm_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("client_id", sa.String(length=255), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=512), nullable=False),
        sa.Column("details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_event_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_realm_id_at"), "event", ["realm_id", "at"], unique=False)
    op.create_index(op.f("ix_event_realm_id_tag_at"), "event", ["realm_id", "tag", "at"], unique=False)
    op.create_index(op.f("ix_event_realm_id_client_id_at"), "event", ["realm_id", "client_id", "at"], unique=False)
    op.create_index(op.f("ix_event_realm_id_address_at"), "event", ["realm_id", "address", "at"], unique=False)
    op.create_index(op.f("ix_event_user_id_at"), "event", ["user_id", "at"], unique=False)
    op.create_index(
        "ix_event_administrative",
        "event",
        ["realm_id", "at"],
        unique=False,
        postgresql_where=sa.text("substr(tag, 1, 6) = 'admin:'"),
        sqlite_where=sa.text("substr(tag, 1, 6) = 'admin:'"),
    )
    op.create_table(
        "initial_access_token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_initial_access_token_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_access_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_initial_access_token_digest")),
    )
    op.create_index(
        op.f("ix_initial_access_token_realm_id"), "initial_access_token", ["realm_id"], unique=False
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=255), nullable=False),
        sa.Column("message_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_outgoing_mail_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
    )
    op.create_index(
        op.f("ix_outgoing_mail_status_next_attempt_at"),
        "outgoing_mail",
        ["status", "next_attempt_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_outgoing_mail_realm_id_created_at"), "outgoing_mail", ["realm_id", "created_at"], unique=False
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("public_jwk", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("private_key_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_signing_key_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("realm_id", "kid", name=op.f("uq_signing_key_realm_id_kid")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("family_name", sa.String(length=255), nullable=False),
        sa.Column("locale", sa.String(length=32), nullable=False),
        sa.Column("zoneinfo", sa.String(length=64), nullable=False),
        sa.Column("attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("required_actions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("service_account_client_id", sa.String(length=36), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("two_factor_enabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_user_account_realm_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_account_client_id"],
            ["client.id"],
            name=op.f("fk_user_account_service_account_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("realm_id", "email", name=op.f("uq_user_account_realm_id_email")),
        sa.UniqueConstraint("realm_id", "username", name=op.f("uq_user_account_realm_id_username")),
        sa.UniqueConstraint("service_account_client_id", name=op.f("uq_user_account_service_account_client_id")),
    )
    op.create_index(
        "ix_user_account_two_factor",
        "user_account",
        ["realm_id", "username"],
        unique=False,
        sqlite_where=sa.text("two_factor_enabled_at IS NOT NULL"),
        postgresql_where=sa.text("two_factor_enabled_at IS NOT NULL"),
    )
    op.create_index(
        "ix_user_account_disabled",
        "user_account",
        ["realm_id", "username"],
        unique=False,
        sqlite_where=sa.text("enabled = 0"),
        postgresql_where=sa.text("NOT enabled"),
    )
    op.create_index(
        "ix_user_account_email_verified", "user_account", ["realm_id", "email_verified", "username"], unique=False
    )
    op.create_table(
        "user_group",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("joined_by_new", sa.Boolean(), nullable=False),
        sa.Column("certificate_required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["user_group.id"], name=op.f("fk_user_group_parent_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_user_group_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_group")),
        sa.UniqueConstraint(
            "realm_id", "parent_id", "name", name=op.f("uq_user_group_realm_id_parent_id_name")
        ),
    )
    op.create_index(op.f("ix_user_group_parent_id"), "user_group", ["parent_id"], unique=False)
    op.create_index(
        "uq_group_at_top",
        "user_group",
        ["realm_id", "name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.create_table(
        "action_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_action_link_realm_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_action_link_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_action_link_token_digest")),
    )
    op.create_index(op.f("ix_action_link_expires_at"), "action_link", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_action_link_user_id_purpose"), "action_link", ["user_id", "purpose"], unique=False
    )
    op.create_index(
        op.f("ix_action_link_realm_id_created_at"), "action_link", ["realm_id", "created_at"], unique=False
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("authority_id", sa.String(length=36), nullable=True),
        sa.Column("trust_anchor_id", sa.String(length=36), nullable=True),
        sa.Column("bound_by", sa.String(length=16), nullable=False),
        sa.Column("serial_number", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=1024), nullable=False),
        sa.Column("issuer", sa.String(length=1024), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_type", sa.String(length=16), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("device_name", sa.String(length=255), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.String(length=36), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_days", sa.Integer(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["certificate_authority.id"],
            name=op.f("fk_certificate_authority_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_certificate_realm_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_certificate_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint(
            "authority_id", "serial_number", name=op.f("uq_certificate_authority_id_serial_number")
        ),
        sa.UniqueConstraint("realm_id", "fingerprint", name=op.f("uq_certificate_realm_id_fingerprint")),
        sa.ForeignKeyConstraint(
            ["trust_anchor_id"],
            ["trust_anchor.id"],
            name=op.f("fk_certificate_trust_anchor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["certificate.id"], name=op.f("fk_certificate_replaces_id"), ondelete="SET NULL"
        ),
    )
    op.create_index(op.f("ix_certificate_superseded_at"), "certificate", ["superseded_at"], unique=False)
    op.create_index(op.f("ix_certificate_trust_anchor_id"), "certificate", ["trust_anchor_id"], unique=False)
    op.create_index(op.f("ix_certificate_realm_id"), "certificate", ["realm_id"], unique=False)
    op.create_index(
        op.f("ix_certificate_realm_id_not_after"), "certificate", ["realm_id", "not_after"], unique=False
    )
    op.create_index(
        op.f("ix_certificate_realm_id_not_before"), "certificate", ["realm_id", "not_before"], unique=False
    )
    op.create_index(
        op.f("ix_certificate_realm_id_key_fingerprint"), "certificate", ["realm_id", "key_fingerprint"], unique=False
    )
    op.create_index(
        op.f("ix_certificate_realm_id_serial_number"), "certificate", ["realm_id", "serial_number"], unique=False
    )
    op.create_index(op.f("ix_certificate_user_id"), "certificate", ["user_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("claims", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_consent_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_consent_realm_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_consent_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_consent_user_id_client_id")),
    )
    op.create_index(op.f("ix_consent_client_id"), "consent", ["client_id"], unique=False)
    op.create_table(
        "logout_notice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_logout_notice_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_logout_notice_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logout_notice")),
    )
    op.create_index(op.f("ix_logout_notice_client_id"), "logout_notice", ["client_id"], unique=False)
    op.create_index(
        op.f("ix_logout_notice_next_attempt_at"), "logout_notice", ["next_attempt_at"], unique=False
    )
    op.create_table(
        "member_of_group",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name=op.f("fk_member_of_group_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_member_of_group_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "group_id", name=op.f("pk_member_of_group")),
    )
    op.create_index(op.f("ix_member_of_group_group_id"), "member_of_group", ["group_id"], unique=False)
    op.create_table(
        "ocsp_signer",
        sa.Column("authority_id", sa.String(length=36), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("private_key_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["certificate_authority.id"],
            name=op.f("fk_ocsp_signer_authority_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_ocsp_signer")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"], unique=False)
    op.create_table(
        "revocation_list",
        sa.Column("authority_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("this_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["certificate_authority.id"],
            name=op.f("fk_revocation_list_authority_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_revocation_list")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_role_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_role_realm_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("realm_id", "client_id", "name", name=op.f("uq_role_realm_id_client_id_name")),
    )
    op.create_index(op.f("ix_role_client_id"), "role", ["client_id"], unique=False)
    op.create_index(
        "uq_role_of_realm",
        "role",
        ["realm_id", "name"],
        unique=True,
        sqlite_where=sa.text("client_id IS NULL"),
        postgresql_where=sa.text("client_id IS NULL"),
    )
    op.create_table(
        "composite_role",
        sa.Column("role_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["role.id"], name=op.f("fk_composite_role_child_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_composite_role_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "child_id", name=op.f("pk_composite_role")),
    )
    op.create_index(op.f("ix_composite_role_child_id"), "composite_role", ["child_id"], unique=False)
    op.create_table(
        "role_in_client",
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("role_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_in_client_role_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_role_in_client_client_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("client_id", "role_id", name=op.f("pk_role_in_client")),
    )
    op.create_index(op.f("ix_role_in_client_role_id"), "role_in_client", ["role_id"], unique=False)
    op.create_table(
        "role_in_client_scope",
        sa.Column("scope_id", sa.String(length=36), nullable=False),
        sa.Column("role_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_in_client_scope_role_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["scope_id"], ["client_scope.id"], name=op.f("fk_role_in_client_scope_scope_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scope_id", "role_id", name=op.f("pk_role_in_client_scope")),
    )
    op.create_index(op.f("ix_role_in_client_scope_role_id"), "role_in_client_scope", ["role_id"], unique=False)
    op.create_table(
        "role_of_group",
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("role_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name=op.f("fk_role_of_group_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_role_of_group_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "role_id", name=op.f("pk_role_of_group")),
    )
    op.create_index(op.f("ix_role_of_group_role_id"), "role_of_group", ["role_id"], unique=False)
    op.create_table(
        "role_of_user",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("role_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_role_of_user_role_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_role_of_user_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_role_of_user")),
    )
    op.create_index(op.f("ix_role_of_user_role_id"), "role_of_user", ["role_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acr", sa.String(length=16), nullable=False),
        sa.Column("amr", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("certificate_id", sa.String(length=36), nullable=True),
        sa.Column(
            "certificate_claims", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("second_factor", sa.String(length=16), nullable=True),
        sa.Column("enrolment_only", sa.Boolean(), nullable=False),
        sa.Column("begun_in", sa.String(length=36), nullable=True),
        sa.Column("impersonator", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=512), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_user_session_certificate_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["begun_in"],
            ["user_session.id"],
            name=op.f("fk_user_session_begun_in"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_user_session_realm_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_user_session_token_digest")),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_session_begun_in"), "user_session", ["begun_in"], unique=False)
    op.create_index(op.f("ix_user_session_realm_id_created_at"), "user_session", ["realm_id", "created_at"], unique=False)
    op.create_index(
        op.f("ix_user_session_user_id_ended_at"), "user_session", ["user_id", "ended_at"], unique=False
    )
    op.create_table(
        "token_family",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("realm_id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("scope", sa.String(length=2048), nullable=False),
        sa.Column("confirmation", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("audience", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("claims", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("refresh_digest", sa.String(length=64), nullable=True),
        sa.Column("previous_digest", sa.String(length=64), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_token_family_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["realm_id"], ["realm.id"], name=op.f("fk_token_family_realm_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["user_session.id"], name=op.f("fk_token_family_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_token_family_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_family")),
    )
    op.create_index(op.f("ix_token_family_client_id"), "token_family", ["client_id"], unique=False)
    op.create_index(op.f("ix_token_family_expires_at"), "token_family", ["expires_at"], unique=False)
    op.create_index(op.f("ix_token_family_session_id"), "token_family", ["session_id"], unique=False)
    op.create_index(op.f("ix_token_family_user_id"), "token_family", ["user_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _index_search_on_postgresql()


def _index_search_on_postgresql() -> None:
    """Let administrators search among a million accounts. Their names begin with ix_search, as the models do not have them."""
    op.execute(
        "CREATE INDEX ix_search_user_page ON user_account (realm_id, username)"
        " INCLUDE (id, email, given_name, family_name)"
        " WHERE service_account_client_id IS NULL"
    )
    op.execute("CREATE INDEX ix_search_user_attributes ON user_account USING gin (attributes jsonb_path_ops)")
    bind = op.get_bind()
    if not bind.scalar(sa.text("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")):
        return
    try:
        with bind.begin_nested():
            bind.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.ProgrammingError:  # the role may not; the search works, and is slow where accounts are many
        return
    op.execute(
        "CREATE INDEX ix_search_user_names ON user_account USING gin (username gin_trgm_ops, email gin_trgm_ops,"
        " lower(given_name) gin_trgm_ops, lower(family_name) gin_trgm_ops)"
    )
    op.execute(
        "CREATE INDEX ix_search_certificate_names ON certificate USING gin"
        " (lower(subject) gin_trgm_ops, lower(device_name) gin_trgm_ops)"
    )
    op.execute("CREATE INDEX ix_search_mail_recipient ON outgoing_mail USING gin (lower(recipient) gin_trgm_ops)")


def downgrade() -> None:
    op.drop_index(op.f("ix_token_family_user_id"), table_name="token_family")
    op.drop_index(op.f("ix_token_family_session_id"), table_name="token_family")
    op.drop_index(op.f("ix_token_family_expires_at"), table_name="token_family")
    op.drop_index(op.f("ix_token_family_client_id"), table_name="token_family")
    op.drop_table("token_family")
    op.drop_index(op.f("ix_user_session_user_id_ended_at"), table_name="user_session")
    op.drop_index(op.f("ix_user_session_realm_id_created_at"), table_name="user_session")
    op.drop_index(op.f("ix_user_session_expires_at"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(op.f("ix_role_of_user_role_id"), table_name="role_of_user")
    op.drop_table("role_of_user")
    op.drop_index(op.f("ix_role_of_group_role_id"), table_name="role_of_group")
    op.drop_table("role_of_group")
    op.drop_index(op.f("ix_role_in_client_scope_role_id"), table_name="role_in_client_scope")
    op.drop_table("role_in_client_scope")
    op.drop_index(op.f("ix_role_in_client_role_id"), table_name="role_in_client")
    op.drop_table("role_in_client")
    op.drop_index(op.f("ix_composite_role_child_id"), table_name="composite_role")
    op.drop_table("composite_role")
    op.drop_index(
        "uq_role_of_realm",
        table_name="role",
        sqlite_where=sa.text("client_id IS NULL"),
        postgresql_where=sa.text("client_id IS NULL"),
    )
    op.drop_index(op.f("ix_role_client_id"), table_name="role")
    op.drop_table("role")
    op.drop_table("revocation_list")
    op.drop_index(op.f("ix_recovery_code_user_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_table("ocsp_signer")
    op.drop_index(op.f("ix_member_of_group_group_id"), table_name="member_of_group")
    op.drop_table("member_of_group")
    op.drop_index(op.f("ix_logout_notice_next_attempt_at"), table_name="logout_notice")
    op.drop_index(op.f("ix_logout_notice_client_id"), table_name="logout_notice")
    op.drop_table("logout_notice")
    op.drop_index(op.f("ix_consent_client_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_certificate_user_id"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_realm_id_serial_number"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_realm_id_key_fingerprint"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_realm_id_not_before"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_realm_id_not_after"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_realm_id"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_trust_anchor_id"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_superseded_at"), table_name="certificate")
    op.drop_table("certificate")
    op.drop_index(op.f("ix_action_link_realm_id_created_at"), table_name="action_link")
    op.drop_index(op.f("ix_action_link_user_id_purpose"), table_name="action_link")
    op.drop_index(op.f("ix_action_link_expires_at"), table_name="action_link")
    op.drop_table("action_link")
    op.drop_index(
        "uq_group_at_top",
        table_name="user_group",
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.drop_index(op.f("ix_user_group_parent_id"), table_name="user_group")
    op.drop_table("user_group")
    op.drop_index(
        "ix_user_account_two_factor",
        table_name="user_account",
        sqlite_where=sa.text("two_factor_enabled_at IS NOT NULL"),
        postgresql_where=sa.text("two_factor_enabled_at IS NOT NULL"),
    )
    op.drop_index("ix_user_account_disabled", table_name="user_account")
    op.drop_index("ix_user_account_email_verified", table_name="user_account")
    op.drop_table("user_account")
    op.drop_table("signing_key")
    op.drop_index(op.f("ix_outgoing_mail_realm_id_created_at"), table_name="outgoing_mail")
    op.drop_index(op.f("ix_outgoing_mail_status_next_attempt_at"), table_name="outgoing_mail")
    op.drop_table("outgoing_mail")
    op.drop_index(op.f("ix_initial_access_token_realm_id"), table_name="initial_access_token")
    op.drop_table("initial_access_token")
    op.drop_index("ix_event_administrative", table_name="event")
    op.drop_index(op.f("ix_event_user_id_at"), table_name="event")
    op.drop_index(op.f("ix_event_realm_id_address_at"), table_name="event")
    op.drop_index(op.f("ix_event_realm_id_client_id_at"), table_name="event")
    op.drop_index(op.f("ix_event_realm_id_tag_at"), table_name="event")
    op.drop_index(op.f("ix_event_realm_id_at"), table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_client_manages_realm_id"), table_name="client")
    op.drop_table("client_scope")
    op.drop_table("client")
    op.drop_index(op.f("ix_foreign_answer_next_fetch_at"), table_name="foreign_answer")
    op.drop_index(op.f("ix_foreign_answer_wanted_at"), table_name="foreign_answer")
    op.drop_table("foreign_answer")
    op.drop_table("foreign_list_entry")
    op.drop_index(op.f("ix_foreign_list_source_id"), table_name="foreign_list")
    op.drop_index(op.f("ix_foreign_list_anchor_id_issuer_key"), table_name="foreign_list")
    op.drop_table("foreign_list")
    op.drop_index(op.f("ix_foreign_list_source_next_fetch_at"), table_name="foreign_list_source")
    op.drop_table("foreign_list_source")
    op.drop_table("trust_anchor")
    op.drop_index(op.f("ix_certificate_authority_realm_id"), table_name="certificate_authority")
    op.drop_table("certificate_authority")
    op.drop_table("server_secret")
    op.drop_table("realm")
    op.drop_index(op.f("ix_ephemeral_item_expires_at"), table_name="ephemeral_item")
    op.drop_table("ephemeral_item")
