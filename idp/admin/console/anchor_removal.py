"""Trust anchors: switched off and on, removed by their name, and given a revocation list from a file."""

import io
from typing import Any

from starlette.responses import Response

from idp.admin.anchor_authority import may_trust_again
from idp.admin.console.administrator import Administrator
from idp.admin.console.files import release_database
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.events.tags import Tag
from idp.models import Certificate, TrustAnchor
from idp.pki.foreign_revocation.errors import ListRefused
from idp.pki.foreign_revocation.list_store import sweep_lists
from idp.pki.foreign_revocation.refreshing import upload_list
from idp.pki.trust_anchors import count_bound, describe_anchor, get_anchor_by_id, remove_anchor, switch_anchor
from idp.sessions.search import count_sessions_resting_on
from idp.sessions.sessions import end_sessions_under_anchor
from idp.storage.holding import hold
from idp.web.exchange import Exchange

LARGEST_LIST = 4 * 1024 * 1024
"""Octets of a form with a revocation list; larger ones are fetched from an address, or taken in by `idp anchor crl`."""


def show_switch(exchange: Exchange, administrator: Administrator) -> Response:
    """Say what it means, and ask."""
    return _render(exchange, administrator, "anchor_switch", _find(exchange, administrator))


def switch(exchange: Exchange, administrator: Administrator) -> Response:
    """Switch it off, which ends the sessions that rest on it, or on again; the form says which, so that twice does no harm."""
    row = _find(exchange, administrator)
    session, clock = exchange.session, exchange.services.clock
    enabled = exchange.form.get("enabled") == "yes"
    hold(session, administrator.realm)
    session.refresh(row)
    if enabled and not may_trust_again(administrator.authority, administrator.realm, row):
        return _render(exchange, administrator, "anchor_switch", row, status=403, errors={"enabled": "authority"})
    if not switch_anchor(session, clock, row, enabled=enabled):
        return administrator.done(f"anchors/{row.id}", "unchanged")
    ended = () if enabled else end_sessions_under_anchor(session, clock, row.id)
    change: dict[str, Any] = {"before": {"enabled": not enabled}, "after": {"enabled": enabled}}
    administrator.record(Tag.ANCHOR_CHANGED, **describe_anchor(row), **change, sessions=len(ended))
    return administrator.done(f"anchors/{row.id}", "anchor_enabled" if enabled else "anchor_disabled")


def show_remove(exchange: Exchange, administrator: Administrator) -> Response:
    """Say what ends with it, and ask."""
    return _render(exchange, administrator, "anchor_remove", _find(exchange, administrator))


def remove(exchange: Exchange, administrator: Administrator) -> Response:
    """Remove it with what is bound under it, if its name was typed."""
    row = _find(exchange, administrator)
    if exchange.form.get("confirmation", "") != row.name:
        return _render(exchange, administrator, "anchor_remove", row, status=422, errors={"confirmation": "mismatch"})
    bound = count_bound(exchange.session, row)
    ended = end_sessions_under_anchor(exchange.session, exchange.services.clock, row.id)
    administrator.record(Tag.ANCHOR_REMOVED, **describe_anchor(row), bound=bound, sessions=len(ended))
    remove_anchor(exchange.session, row)
    return administrator.done("anchors", "anchor_removed")


def show_upload(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask for the file."""
    return _render(exchange, administrator, "anchor_list", _find(exchange, administrator))


def take_list(exchange: Exchange, administrator: Administrator) -> Response:
    """Take in a revocation list of the anchor, or of an authority below it."""
    row, means = _find(exchange, administrator), exchange.services.foreign_means
    if not exchange.content:
        return _render(exchange, administrator, "anchor_list", row, status=422, errors={"file": "none"})
    release_database(exchange)
    try:
        taken = upload_list(means, row.id, io.BytesIO(exchange.content))
    except ListRefused as error:
        return _render(exchange, administrator, "anchor_list", row, status=422, errors={"file": str(error)})
    sweep_lists(means.database, exchange.services.clock)
    issuer = taken.found.issuer.subject.rfc4514_string()[:255]
    administrator.record(
        Tag.REVOCATION_LIST_UPLOADED, anchor=row.name, issuer=issuer, number=str(taken.found.number), new=taken.new
    )
    return administrator.done(f"anchors/{row.id}", "list_taken" if taken.new else "list_known")


def _find(exchange: Exchange, administrator: Administrator) -> TrustAnchor:
    return get_anchor_by_id(exchange.session, administrator.realm.id, exchange.path_params["anchor"])


def _render(
    exchange: Exchange,
    administrator: Administrator,
    template: str,
    row: TrustAnchor,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    chosen = Certificate.trust_anchor_id == row.id
    return render_console_page(
        exchange,
        administrator,
        template,
        status=status,
        anchor={"id": row.id, "name": row.name, "enabled": row.enabled},
        bound=count_bound(exchange.session, row),
        sessions=count_sessions_resting_on(exchange.session, exchange.services.clock, chosen),
        largest=LARGEST_LIST // 1024**2,
        errors=errors or {},
    )


def _page(path: str, show: Any, submit: Any, largest: int = 0) -> ConsolePage:
    role = "manage-certificates"
    return ConsolePage(
        path=f"anchors/{{anchor}}/{path}",
        view=role,
        manage=role,
        show=show,
        submit=submit,
        recent=True,
        largest=largest,
    )


PAGES = (
    _page("switch", show_switch, switch),
    _page("remove", show_remove, remove),
    _page("list", show_upload, take_list, LARGEST_LIST),
)
