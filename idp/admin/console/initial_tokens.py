"""Initial access tokens, with which applications register themselves: made and shown once, listed, deleted."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.clients.initial_access_tokens import (
    MAX_COUNT,
    MAX_LIFETIME,
    delete_initial_access_token,
    issue_initial_access_token,
    list_initial_access_tokens,
)
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.oidc.registration.information import REGISTRATION_PATH
from idp.web.exchange import Exchange

_DIGITS = 6


def show_tokens(exchange: Exchange, administrator: Administrator) -> Response:
    """Show what tokens there are, never what they say."""
    return _render(exchange, administrator)


def submit_tokens(exchange: Exchange, administrator: Administrator) -> Response:
    """Delete the token whose button was pressed, or make one and show it, this once."""
    doomed = exchange.form.get("delete", "")
    if doomed:
        delete_initial_access_token(exchange.session, realm_id=administrator.realm.id, token_id=doomed)
        administrator.record(Tag.INITIAL_TOKEN_DELETED, token_id=doomed)
        return administrator.done("registration-tokens", "initial_token_deleted")
    count, days = (_read_number(exchange.form.get(name, "")) for name in ("count", "days"))
    try:
        row, text = issue_initial_access_token(
            exchange.session,
            exchange.services.clock,
            realm_id=administrator.realm.id,
            count=count,
            lifetime=timedelta(days=min(days, MAX_LIFETIME.days + 1)),
        )
    except InvalidInput as error:
        errors = {"days" if name == "lifetime" else name: "number" for name in error.fields}
        return _render(exchange, administrator, status=422, errors=errors)
    administrator.record(Tag.INITIAL_TOKEN_CREATED, token_id=row.id, count=count, days=days)
    return _render(exchange, administrator, token=text)


def _read_number(typed: str) -> int:
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS else 0


def _render(exchange: Exchange, administrator: Administrator, *, status: int = 200, **context: Any) -> Response:
    realm = administrator.realm
    return render_console_page(
        exchange,
        administrator,
        "initial_tokens",
        status=status,
        tokens=list_initial_access_tokens(exchange.session, realm.id),
        registration=realm.client_registration,
        registration_url=f"{exchange.services.settings.public_url}/realms/{realm.name}{REGISTRATION_PATH}",
        most_count=MAX_COUNT,
        most_days=MAX_LIFETIME.days,
        typed={name: exchange.form.get(name, "1") for name in ("count", "days")},
        **{"token": "", "errors": {}, **context},
    )


PAGES = (
    ConsolePage(
        path="registration-tokens",
        view="view-clients",
        manage="manage-clients",
        show=show_tokens,
        submit=submit_tokens,
        recent=True,
    ),
)
