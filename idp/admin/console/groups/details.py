"""A group made at the top or in another, its name, description and attributes, and whether new people join it."""

from collections.abc import Mapping

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.groups.group import get_group, group_url, list_above, render_group
from idp.admin.console.named import NAMES, Outcome, create_named, describe_named, save_named
from idp.admin.console.page import render_console_page
from idp.admin.console.refusal import render_refusal
from idp.errors import InvalidInput, NotPermitted
from idp.events.tags import Tag
from idp.models import CERTIFICATE_POLICY, Group
from idp.storage.holding import hold
from idp.users.delegation import verify_may_change_group
from idp.users.groups import change_group, create_group
from idp.web.exchange import Exchange


def show_new(exchange: Exchange, administrator: Administrator) -> Response:
    """Show the form for a group at the top, or in the one that the query names."""
    parent = _find_parent(exchange, administrator, exchange.query.get("in", ""))
    return _render_new(exchange, administrator, parent, dict.fromkeys(NAMES, ""))


def submit_new(exchange: Exchange, administrator: Administrator) -> Response:
    """Make a group; in another one if the administrator has all that one gives, as its members will have it."""
    hold(exchange.session, administrator.realm)
    parent = _find_parent(exchange, administrator, exchange.form.get("in", ""))
    if parent is not None:
        try:
            verify_may_change_group(exchange.session, administrator.authority, parent)
        except NotPermitted:
            back = group_url(administrator, parent)
            return render_refusal(exchange, administrator, section="groups", title=parent.name, back=back)
    group, typed, problems = create_named(
        exchange, lambda columns: create_group(exchange.session, administrator.realm.id, parent, columns)
    )
    if group is None:
        return _render_new(exchange, administrator, parent, typed, problems)
    administrator.record(Tag.GROUP_CREATED, after=describe_named(group), resource=f"groups/{group.id}")
    return administrator.done(f"groups/{group.id}", "group_created")


def show_settings(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Show the form."""
    known = describe_named(group)
    return _render(exchange, administrator, group, Outcome(shown=known, before=known, after=known))


def save_settings(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Save what was changed in the form, all or nothing."""
    outcome = save_named(exchange, group, lambda columns: change_group(exchange.session, group, columns))
    if outcome.status != 200:
        return _render(exchange, administrator, group, outcome)
    page, before, after = f"groups/{group.id}/settings", dict(outcome.before), dict(outcome.after)
    if after == before:
        return administrator.done(page, "unchanged")
    administrator.record(Tag.GROUP_CHANGED, before=before, after=after, resource=f"groups/{group.id}")
    return administrator.done(page, "saved")


def switch_default(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Let new people join the group, or no more, as the button said."""
    page, wanted = f"groups/{group.id}/settings", exchange.form.get("joins") == "yes"
    if group.joined_by_new == wanted:
        return administrator.done(page, "unchanged")
    group.joined_by_new = wanted
    before, after = {"joinedByNew": not wanted}, {"joinedByNew": wanted}
    administrator.record(Tag.GROUP_CHANGED, before=before, after=after, resource=f"default-groups/{group.id}")
    return administrator.done(page, "group_default" if wanted else "group_not_default")


def switch_certificates(exchange: Exchange, administrator: Administrator, group: Group) -> Response:
    """Let members need a certificate, or no more, as the button said."""
    page, wanted = f"groups/{group.id}/settings", exchange.form.get("needed") == "yes"
    if group.certificate_required == wanted:
        return administrator.done(page, "unchanged")
    before = describe_named(group)
    kept = {name: values for name, values in group.attributes.items() if name != CERTIFICATE_POLICY}
    attributes = {**kept, CERTIFICATE_POLICY: ["required"]} if wanted else kept
    try:
        with exchange.session.begin_nested():
            change_group(exchange.session, group, {"attributes": attributes})
    except InvalidInput:  # there is no room for another attribute
        exchange.session.refresh(group)
        return administrator.done(page, "group_full")
    administrator.record(Tag.GROUP_CHANGED, before=before, after=describe_named(group), resource=f"groups/{group.id}")
    return administrator.done(page, "group_certified" if wanted else "group_not_certified")


def _find_parent(exchange: Exchange, administrator: Administrator, group_id: str) -> Group | None:
    return get_group(exchange, administrator, group_id) if group_id else None


def _render_new(
    exchange: Exchange,
    administrator: Administrator,
    parent: Group | None,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Response:
    above = [] if parent is None else list_above(exchange, administrator, parent)
    return render_console_page(
        exchange,
        administrator,
        "group_new",
        status=422 if problems else 200,
        parent=parent,
        parent_url="" if parent is None else group_url(administrator, parent),
        above=above,
        values=values,
        problems=problems or {},
    )


def _render(exchange: Exchange, administrator: Administrator, group: Group, outcome: Outcome) -> Response:
    return render_group(
        exchange,
        administrator,
        group,
        "group_settings",
        status=outcome.status,
        **outcome.for_form(),
    )
