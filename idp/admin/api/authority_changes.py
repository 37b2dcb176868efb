"""Making, rolling over, retiring and revoking a realm's authorities, and a root of somebody else's above them."""

from collections.abc import Callable

from cryptography.hazmat.primitives.serialization import Encoding

from idp.admin.api.answers import Created
from idp.admin.api.authority import MANAGE, PATH
from idp.admin.api.authority_representation import (
    AuthorityRevocationRepresentation,
    ImportRepresentation,
    RequestRepresentation,
)
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.resource import Resource
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import CertificateAuthority
from idp.pki.authorities import create_authorities, get_authority
from idp.pki.authority_revocation import AuthorityRevocationReason, list_with_below, revoke_authority
from idp.pki.corporate_root import create_request, import_chain, list_requests
from idp.pki.crl import ROOT_LIST_LIFETIME, publish_now
from idp.pki.roll_over import retire, roll_over
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_under_authority

authority_changes = Resource("Certificate authority")
_LARGEST = 384 * 1024


@authority_changes.post(PATH, MANAGE, status=201)
def make(call: Call) -> Created:
    """Make a root and an issuing authority under it; the realm must have none that issues."""
    return _create(call, create_authorities)


@authority_changes.post(f"{PATH}/roll-over", MANAGE, status=201)
def make_next(call: Call) -> Created:
    """Make a new issuing authority; what the old one has issued stays good. The root's key has to be here."""
    return _create(call, roll_over)


@authority_changes.post(f"{PATH}/request", MANAGE, status=200)
def request(call: Call) -> RequestRepresentation:
    """Make a request for an issuing authority that a root of somebody else's certifies; an earlier one is forgotten."""
    services, realm = call.services, hold(call, call.realm)
    made = create_request(call.session, services.authority_keys, services.clock, realm=realm)
    (row,) = list_requests(call.session, realm.id)
    call.record(Tag.AUTHORITY_REQUESTED, f"certificate-authority/{row.id}", after={"subject": row.subject})
    return RequestRepresentation(id=row.id, subject=row.subject, request=made.public_bytes(Encoding.PEM).decode())


@authority_changes.post(f"{PATH}/import", MANAGE, status=201, largest=_LARGEST)
def take_certificate(call: Call, given: ImportRepresentation) -> Created:
    """Take the certificate that was made for the request; it issues from then on."""
    realm = hold(call, call.realm)
    pem = given.certificate.encode()
    return _note_created(call, import_chain(call.session, call.services.clock, realm=realm, pem=pem))


@authority_changes.post(f"{PATH}/{{authority_id}}/retire", MANAGE)
def end(call: Call, authority_id: str) -> None:
    """Let an issuing authority issue no more; what it has issued stays good."""
    hold(call, call.realm)
    row = _get_issuing(call, authority_id)
    if row.status != "active":
        raise Conflict("it issues no more already")
    retire([row])
    call.record(Tag.AUTHORITY_RETIRED, f"certificate-authority/{row.id}", after=_describe(row))


@authority_changes.post(f"{PATH}/{{authority_id}}/revoke", MANAGE)
def revoke(call: Call, authority_id: str, wanted: AuthorityRevocationRepresentation) -> None:
    """Revoke an issuing authority: nothing counts that it has issued, and sessions that rest on it end. Nothing takes that back."""
    if wanted.reason not in set(AuthorityRevocationReason):
        raise InvalidInput(reason=f"Use one of {', '.join(AuthorityRevocationReason)}.")
    hold(call, call.realm)
    row, session, clock = _get_issuing(call, authority_id), call.session, call.services.clock
    count = revoke_authority(session, clock, row, AuthorityRevocationReason(wanted.reason))
    if count is None:
        raise Conflict("it is revoked already")
    for below in list_with_below(session, row):
        end_sessions_under_authority(session, clock, below, reason=Ending.CERTIFICATE_REVOKED)
    after = {**_describe(row), "reason": wanted.reason, "certificates": count, "root_list": _publish(call, row)}
    call.record(Tag.AUTHORITY_REVOKED, f"certificate-authority/{row.id}", after=after)


def _create(call: Call, create: Callable[..., CertificateAuthority]) -> Created:
    services, realm = call.services, hold(call, call.realm)
    made = create(
        call.session,
        services.authority_keys,
        services.clock,
        realm=realm,
        published_at=services.settings.published_at,
    )
    return _note_created(call, made)


def _publish(call: Call, row: CertificateAuthority) -> bool:
    """Let the root's list say so, and tell whether its key is here for that."""
    root = call.session.get(CertificateAuthority, row.parent_id or "")
    if root is None or root.private_key_encrypted is None:
        return False
    publish_now(call.session, call.services.authority_keys, call.services.clock, root, ROOT_LIST_LIFETIME)
    return True


def _get_issuing(call: Call, authority_id: str) -> CertificateAuthority:
    row = get_authority(call.session, call.realm.id, authority_id)
    if row.kind != "issuing":
        raise InvalidInput(id="This is no issuing authority: a root is trusted as long as the realm has it.")
    return row


def _note_created(call: Call, row: CertificateAuthority) -> Created:
    path = f"certificate-authority/{row.id}"
    call.record(Tag.AUTHORITY_CREATED, path, after=_describe(row))
    return Created(call.realm_url(f"/{path}"))


def _describe(row: CertificateAuthority) -> dict[str, str]:
    return {"fingerprint": row.fingerprint, "subject": row.subject, "status": row.status}
