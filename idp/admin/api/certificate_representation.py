"""People's certificates, as the API tells them."""

import ssl
from datetime import datetime

from pydantic import ConfigDict

from idp.admin.api.representation import Representation, milliseconds, optional_milliseconds
from idp.models import Certificate
from idp.pki.certificate_search import FoundCertificate
from idp.pki.certificate_status import find_status


class CertificateRepresentation(Representation):
    """A certificate; `certificate` is in PEM, and told of one alone."""

    id: str
    userId: str
    username: str
    status: str
    deviceName: str
    platform: str
    boundBy: str
    subject: str
    issuer: str
    serialNumber: str
    fingerprint: str
    keyType: str
    authorityId: str | None = None
    trustAnchorId: str | None = None
    replacesId: str | None = None
    notBefore: int
    notAfter: int
    createdDate: int
    provenDate: int | None = None
    lastUsedDate: int | None = None
    supersededDate: int | None = None
    revokedDate: int | None = None
    revocationReason: str | None = None
    remindedDays: int | None = None
    certificate: str | None = None


class IssueRepresentation(Representation):
    """For whom, and the request (PKCS#10) in PEM."""

    userId: str
    request: str
    deviceName: str
    platform: str = "other"


class RevokeRepresentation(Representation):
    """Why (RFC 5280 section 5.3.1)."""

    model_config = ConfigDict(extra="ignore", str_max_length=64)

    reason: str = "unspecified"


def describe_certificate(found: FoundCertificate, now: datetime, *, pem: bool = False) -> CertificateRepresentation:
    """Return the certificate as it is at *now*, in PEM as well where that is asked for."""
    row = found.row
    return CertificateRepresentation(
        id=row.id,
        userId=row.user_id,
        username=found.user.username,
        status=find_status(row, now),
        deviceName=row.device_name,
        platform=row.platform,
        boundBy=row.bound_by,
        subject=row.subject,
        issuer=row.issuer,
        serialNumber=row.serial_number,
        fingerprint=row.fingerprint,
        keyType=row.key_type,
        authorityId=row.authority_id,
        trustAnchorId=row.trust_anchor_id,
        replacesId=row.replaces_id,
        notBefore=milliseconds(row.not_before),
        notAfter=milliseconds(row.not_after),
        createdDate=milliseconds(row.created_at),
        provenDate=optional_milliseconds(row.proven_at),
        lastUsedDate=optional_milliseconds(row.last_used_at),
        supersededDate=optional_milliseconds(row.superseded_at),
        revokedDate=optional_milliseconds(row.revoked_at),
        revocationReason=row.revocation_reason,
        remindedDays=row.reminded_days,
        certificate=ssl.DER_cert_to_PEM_cert(row.certificate) if pem else None,
    )


def describe_for_event(row: Certificate) -> dict[str, str]:
    """Return what events say of it."""
    return {"device_name": row.device_name, "serial_number": row.serial_number, "fingerprint": row.fingerprint}
