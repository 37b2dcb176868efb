"""Settings of a realm, in groups; a form made from an older version does not overwrite what somebody else has saved since."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import CERTIFICATE_LEVEL, ConsolePage
from idp.admin.console.undo import remember_change
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import MASTER
from idp.realms.changes import SETTINGS, Setting, change_realm, describe_realm
from idp.storage.holding import hold
from idp.web.exchange import Exchange
from idp.web.pages import see_other

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "general": ("display_name", "client_registration", "console_certificate_required", "impersonation"),
        "certificates": (
            "certificate_policy",
            "certificate_first",
            "certificate_lifetime",
            "certificate_limit",
            "certificate_renewal_window",
            "certificate_overlap",
            "reenrolment_after_expiry",
            "crl_lifetime",
        ),
        "recovery": ("enrolment_by_mail", "recovery_by_mail", "action_link_lifetime"),
        "passwords": ("password_min_length", "max_login_failures", "lock_increment", "max_lock"),
        "lifetimes": (
            "login_lifetime",
            "session_idle_lifetime",
            "session_lifetime",
            "access_token_lifetime",
            "offline_idle_lifetime",
            "offline_lifetime",
            "key_rotation_interval",
        ),
        "events": ("event_retention", "admin_event_retention"),
    }
)
ELSEWHERE = frozenset({"enabled", "theme"})
"""Settings with a page of their own."""
_BEFORE = "before."
_DURATION = re.compile(r"(\d+)([smhd])")


def show_first_group(_exchange: Exchange, administrator: Administrator) -> Response:
    """Lead to the first group."""
    return see_other(administrator.url("settings/general", **_passed_on(administrator.exchange)))


def show_group(exchange: Exchange, administrator: Administrator) -> Response:
    """Show a group's form."""
    return _render(exchange, administrator, _read_group(exchange), describe_realm(administrator.realm))


def save_group(exchange: Exchange, administrator: Administrator) -> Response:
    """Save what the person has changed in the form, all or nothing."""
    group, realm = _read_group(exchange), administrator.realm
    hold(exchange.session, realm)
    current = describe_realm(realm)
    seen = {name: exchange.form.get(_BEFORE + name, current[name]) for name in GROUPS[group]}
    typed = {name: _read_value(exchange, name, seen[name]) for name in GROUPS[group]}
    wanted = {name: value for name, value in typed.items() if value != seen[name]}
    conflicts = {name: current[name] for name, value in wanted.items() if current[name] not in (seen[name], value)}
    shown = current | wanted
    if conflicts:
        return _render(exchange, administrator, group, shown, status=409, conflicts=conflicts, before=current)
    if wanted.get("console_certificate_required") == "yes" and administrator.session.acr != CERTIFICATE_LEVEL:
        problems = {"console_certificate_required": "lockout"}
        return _render(exchange, administrator, group, shown, status=409, problems=problems, before=current)
    try:
        change_realm(realm, wanted)
    except InvalidInput as error:
        problems = {name: SETTINGS[name].kind for name in error.fields}
        return _render(exchange, administrator, group, shown, status=422, problems=problems, before=current)
    return finish_change(exchange, administrator, before=current, page=f"settings/{group}")


def finish_change(
    exchange: Exchange, administrator: Administrator, *, before: Mapping[str, str], page: str
) -> Response:
    """Record what differs from *before*, and lead back to *page* with a way to undo it."""
    now = describe_realm(administrator.realm)
    after = {name: value for name, value in now.items() if before[name] != value}
    if not after:
        return administrator.done(page, "unchanged")
    old = {name: before[name] for name in after}
    administrator.record(Tag.REALM_CHANGED, before=old, after=after)
    token = remember_change(exchange, administrator, before=old, after=after, page=page)
    return administrator.done(page, "saved", undo=token)


def show_disable(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask."""
    return render_console_page(exchange, administrator, "realm_disable", errors={})


def switch_realm(exchange: Exchange, administrator: Administrator) -> Response:
    """Switch the realm off, if its name was typed, or on again, as the button said; never the one without which nobody administers."""
    realm, wanted = administrator.realm, exchange.form.get("enabled", "")
    hold(exchange.session, realm)
    before = describe_realm(realm)
    if wanted not in {"yes", "no"} or wanted == before["enabled"]:
        return administrator.done("settings/general", "unchanged")
    if wanted == "no" and realm.name == MASTER:
        return render_console_page(exchange, administrator, "realm_disable", status=409, errors={})
    if wanted == "no" and exchange.form.get("confirmation", "") != realm.name:
        return render_console_page(
            exchange, administrator, "realm_disable", status=422, errors={"confirmation": "mismatch"}
        )
    change_realm(realm, {"enabled": wanted})
    at_home = realm.id == administrator.user.realm_id and not realm.enabled
    answer = finish_change(exchange, administrator, before=before, page="settings/general")
    return render_console_page(exchange, administrator, "realm_disabled") if at_home else answer


def _read_group(exchange: Exchange) -> str:
    group = exchange.path_params["group"]
    if group not in GROUPS:
        raise NotFound("there is no such group of settings")
    return group


def _read_value(exchange: Exchange, name: str, seen: str) -> str:
    kind = SETTINGS[name].kind
    if kind == "switch":
        return "yes" if name in exchange.form else "no"
    if name not in exchange.form:
        return seen
    value = exchange.form[name].strip()
    return value + exchange.form.get(f"{name}.unit", "") if kind == "duration" else value


def _render(
    exchange: Exchange,
    administrator: Administrator,
    group: str,
    values: Mapping[str, str],
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    conflicts: Mapping[str, str] | None = None,
    before: Mapping[str, str] | None = None,
) -> Response:
    problems, conflicts = problems or {}, conflicts or {}
    fields = [
        _describe_field(name, SETTINGS[name], values[name], (before or values)[name])
        | {"problem": problems.get(name, ""), "conflict": conflicts.get(name, "")}
        for name in GROUPS[group]
    ]
    return render_console_page(
        exchange,
        administrator,
        "settings",
        status=status,
        group=group,
        groups={name: administrator.url(f"settings/{name}") for name in GROUPS},
        action=administrator.url(f"settings/{group}"),
        fields=fields,
        errors=problems or conflicts,
    )


def _describe_field(name: str, setting: Setting, value: str, before: str) -> dict[str, Any]:
    match = _DURATION.fullmatch(value)
    return {
        "name": name,
        "kind": setting.kind,
        "value": value,
        "before": before,
        "number": match[1] if match else value.rstrip("smhd"),
        "unit": match[2] if match else value[-1:],
        "values": setting.values,
        "least": setting.least,
        "most": setting.most,
    }


def _passed_on(exchange: Exchange) -> dict[str, str]:
    return {name: exchange.query.get(name, "") for name in ("notice", "undo")}


PAGES = (
    ConsolePage(path="settings", view="view-realm", show=show_first_group),
    ConsolePage(
        path="settings/enabled",
        view="manage-realm",
        manage="manage-realm",
        show=show_disable,
        submit=switch_realm,
        recent=True,
    ),
    ConsolePage(
        path="settings/{group}",
        view="view-realm",
        manage="manage-realm",
        show=show_group,
        submit=save_group,
        recent=True,
    ),
)
