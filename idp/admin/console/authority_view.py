"""What pages show of the realm's certificate authorities."""

from typing import Any

from sqlalchemy import func, select

from idp.admin.console.administrator import Administrator
from idp.errors import NotFound
from idp.models import Certificate, CertificateAuthority, OcspSigner, RevocationList
from idp.pki.authorities import list_issuing_authorities, list_roots
from idp.pki.names import printable
from idp.pki.publication import find_publication, find_root_publication
from idp.web.exchange import Exchange


def describe_authorities(exchange: Exchange, administrator: Administrator) -> list[dict[str, Any]]:
    """Return the roots, newest first, each with those `below` it; authorities between them stand there as well."""
    session, realm_id = exchange.session, administrator.realm.id
    rows = {row.id: row for row in (*list_roots(session, realm_id), *list_issuing_authorities(session, realm_id))}
    counts = _count_certificates(exchange, realm_id)
    roots: dict[str, dict[str, Any]] = {}
    for row in reversed(rows.values()):
        if row.parent_id not in rows:
            roots[row.id] = _describe(exchange, administrator, row, counts) | {"below": []}
    for row in reversed(rows.values()):
        if row.id not in roots:
            roots[_find_top(rows, row)]["below"].append(_describe(exchange, administrator, row, counts))
    return list(roots.values())


def find_authority(exchange: Exchange, administrator: Administrator) -> CertificateAuthority:
    """Return the issuing authority that the address names, with its key here; raise `NotFound`, also for another realm's."""
    row = exchange.session.get(CertificateAuthority, exchange.path_params["authority"])
    if row is None or row.realm_id != administrator.realm.id or row.kind != "issuing" or row.status == "revoked":
        raise NotFound("there is no such issuing authority")
    return row


def _find_top(rows: dict[str, CertificateAuthority], row: CertificateAuthority) -> str:
    while row.parent_id in rows:
        row = rows[row.parent_id]
    return row.id


def _count_certificates(exchange: Exchange, realm_id: str) -> dict[str, int]:
    counted = (Certificate.realm_id == realm_id, Certificate.revoked_at.is_(None))
    statement = select(Certificate.authority_id, func.count()).where(*counted).group_by(Certificate.authority_id)
    return {str(row[0]): row[1] for row in exchange.session.execute(statement)}


def _describe(
    exchange: Exchange, administrator: Administrator, row: CertificateAuthority, counts: dict[str, int]
) -> dict[str, Any]:
    session, base = exchange.session, exchange.services.settings.published_at
    locate = find_root_publication if row.kind == "root" else find_publication
    here = row.private_key_encrypted is not None
    return {
        "id": row.id,
        "kind": row.kind,
        "status": row.status,
        "subject": printable(row.subject),
        "fingerprint": row.fingerprint,
        "not_before": row.not_before,
        "not_after": row.not_after,
        "revoked_at": row.revoked_at,
        "reason": row.revocation_reason or "",
        "key_here": here,
        "certificates": counts.get(row.id, 0),
        "list": session.get(RevocationList, row.id),
        "signer": session.get(OcspSigner, row.id),
        "published": locate(base, administrator.realm.name, row.id) if base else None,
        "url": administrator.url(f"authorities/{row.id}"),
    }
