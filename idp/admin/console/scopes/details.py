"""A client scope's name, description and how new applications get it; what somebody else has saved is not overwritten."""

from collections.abc import Mapping

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.scopes.scope import render_scope
from idp.admin.console.texts import TypedTexts, read_texts
from idp.clients.client_scopes import DEFAULT, OPTIONAL, change_client_scope, create_client_scope
from idp.errors import Conflict, InvalidInput
from idp.events.tags import Tag
from idp.models import ClientScope
from idp.storage.holding import hold
from idp.web.exchange import Exchange

_FIELDS = ("name", "description", "assignment")
ASSIGNMENTS = ("", DEFAULT, OPTIONAL)


def show_new(exchange: Exchange, administrator: Administrator) -> Response:
    """Show the form."""
    return _render_new(exchange, administrator, dict.fromkeys(_FIELDS, ""))


def submit_new(exchange: Exchange, administrator: Administrator) -> Response:
    """Make a scope."""
    hold(exchange.session, administrator.realm)
    typed = {name: exchange.form.get(name, "").strip() for name in _FIELDS}
    try:
        with exchange.session.begin_nested():
            scope = create_client_scope(exchange.session, administrator.realm, typed)
    except (InvalidInput, Conflict) as error:
        return _render_new(exchange, administrator, typed, _name_problems(error))
    administrator.record(Tag.CLIENT_SCOPE_CREATED, after=describe_texts(scope), resource=f"client-scopes/{scope.id}")
    return administrator.done(f"scopes/{scope.id}", "scope_created")


def show_scope(exchange: Exchange, administrator: Administrator, scope: ClientScope) -> Response:
    """Show the form."""
    return _render(exchange, administrator, scope, TypedTexts(describe_texts(scope), {}, {}))


def save_scope(exchange: Exchange, administrator: Administrator, scope: ClientScope) -> Response:
    """Save what was changed in the form, all or nothing; applications follow where the name is another."""
    before, page = describe_texts(scope), f"scopes/{scope.id}"
    typed = read_texts(exchange.form, before)
    if typed.conflicts:
        return _render(exchange, administrator, scope, typed, status=409)
    wanted = {name: text.strip() for name, text in typed.wanted.items()}
    try:
        with exchange.session.begin_nested():
            change_client_scope(exchange.session, administrator.realm, scope, wanted)
    except (InvalidInput, Conflict) as error:
        exchange.session.refresh(scope)
        return _render(exchange, administrator, scope, typed, status=422, problems=_name_problems(error))
    after = describe_texts(scope)
    if after == before:
        return administrator.done(page, "unchanged")
    administrator.record(Tag.CLIENT_SCOPE_CHANGED, before=before, after=after, resource=f"client-scopes/{scope.id}")
    return administrator.done(page, "saved")


def describe_texts(scope: ClientScope) -> dict[str, str]:
    """Return each field as the form has it."""
    return {name: getattr(scope, name) for name in _FIELDS}


def _name_problems(error: InvalidInput | Conflict) -> dict[str, str]:
    """Return each problem by its field: what the domain says of a field, or that it collides."""
    return dict.fromkeys(error.fields, "invalid") if isinstance(error, InvalidInput) else {"name": "collides"}


def _render_new(
    exchange: Exchange,
    administrator: Administrator,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Response:
    return render_console_page(
        exchange,
        administrator,
        "scope_new",
        status=422 if problems else 200,
        values=values,
        problems=problems or {},
        assignments=ASSIGNMENTS,
    )


def _render(
    exchange: Exchange,
    administrator: Administrator,
    scope: ClientScope,
    typed: TypedTexts,
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
) -> Response:
    return render_scope(
        exchange,
        administrator,
        scope,
        "scope",
        status=status,
        values=typed.shown,
        before=describe_texts(scope),
        conflicts=typed.conflicts,
        problems=problems or {},
        assignments=ASSIGNMENTS,
    )
