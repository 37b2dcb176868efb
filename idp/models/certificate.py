"""A person's client certificate. Its row, found by fingerprint, is what binds it to its owner."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, UTCDateTime, new_id


class Certificate(Base):
    """One end-entity certificate (DER in `certificate`); the private key is never stored.

    `authority_id` is of the authority here that issued it, `trust_anchor_id` of the foreign anchor that it was accepted under; one of
    the two is set. `bound_by` says how it came to its owner: issued with a key of ours, or requested for one of theirs; registered,
    first_use or mapping. `reminded_days` says how many days before the end the last reminder was for. One that was renewed counts
    until `superseded_at`. `key_fingerprint` is the SHA-256 of its SubjectPublicKeyInfo, by which a key is found that somebody uses.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("authority_id", "serial_number"),
        UniqueConstraint("realm_id", "fingerprint"),
        Index(None, "realm_id", "not_after"),
        Index(None, "realm_id", "not_before"),
        Index(None, "realm_id", "key_fingerprint"),
        Index(None, "realm_id", "serial_number"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    authority_id: Mapped[str | None] = mapped_column(ForeignKey("certificate_authority.id", ondelete="CASCADE"))
    trust_anchor_id: Mapped[str | None] = mapped_column(ForeignKey("trust_anchor.id", ondelete="CASCADE"), index=True)
    bound_by: Mapped[str] = mapped_column(String(16), default="issued")
    serial_number: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(1024))
    issuer: Mapped[str] = mapped_column(String(1024))
    certificate: Mapped[bytes] = mapped_column()
    key_type: Mapped[str] = mapped_column(String(16))
    key_fingerprint: Mapped[str | None] = mapped_column(String(64))
    device_name: Mapped[str] = mapped_column(String(255))
    platform: Mapped[str] = mapped_column(String(32))
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proven_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("certificate.id", ondelete="SET NULL"))
    superseded_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    reminded_days: Mapped[int | None] = mapped_column()
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revocation_reason: Mapped[str | None] = mapped_column(String(32))
