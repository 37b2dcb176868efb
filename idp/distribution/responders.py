"""Answers about revocation: the status is looked up for each, and its signature is kept as long as nothing changes."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from sqlalchemy import bindparam, select

from idp.clock import Clock
from idp.models import Certificate, CertificateAuthority, OcspSigner
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.ocsp import (
    ANSWER_LIFETIME,
    CertificateStatus,
    Failure,
    IssuerHash,
    OcspFailed,
    OcspRequest,
    build_answer,
    list_issuer_hashes,
)
from idp.pki.ocsp_signers import sign_answer
from idp.pki.serial_numbers import format_serial_number
from idp.storage.cache import MomentaryCache
from idp.storage.database import Database
from idp.storage.transaction import Transaction

_KEPT_ANSWERS = 10_000
_LONGEST_SERIAL_NUMBER = 160  # bits: RFC 5280 section 4.1.2.2

_SIGNER = (
    select(
        CertificateAuthority.certificate.label("issuer"),
        OcspSigner.certificate,
        OcspSigner.private_key_encrypted,
        OcspSigner.not_after,
    )
    .outerjoin(OcspSigner, OcspSigner.authority_id == CertificateAuthority.id)
    .where(
        CertificateAuthority.id == bindparam("authority_id"),
        CertificateAuthority.realm_id == bindparam("realm_id"),
        CertificateAuthority.kind == "issuing",
    )
)
_STATUS = select(Certificate.revoked_at, Certificate.revocation_reason).where(
    Certificate.authority_id == bindparam("authority_id"), Certificate.serial_number == bindparam("serial_number")
)


@dataclass(frozen=True)
class Responder:
    """Who answers for one authority; without a certificate it can sign nothing yet."""

    authority_id: str
    issuer_hashes: frozenset[IssuerHash]
    certificate: x509.Certificate | None
    private_key_encrypted: bytes = field(repr=False)
    not_after: datetime | None


@dataclass(frozen=True)
class Answer:
    """A signed answer in DER, and its times."""

    data: bytes
    this_update: datetime
    next_update: datetime

    @property
    def etag(self) -> str:
        """A strong entity tag (RFC 9110 section 8.8.3)."""
        return f'"{hashlib.sha256(self.data).hexdigest()}"'


class Responders:
    """The responders of all authorities, by realm id and authority id, and the newest answers that they have signed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._current = MomentaryCache(self._load)
        self._answers: OrderedDict[tuple[object, ...], Answer] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, realm_id: str, authority_id: str) -> Responder | None:
        """Return the responder, at most a second old, or None where there is no such authority."""
        return self._current.get((realm_id, authority_id))

    def answer(
        self, transaction: Transaction, keys: AuthorityKeys, clock: Clock, responder: Responder, request: OcspRequest
    ) -> Answer:
        """Return the signed answer to *request*; raise `OcspFailed` where it is about another issuer, or nobody can sign."""
        if request.issuer not in responder.issuer_hashes:
            raise OcspFailed(Failure.UNAUTHORIZED)
        now = clock.now()
        if responder.certificate is None or responder.not_after is None or now >= responder.not_after:
            raise OcspFailed(Failure.TRY_LATER)
        status = _find_status(transaction, responder.authority_id, request.serial_number)
        key = (responder.certificate.serial_number, request, status)
        kept = self._answers.get(key)
        if kept is not None and kept.this_update <= now < kept.this_update + ANSWER_LIFETIME / 2:
            return kept
        builder = build_answer(request, status, responder.certificate, now)
        data = sign_answer(keys, builder, responder.private_key_encrypted)
        this_update = now.replace(microsecond=0)
        answer = Answer(data, this_update, min(this_update + ANSWER_LIFETIME, responder.not_after))
        if request.nonce is None and status.known:  # strangers choose the rest, and could fill the memory with it
            self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[object, ...], answer: Answer) -> None:
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)

    def _load(self, key: tuple[str, str]) -> Responder | None:
        realm_id, authority_id = key
        with self._database.begin() as transaction:
            row = transaction.find(_SIGNER, {"realm_id": realm_id, "authority_id": authority_id})
        if row is None:
            return None
        hashes = list_issuer_hashes(x509.load_der_x509_certificate(row.issuer))
        certificate = x509.load_der_x509_certificate(row.certificate) if row.certificate else None
        return Responder(authority_id, hashes, certificate, row.private_key_encrypted or b"", row.not_after)


def _find_status(transaction: Transaction, authority_id: str, serial_number: int) -> CertificateStatus:
    if not 0 < serial_number < 1 << _LONGEST_SERIAL_NUMBER:
        return CertificateStatus(known=False)
    which = {"authority_id": authority_id, "serial_number": format_serial_number(serial_number)}
    row = transaction.find(_STATUS, which)
    return CertificateStatus(True, row.revoked_at, row.revocation_reason) if row else CertificateStatus(known=False)
