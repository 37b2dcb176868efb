"""Show a page of the console: what all of them have in common."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from idp.admin.console.administrator import CONSOLE, Administrator, Visitor
from idp.admin.console.language import find_language, find_languages
from idp.models import MASTER
from idp.web.exchange import Exchange
from idp.web.pages import render_page

# Section: the page's path, and the role without which it is not shown; empty for what everybody may see who sees the realm at all.
NAVIGATION: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "overview": ("", ""),
        "users": ("users", "view-users"),
        "groups": ("groups", "view-users"),
        "roles": ("roles", "view-realm"),
        "sessions": ("sessions", "view-users"),
        "clients": ("clients", "view-clients"),
        "scopes": ("scopes", "view-clients"),
        "initial_tokens": ("registration-tokens", "view-clients"),
        "certificates": ("certificates", "view-certificates"),
        "authorities": ("authorities", "view-certificates"),
        "anchors": ("anchors", "view-certificates"),
        "events": ("events", "view-events"),
        "mail": ("mail", "view-mail"),
        "keys": ("keys", "view-realm"),
        "themes": ("themes", "view-realm"),
        "settings": ("settings", "view-realm"),
        "transfer": ("transfer", "manage-realm"),
    }
)
_NOTICE = re.compile(r"[a-z_]{1,40}")
_UNDO = re.compile(r"[A-Za-z0-9_-]{20,64}")


def render_console_page(
    exchange: Exchange, administrator: Administrator, template: str, *, status: int = 200, **context: Any
) -> Response:
    """Return the page ``admin/<template>.html`` about the managed realm; a notice comes from the query, as `done` put it there."""
    realm = administrator.realm
    navigation = {
        section: administrator.url(path)
        for section, (path, role) in NAVIGATION.items()
        if not role or administrator.may(role)
    }
    about: dict[str, Any] = {
        "managed": {
            "name": realm.name,
            "title": realm.display_name or realm.name,
            "enabled": realm.enabled,
            "home_url": administrator.url(),
        },
        "navigation": navigation,
        "url": administrator.url,
        "may": administrator.may,
        "notice_name": _read(exchange, "notice", _NOTICE) if status == 200 else "",
        "undo": _read(exchange, "undo", _UNDO),
        "undo_url": administrator.url("undo"),
    }
    return _render(administrator, template, status, about | context)


def render_outside(visitor: Visitor, template: str, *, status: int = 200, **context: Any) -> Response:
    """Return a page that belongs to no managed realm."""
    about: dict[str, Any] = {"managed": None, "navigation": {}, "notice_name": "", "undo": ""}
    return _render(visitor, template, status, about | context)


def _render(visitor: Visitor, template: str, status: int, context: Mapping[str, Any]) -> Response:
    exchange, user = visitor.exchange, visitor.user
    return render_page(
        exchange,
        f"admin/{template}.html",
        status=status,
        form_action=[exchange.services.settings.certificate_origin_pattern],
        language=find_language(visitor),
        languages=find_languages(exchange),
        language_url=CONSOLE.url(exchange, "_/language"),
        here=_here(exchange),
        user={"name": user.name, "username": user.username, "email": user.email},
        sign_out_url=CONSOLE.url(exchange, "_/sign-out"),
        realms_url=CONSOLE.url(exchange, "_/realms") if exchange.realm.name == MASTER else "",
        account_url=exchange.url("/account/"),
        now=exchange.services.clock.now(),
        **context,
    )


def _here(exchange: Exchange) -> str:
    """Return the page's path with its filters, for the switch of languages to come back to."""
    if exchange.method != "GET":
        return CONSOLE.path(exchange)
    kept = [(name, value) for name, value in exchange.query.pairs if name not in {"notice", "undo"}]
    return exchange.path + (f"?{urlencode(kept)}" if kept else "")


def _read(exchange: Exchange, name: str, pattern: re.Pattern[str]) -> str:
    value = exchange.query.get(name, "")
    return value if pattern.fullmatch(value) else ""
