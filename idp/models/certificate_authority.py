"""The certificate authorities of a realm."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, UTCDateTime, encrypted, new_id


class CertificateAuthority(Base):
    """A root or issuing authority; `kind` is root or issuing, `status` is active, retired or revoked. Others' come without a key."""

    __tablename__ = "certificate_authority"
    __table_args__ = (UniqueConstraint("realm_id", "fingerprint"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("certificate_authority.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), default="active")
    subject: Mapped[str] = mapped_column(String(1024))
    serial_number: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    certificate: Mapped[bytes] = mapped_column()
    private_key_encrypted: Mapped[bytes | None] = mapped_column(info=encrypted("certificate_authority.private_key"))
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revocation_reason: Mapped[str | None] = mapped_column(String(32))


class RevocationList(Base):
    """The latest CRL of an authority (DER in `data`); `number` grows with each (RFC 5280 section 5.2.3)."""

    __tablename__ = "revocation_list"

    authority_id: Mapped[str] = mapped_column(
        ForeignKey("certificate_authority.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column()
    data: Mapped[bytes] = mapped_column()
    this_update: Mapped[datetime] = mapped_column(UTCDateTime)
    next_update: Mapped[datetime] = mapped_column(UTCDateTime)


class OcspSigner(Base):
    """The key and certificate that sign an authority's OCSP answers in its place (RFC 6960 section 4.2.2.2)."""

    __tablename__ = "ocsp_signer"

    authority_id: Mapped[str] = mapped_column(
        ForeignKey("certificate_authority.id", ondelete="CASCADE"), primary_key=True
    )
    certificate: Mapped[bytes] = mapped_column()
    private_key_encrypted: Mapped[bytes] = mapped_column(info=encrypted("ocsp_signer.private_key"))
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime] = mapped_column(UTCDateTime)
