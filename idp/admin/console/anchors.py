"""Trust anchors: listed with what is held of their revocation, added in two steps, tried before they are saved, changed."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from idp.admin.anchor_authority import may_trust, may_trust_again
from idp.admin.console.administrator import Administrator
from idp.admin.console.anchor_form import parse_form, read_form, show_form
from idp.admin.console.anchor_removal import PAGES as REMOVAL
from idp.admin.console.anchor_trial import try_on_new, try_on_saved
from idp.admin.console.files import LARGEST_CERTIFICATES, read_certificates
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import TrustAnchor
from idp.pki.anchor_chain import Chain, read_chain
from idp.pki.anchor_settings import AnchorSettings
from idp.pki.foreign_revocation.summary import Held, summarise
from idp.pki.names import printable
from idp.pki.trust import load_certificates_below
from idp.pki.trust_anchors import (
    MAXIMUM,
    add_anchor,
    change_anchor,
    count_bound,
    describe_anchor,
    get_anchor_by_id,
    list_anchors,
    read_settings,
    replace_chain,
)
from idp.storage.holding import hold
from idp.web.exchange import Exchange

_BEYOND = MappingProxyType({"mapping.source": "authority"})
_CONFLICT = MappingProxyType({"version": "conflict"})


@dataclass(frozen=True)
class _Draft:
    """What the first step has asked for; *chain* is what *pem* holds."""

    name: str
    pem: str
    chain: Chain


def show_anchors(exchange: Exchange, administrator: Administrator) -> Response:
    """Show every anchor with its state."""
    session, realm_id = exchange.session, administrator.realm.id
    held = summarise(session, realm_id, exchange.services.clock.now())
    anchors = [
        describe(administrator, row, held[row.id]) | {"bound": count_bound(session, row)}
        for row in list_anchors(session, realm_id)
    ]
    return render_console_page(exchange, administrator, "anchors", anchors=anchors, maximum=MAXIMUM)


def show_add(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask for the name and the certificates."""
    return _render_first(exchange, administrator)


def submit_add(exchange: Exchange, administrator: Administrator) -> Response:
    """Go from the certificates to the settings, try a certificate, or add the anchor."""
    form = exchange.form
    first = form.get("step") != "settings"
    pem = read_certificates(exchange, "chain") if first else form.get("chain", "")
    name = form.get("name", "").strip()
    try:
        draft = _Draft(name, pem, read_chain(pem.encode(), exchange.services.clock.now()))
        if not name:
            raise InvalidInput(name="Use 1 to 64 characters on one line.")
    except InvalidInput as error:
        return _render_first(exchange, administrator, status=422, name=name, pasted=pem[:262144], errors=error.fields)
    if first:
        return _render_second(exchange, administrator, draft, show_form(AnchorSettings()))
    return _try_or_add(exchange, administrator, draft)


def _try_or_add(exchange: Exchange, administrator: Administrator, draft: _Draft) -> Response:
    typed, name, pem = read_form(exchange.form), draft.name, draft.pem
    try:
        settings = parse_form(typed)
        if exchange.form.get("do") == "try":
            trial = try_on_new(exchange, administrator, name=name, chain=draft.chain, settings=settings)
            return _render_second(exchange, administrator, draft, typed, trial=trial)
        if not may_trust(administrator.authority, administrator.realm, settings):
            return _render_second(exchange, administrator, draft, typed, status=403, errors=_BEYOND)
        row = add_anchor(
            exchange.session,
            exchange.services.clock,
            realm=administrator.realm,
            name=name,
            pem=pem.encode(),
            settings=settings,
        )
    except (InvalidInput, Conflict) as error:
        errors = {"chain": "conflict"} if isinstance(error, Conflict) else error.fields
        if {"name", "certificate", "chain"} & errors.keys():
            return _render_first(exchange, administrator, status=422, name=name, pasted=pem, errors=errors)
        return _render_second(exchange, administrator, draft, typed, status=422, errors=errors)
    administrator.record(Tag.ANCHOR_ADDED, **describe_anchor(row), settings=row.settings)
    return administrator.done(f"anchors/{row.id}", "anchor_added")


def show_anchor(exchange: Exchange, administrator: Administrator) -> Response:
    """Show an anchor with its certificates, what is held of its revocation, and its settings."""
    row = find(exchange, administrator)
    return _render(exchange, administrator, row, _show_saved(row))


def change(exchange: Exchange, administrator: Administrator) -> Response:
    """Save the settings, try a certificate on them, or set the certificates below the anchor anew."""
    row = find(exchange, administrator)
    typed = read_form(exchange.form)
    if exchange.form.get("do") == "chain":
        return _replace_chain(exchange, administrator, row)
    try:
        settings = parse_form(typed)
    except InvalidInput as error:
        return _render(exchange, administrator, row, typed, status=422, errors=error.fields)
    if exchange.form.get("do") == "try":
        trial = try_on_saved(exchange, administrator, row, settings)
        return _render(exchange, administrator, row, typed, trial=trial)
    return _save(exchange, administrator, row, typed, settings)


def find(exchange: Exchange, administrator: Administrator) -> TrustAnchor:
    """Return the anchor that the address names; raise `NotFound`."""
    return get_anchor_by_id(exchange.session, administrator.realm.id, exchange.path_params["anchor"])


def describe(administrator: Administrator, row: TrustAnchor, held: Held) -> dict[str, Any]:
    """Return what pages show of an anchor."""
    return {
        "id": row.id,
        "name": row.name,
        "enabled": row.enabled,
        "subject": printable(row.subject),
        "fingerprint": row.fingerprint,
        "serial_number": row.serial_number,
        "not_before": row.not_before,
        "not_after": row.not_after,
        "version": row.updated_at.isoformat(),
        "held": held,
        "method": (row.settings.get("revocation") or {}).get("method", "crl"),
        "url": administrator.url(f"anchors/{row.id}"),
    }


def _show_saved(row: TrustAnchor) -> dict[str, str]:
    try:
        return show_form(read_settings(row))
    except InvalidInput:  # of another version: the defaults stand in the form until somebody saves
        return show_form(AnchorSettings())


def _save(
    exchange: Exchange, administrator: Administrator, row: TrustAnchor, typed: dict[str, str], settings: AnchorSettings
) -> Response:
    if not _hold_as_shown(exchange, administrator, row):
        return _render(exchange, administrator, row, typed, status=409, errors=_CONFLICT)
    before = row.settings
    if not may_trust(administrator.authority, administrator.realm, settings):
        return _render(exchange, administrator, row, typed, status=403, errors=_BEYOND)
    changed = change_anchor(exchange.session, exchange.services.clock, row, settings)
    if not changed:
        return administrator.done(f"anchors/{row.id}", "unchanged")
    old = {name: before.get(name) for name in changed}
    administrator.record(Tag.ANCHOR_CHANGED, **describe_anchor(row), before=old, after=changed)
    return administrator.done(f"anchors/{row.id}", "anchor_saved")


def _hold_as_shown(exchange: Exchange, administrator: Administrator, row: TrustAnchor) -> bool:
    """Hold the anchor until the transaction ends, and tell whether it still is as the form was made from."""
    hold(exchange.session, administrator.realm)
    exchange.session.refresh(row)
    return exchange.form.get("version") == row.updated_at.isoformat()


def _replace_chain(exchange: Exchange, administrator: Administrator, row: TrustAnchor) -> Response:
    pem = read_certificates(exchange, "chain")
    if not _hold_as_shown(exchange, administrator, row):
        return _render(exchange, administrator, row, _show_saved(row), status=409, errors=_CONFLICT)
    if row.enabled and not may_trust_again(administrator.authority, administrator.realm, row):
        return _render(exchange, administrator, row, _show_saved(row), status=403, errors=_BEYOND)
    try:
        replace_chain(exchange.session, exchange.services.clock, row, pem.encode())
    except InvalidInput as error:
        return _render(exchange, administrator, row, _show_saved(row), status=422, errors=error.fields)
    below = len(load_certificates_below(row))
    administrator.record(Tag.ANCHOR_CHANGED, **describe_anchor(row), changed={"intermediates": below})
    return administrator.done(f"anchors/{row.id}", "anchor_saved")


def _render_first(
    exchange: Exchange,
    administrator: Administrator,
    *,
    status: int = 200,
    name: str = "",
    pasted: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    context = {"name": name, "pasted": pasted, "errors": errors or {}}
    return render_console_page(exchange, administrator, "anchor_add", status=status, **context)


def _render_second(
    exchange: Exchange,
    administrator: Administrator,
    draft: _Draft,
    typed: dict[str, str],
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    chain = draft.chain
    return render_console_page(
        exchange,
        administrator,
        "anchor_settings",
        status=status,
        name=draft.name,
        chain=draft.pem,
        links=[printable(one.subject.rfc4514_string()) for one in (chain.anchor, *chain.intermediates)],
        not_after=chain.anchor.not_valid_after_utc,
        values=typed,
        **{"errors": {}, "trial": None, **context},
    )


def _render(
    exchange: Exchange,
    administrator: Administrator,
    row: TrustAnchor,
    typed: dict[str, str],
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    held = summarise(exchange.session, administrator.realm.id, exchange.services.clock.now())[row.id]
    return render_console_page(
        exchange,
        administrator,
        "anchor",
        status=status,
        anchor=describe(administrator, row, held) | {"bound": count_bound(exchange.session, row)},
        links=[printable(one.subject.rfc4514_string()) for one in load_certificates_below(row)],
        values=typed,
        **{"errors": {}, "trial": None, **context},
    )


PAGES = (
    ConsolePage(path="anchors", view="view-certificates", show=show_anchors),
    ConsolePage(
        path="anchors/add",
        view="manage-certificates",
        manage="manage-certificates",
        show=show_add,
        submit=submit_add,
        recent=True,
        largest=LARGEST_CERTIFICATES,
    ),
    ConsolePage(
        path="anchors/{anchor}",
        view="view-certificates",
        manage="manage-certificates",
        show=show_anchor,
        submit=change,
        recent=True,
        largest=LARGEST_CERTIFICATES,
    ),
    *REMOVAL,
)
