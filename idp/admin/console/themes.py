"""The realm's theme: chosen among those that there are, after a look at its pages."""

from datetime import timedelta
from types import MappingProxyType
from typing import Any

from starlette.responses import HTMLResponse, Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.admin.console.settings import finish_change
from idp.errors import NotFound
from idp.realms.changes import change_realm, describe_realm
from idp.storage.holding import hold
from idp.web.exchange import Exchange
from idp.web.pages import page_headers


def show_themes(exchange: Exchange, administrator: Administrator) -> Response:
    """Show the themes, with the addresses of their previews."""
    themes = [
        {
            "name": name,
            "chosen": name == administrator.realm.theme,
            "previews": {page: administrator.url(f"themes/{name}/{page}") for page in PREVIEWS},
        }
        for name in exchange.services.themes.names()
    ]
    missing = administrator.realm.theme not in exchange.services.themes.names()
    return render_console_page(exchange, administrator, "themes", themes=themes, missing=missing)


def choose_theme(exchange: Exchange, administrator: Administrator) -> Response:
    """Give the realm another theme."""
    wanted, realm = exchange.form.get("theme", ""), administrator.realm
    if wanted not in exchange.services.themes.names():
        raise NotFound("there is no such theme")
    hold(exchange.session, realm)
    before = describe_realm(realm)
    change_realm(realm, {"theme": wanted})
    return finish_change(exchange, administrator, before=before, page="themes")


def show_preview(exchange: Exchange, administrator: Administrator) -> Response:
    """Show a page of a theme with sample data; its forms lead nowhere."""
    services, theme, page = exchange.services, exchange.path_params["theme"], exchange.path_params["page"]
    if theme not in services.themes.names() or page not in PREVIEWS:
        raise NotFound("there is no such page of a theme")
    template, context = PREVIEWS[page]
    realm = administrator.realm
    html = (
        services.themes.environment(theme)
        .get_template(template)
        .render(
            resources=f"{services.settings.public_url}/resources/{services.themes.version}/{theme}",
            realm={"name": realm.name, "display_name": realm.display_name or realm.name},
            csrf_token="",
            **{"errors": {}, "message": "", **context, **_certificates(exchange)},
        )
    )
    return HTMLResponse(html, headers=page_headers())


def _certificates(exchange: Exchange) -> dict[str, Any]:
    now = exchange.services.clock.now()
    certificate = {
        "device_name": "Work laptop",
        "not_before": now - timedelta(days=40),
        "not_after": now + timedelta(days=325),
        "subject": "CN=alice",
        "issuer": "CN=Issuing CA",
        "serial_number": "5f3a9c01d2e84b7790ab12cd34ef5678",
    }
    return {"certificates": [certificate]}


_APPLICATION = {"name": "Example application", "url": "#"}
_PAGE: dict[str, Any] = {"action": "#", "application": _APPLICATION, "other_account_url": "#"}
_BROWSER = {"family": "firefox", "platform": "linux"}
PREVIEWS: MappingProxyType[str, tuple[str, dict[str, Any]]] = MappingProxyType(
    {
        "password": ("login/password.html", {"action": "#", "application": _APPLICATION, "forgot_password_url": "#"}),
        "certificate": (
            "login/certificate.html",
            {
                **_PAGE,
                "browser": _BROWSER,
                "certificate_host": "example.cert.example.org",
                "username": "alice",
                "recovery_code_url": "#",
            },
        ),
        "certificate_failed": (
            "login/certificate_failed.html",
            {**_PAGE, "browser": _BROWSER, "reason": "none", "recovery_code_url": "#"},
        ),
        "forgot_password": ("login/forgot_password.html", {"action": "#", "login_url": "#"}),
        "logged_out": ("login/logged_out.html", {"used_certificate": False, "login_url": "#"}),
        "error": ("login/error.html", {"title": "There is nothing here", "text": "The address leads nowhere."}),
    }
)

PAGES = (
    ConsolePage(path="themes", view="view-realm", manage="manage-realm", show=show_themes, submit=choose_theme),
    ConsolePage(path="themes/{theme}/{page}", view="view-realm", show=show_preview),
)
