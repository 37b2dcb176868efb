"""Render pages of a theme, with the headers every page carries."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from idp.languages import SOURCE
from idp.web.csrf import build_csrf_token
from idp.web.exchange import Exchange


def render_page(
    exchange: Exchange,
    template: str,
    *,
    status: int = 200,
    form_action: Sequence[str] = (),
    frames: Sequence[str] = (),
    language: str = SOURCE,
    **context: Any,
) -> Response:
    """Return the page *template* (``<area>/<name>.html``) of the realm's theme.

    *form_action* are the origins besides our own that answers to the page's forms may redirect to: browsers apply the
    Content-Security-Policy directive to every hop of the redirect. *frames* are the origins that the page may show in frames.
    *language* is one of the theme's.
    """
    services = exchange.services
    environment = services.themes.environment(exchange.realm.theme, language)
    html = environment.get_template(template).render(
        resources=resources_url(exchange),
        realm=SimpleNamespace(name=exchange.realm.name, display_name=exchange.realm.title),
        csrf_token=build_csrf_token(exchange),
        **{"errors": {}, "message": "", **context},
    )
    return HTMLResponse(html, status_code=status, headers=page_headers(form_action, frames))


def resources_url(exchange: Exchange) -> str:
    """Return the address under which the theme's static files are served."""
    services = exchange.services
    return f"{services.settings.public_url}/resources/{services.themes.version}/{exchange.realm.theme}"


def page_headers(form_action: Sequence[str] = (), frames: Sequence[str] = ()) -> dict[str, str]:
    """Return the security headers of a page (CSP level 3, RFC 9700 sections 4.2.4 and 4.16)."""
    forms = " ".join(("'self'", *form_action))
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
        f"connect-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )
    if frames:
        policy += f"; frame-src {' '.join(frames)}"
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }


def see_other(url: str) -> Response:
    """Redirect after a form with 303, so that no browser repeats the POST (RFC 9700 section 4.12)."""
    return RedirectResponse(
        url, status_code=303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )
