"""A realm's certificate authorities, as the API tells them; no key of theirs is ever told."""

import ssl

from pydantic import ConfigDict
from sqlalchemy.orm import Session

from idp.admin.api.representation import Representation, milliseconds, optional_milliseconds
from idp.models import CertificateAuthority, OcspSigner, RevocationList

REQUEST = "request"


class RevocationListRepresentation(Representation):
    """The list that is published at present (RFC 5280 section 5)."""

    number: int
    thisUpdate: int
    nextUpdate: int


class SignerRepresentation(Representation):
    """The certificate that signs OCSP answers at present (RFC 6960 section 4.2.2.2)."""

    notBefore: int
    notAfter: int


class AuthorityRepresentation(Representation):
    """An authority; `keyHere` tells whether its private key is in the database, as others' and offline ones are not."""

    id: str
    parentId: str | None = None
    kind: str
    status: str
    subject: str
    serialNumber: str
    fingerprint: str
    certificate: str
    keyHere: bool
    notBefore: int
    notAfter: int
    createdDate: int
    revokedDate: int | None = None
    revocationReason: str | None = None
    revocationList: RevocationListRepresentation | None = None
    ocspSigner: SignerRepresentation | None = None


class ChainRepresentation(Representation):
    """The realm's authorities, issuing ones first, and whether a request waits for its certificate."""

    authorities: list[AuthorityRepresentation]
    requestPending: bool


class RequestRepresentation(Representation):
    """A request (PKCS#10) in PEM."""

    id: str
    subject: str
    request: str


class ImportRepresentation(Representation):
    """The certificate made for the request, and after it those above it up to the root, in PEM."""

    model_config = ConfigDict(extra="ignore", str_max_length=256 * 1024)

    certificate: str


class AuthorityRevocationRepresentation(Representation):
    """Why."""

    reason: str


def describe_authority(session: Session, row: CertificateAuthority) -> AuthorityRepresentation:
    """Return an authority with what it publishes."""
    published, signer = session.get(RevocationList, row.id), session.get(OcspSigner, row.id)
    return AuthorityRepresentation(
        id=row.id,
        parentId=row.parent_id,
        kind=row.kind,
        status=row.status,
        subject=row.subject,
        serialNumber=row.serial_number,
        fingerprint=row.fingerprint,
        certificate=ssl.DER_cert_to_PEM_cert(row.certificate),
        keyHere=row.private_key_encrypted is not None,
        notBefore=milliseconds(row.not_before),
        notAfter=milliseconds(row.not_after),
        createdDate=milliseconds(row.created_at),
        revokedDate=optional_milliseconds(row.revoked_at),
        revocationReason=row.revocation_reason,
        revocationList=None if published is None else _describe_list(published),
        ocspSigner=None if signer is None else _describe_signer(signer),
    )


def _describe_list(row: RevocationList) -> RevocationListRepresentation:
    return RevocationListRepresentation(
        number=row.number, thisUpdate=milliseconds(row.this_update), nextUpdate=milliseconds(row.next_update)
    )


def _describe_signer(row: OcspSigner) -> SignerRepresentation:
    return SignerRepresentation(notBefore=milliseconds(row.not_before), notAfter=milliseconds(row.not_after))
