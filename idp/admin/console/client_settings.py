"""Settings of an application, in groups; a form made from an older version does not overwrite what somebody else has saved since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_fields import GROUPS, describe_group, read_field
from idp.admin.console.client_lookup import describe_client, find_lock, for_change, for_client
from idp.admin.console.client_setup import render_setup
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.clients.clients import change_client
from idp.clients.metadata.document import change_metadata, describe_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import Client
from idp.oidc.registration.checks import verify_keys
from idp.users.authority import may_be_anybody
from idp.users.service_accounts import drop_unused_service_account
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_BEFORE = "before."
_FOR_REALM_ADMINS = "admin_api"


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What a form says: the values that are shown again, those that differ from what it was made from, and what is wrong."""

    shown: dict[str, Any]
    wanted: dict[str, Any]
    conflicts: dict[str, Any]
    problems: dict[str, str] = field(default_factory=dict)


def show_first_group(_exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Lead to the first group."""
    return see_other(administrator.url(f"clients/{client.id}/settings/{next(iter(GROUPS))}"))


def show_group(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show a group's form."""
    group = _read_group(exchange)
    values = describe_group(ClientMetadata.of(client), group)
    return _render(exchange, administrator, client, group, Typed(shown=values, wanted={}, conflicts={}))


def save_group(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Save what was changed in the form, all or nothing; a secret that is needed from now on is shown, this once."""
    group, current = _read_group(exchange), ClientMetadata.of(client)
    typed = _read_form(exchange, describe_group(current, group), group)
    if typed.conflicts:
        return _render(exchange, administrator, client, group, typed, status=409)
    if typed.wanted.get(_FOR_REALM_ADMINS) and not may_be_anybody(administrator.authority, administrator.realm):
        typed.problems[_FOR_REALM_ADMINS] = "role"
    try:
        changed = change_metadata(current, typed.wanted)
        verify_keys(changed)
    except InvalidInput as error:
        typed.problems.update({**error.fields, **typed.problems})
    if typed.problems:
        return _render(exchange, administrator, client, group, typed, status=422)
    return _save(exchange, administrator, client, group, changed)


def _save(
    exchange: Exchange, administrator: Administrator, client: Client, group: str, changed: ClientMetadata
) -> Response:
    page, before = f"clients/{client.id}/settings/{group}", describe_metadata(ClientMetadata.of(client))
    after = describe_metadata(changed)
    if before == after:
        return administrator.done(page, "unchanged")
    secret = change_client(client, exchange.services.cipher, exchange.services.clock, changed)
    drop_unused_service_account(exchange.session, exchange.services.clock, client)
    administrator.record(Tag.CLIENT_CHANGED, client_id=client.client_id, before=before, after=after)
    if secret is not None:
        return render_setup(exchange, administrator, client, secret=secret, fresh="replaced")
    return administrator.done(page, "saved")


def _read_form(exchange: Exchange, current: Mapping[str, Any], group: str) -> Typed:
    typed = Typed(shown=dict(current), wanted={}, conflicts={})
    for name, kind in GROUPS[group].items():
        seen = _read_seen(exchange.form.get(_BEFORE + name), current[name])
        try:
            value = read_field(exchange.form, name, kind, seen)
        except InvalidInput as error:
            typed.problems.update(error.fields)
            typed.shown[name] = exchange.form[name]
            continue
        if value != seen and (value or seen):
            typed.shown[name] = typed.wanted[name] = value
            if current[name] not in (seen, value):
                typed.conflicts[name] = current[name]
    return typed


def _read_seen(text: str | None, current: Any) -> Any:
    try:
        return current if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return current


def _read_group(exchange: Exchange) -> str:
    group = exchange.path_params["group"]
    if group not in GROUPS:
        raise NotFound("there is no such group of settings")
    return group


def _render(
    exchange: Exchange, administrator: Administrator, client: Client, group: str, typed: Typed, *, status: int = 200
) -> Response:
    current = describe_group(ClientMetadata.of(client), group)
    fields = [
        {
            "name": name,
            "kind": kind.kind,
            "values": kind.values,
            "value": _show(typed.shown[name]) if kind.kind not in ("switch", "several") else typed.shown[name],
            "before": json.dumps(current[name]),
            "problem": typed.problems.get(name, ""),
            "conflict": name in typed.conflicts,
            "theirs": _show(typed.conflicts.get(name)),
        }
        for name, kind in GROUPS[group].items()
    ]
    path = f"clients/{client.id}/settings"
    return render_console_page(
        exchange,
        administrator,
        "client_settings",
        status=status,
        client=describe_client(administrator, client),
        lock=find_lock(exchange, administrator, client),
        group=group,
        groups={name: administrator.url(f"{path}/{name}") for name in GROUPS},
        fields=fields,
        elsewhere={name: text for name, text in typed.problems.items() if name not in GROUPS[group]},
        errors=typed.problems,
    )


def _show(value: Any) -> str:
    """Return the value as the field has it: lists by line, what is nothing as nothing."""
    if isinstance(value, list):
        return "\n".join(value)
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, indent=1) if isinstance(value, dict) else str(value)


PAGES = (
    ConsolePage(path="clients/{client}/settings", view="view-clients", show=for_client(show_first_group)),
    ConsolePage(
        path="clients/{client}/settings/{group}",
        view="view-clients",
        manage="manage-clients",
        show=for_client(show_group),
        submit=for_change(save_group),
        recent=True,
    ),
)
