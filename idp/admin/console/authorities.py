"""The realm's certificate authorities: drawn with their state, rolled over, retired and revoked."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.authority_request import PAGES as REQUEST
from idp.admin.console.authority_view import describe_authorities, find_authority
from idp.admin.console.certificate_profile import PAGES as PROFILE
from idp.admin.console.files import LARGEST_CERTIFICATES
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import Certificate, CertificateAuthority, RevocationList
from idp.pki.authorities import create_authorities, find_chain
from idp.pki.authority_revocation import REVOKED, AuthorityRevocationReason, list_with_below, revoke_authority
from idp.pki.corporate_root import find_request
from idp.pki.crl import ROOT_LIST_LIFETIME, publish_now
from idp.pki.roll_over import OFFLINE_LIST_LIFETIME, OfflineKey, retire, roll_over, with_key
from idp.sessions.endings import Ending
from idp.sessions.search import count_sessions_resting_on
from idp.sessions.sessions import end_sessions_under_authority
from idp.storage.holding import hold
from idp.web.exchange import Exchange


def show_authorities(exchange: Exchange, administrator: Administrator) -> Response:
    """Show every authority, each root with those below it."""
    return render_console_page(
        exchange,
        administrator,
        "authorities",
        roots=describe_authorities(exchange, administrator),
        waiting=find_request(exchange.session, administrator.realm.id) is not None,
        tokens_url=administrator.url("keys"),
    )


def show_roll_over(exchange: Exchange, administrator: Administrator) -> Response:
    """Say what happens."""
    return _render_roll_over(exchange, administrator)


def submit_roll_over(exchange: Exchange, administrator: Administrator) -> Response:
    """Make the next issuing authority, under a new root where the realm has none; the form says after which one.

    So a form that is sent twice makes one.
    """
    session, services, realm = exchange.session, exchange.services, administrator.realm
    hold(session, realm)
    chain = find_chain(session, realm.id, ("active", REVOKED))
    if exchange.form.get("after", "") != (chain[0].id if chain else ""):
        return administrator.done("authorities", "unchanged")
    keys, clock, published_at = services.authority_keys, services.clock, services.settings.published_at
    try:
        with session.begin_nested():
            if chain:
                key = _read_key(exchange)
                created = roll_over(session, keys, clock, realm=realm, root_key=key, published_at=published_at)
            else:
                created = create_authorities(session, keys, clock, realm=realm, published_at=published_at)
    except (Conflict, InvalidInput):
        return _render_roll_over(exchange, administrator, status=422, errors={"key": "wrong"})
    administrator.record(Tag.AUTHORITY_CREATED, fingerprint=created.fingerprint, subject=created.subject)
    return administrator.done("authorities", "authority_made")


def show_retire(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask."""
    return _render(exchange, administrator, "authority_retire", find_authority(exchange, administrator))


def submit_retire(exchange: Exchange, administrator: Administrator) -> Response:
    """Let it issue no more."""
    hold(exchange.session, administrator.realm)
    row = find_authority(exchange, administrator)
    if row.status != "active":
        return administrator.done("authorities", "unchanged")
    retire([row])
    administrator.record(Tag.AUTHORITY_RETIRED, fingerprint=row.fingerprint, subject=row.subject)
    return administrator.done("authorities", "authority_retired")


def show_revoke(exchange: Exchange, administrator: Administrator) -> Response:
    """Say what ends with it, and ask."""
    return _render(exchange, administrator, "authority_revoke", find_authority(exchange, administrator))


def submit_revoke(exchange: Exchange, administrator: Administrator) -> Response:
    """Revoke it with everything below it, and let its root's list say so, if the realm's name was typed."""
    hold(exchange.session, administrator.realm)
    row = find_authority(exchange, administrator)
    given, errors = exchange.form.get("reason", ""), {}
    if given not in set(AuthorityRevocationReason):
        errors["reason"] = "none"
    if exchange.form.get("confirmation", "") != administrator.realm.name:
        errors["confirmation"] = "mismatch"
    if not errors:
        try:
            with exchange.session.begin_nested():
                return _revoke(exchange, administrator, row, AuthorityRevocationReason(given))
        except (Conflict, InvalidInput):
            errors["key"] = "wrong"
    return _render(exchange, administrator, "authority_revoke", row, status=422, errors=errors)


def _revoke(
    exchange: Exchange, administrator: Administrator, row: CertificateAuthority, reason: AuthorityRevocationReason
) -> Response:
    session, services = exchange.session, exchange.services
    parent = session.get(CertificateAuthority, row.parent_id) if row.parent_id else None
    key = _read_key(exchange)
    signer = None
    if parent is not None and (key or parent.private_key_encrypted is not None):
        signer = with_key(services.authority_keys, parent, key)
    count = revoke_authority(session, services.clock, row, reason)
    if count is None:
        return administrator.done("authorities", "unchanged")
    for authority_id in list_with_below(session, row):
        end_sessions_under_authority(session, services.clock, authority_id, reason=Ending.CERTIFICATE_REVOKED)
    administrator.record(Tag.AUTHORITY_REVOKED, fingerprint=row.fingerprint, reason=str(reason), certificates=count)
    if signer is not None:
        lifetime = OFFLINE_LIST_LIFETIME if key else ROOT_LIST_LIFETIME
        publish_now(session, services.authority_keys, services.clock, signer, lifetime)
        published = session.get_one(RevocationList, signer.id)
        administrator.record(
            Tag.ROOT_LIST_PUBLISHED, number=published.number, next_update=published.next_update.isoformat()
        )
    return administrator.done("authorities", "authority_revoked")


def _read_key(exchange: Exchange) -> OfflineKey | None:
    passphrase = exchange.form.get("passphrase", "")
    return OfflineKey(exchange.content, passphrase) if exchange.content else None


def _render_roll_over(
    exchange: Exchange, administrator: Administrator, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    chain = find_chain(exchange.session, administrator.realm.id, ("active", REVOKED))
    return render_console_page(
        exchange,
        administrator,
        "authority_roll_over",
        status=status,
        current=chain[0] if chain else None,
        offline=bool(chain) and chain[-1].private_key_encrypted is None,
        errors=errors or {},
    )


def _render(
    exchange: Exchange,
    administrator: Administrator,
    template: str,
    row: CertificateAuthority,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    parent = exchange.session.get(CertificateAuthority, row.parent_id) if row.parent_id else None
    below = Certificate.authority_id == row.id
    return render_console_page(
        exchange,
        administrator,
        template,
        status=status,
        authority={"id": row.id, "subject": row.subject, "status": row.status},
        certificates=sum(
            a["certificates"] for a in _flatten(describe_authorities(exchange, administrator)) if a["id"] == row.id
        ),
        sessions=count_sessions_resting_on(exchange.session, exchange.services.clock, below),
        offline=parent is None or parent.private_key_encrypted is None,
        reasons=[str(reason) for reason in AuthorityRevocationReason],
        errors=errors or {},
    )


def _flatten(roots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for root in roots for one in (root, *root["below"])]


def _page(path: str, show: Any, submit: Any, largest: int = 0) -> ConsolePage:
    role = "manage-certificates"
    return ConsolePage(
        path=f"authorities/{path}", view=role, manage=role, show=show, submit=submit, recent=True, largest=largest
    )


PAGES = (
    ConsolePage(path="authorities", view="view-certificates", show=show_authorities),
    _page("roll-over", show_roll_over, submit_roll_over, LARGEST_CERTIFICATES),
    *REQUEST,
    *PROFILE,
    _page("{authority}/retire", show_retire, submit_retire),
    _page("{authority}/revoke", show_revoke, submit_revoke, LARGEST_CERTIFICATES),
)
