"""Show a page of a login: what all of them have in common."""

from typing import Any

from starlette.responses import Response

from idp.login.flow import LoginFlow
from idp.web.exchange import Exchange
from idp.web.pages import render_page


def render_login_page(
    exchange: Exchange, template: str, flow: LoginFlow, *, status: int = 200, **context: Any
) -> Response:
    """Return the page ``login/<template>.html`` of *flow*; its forms may lead to the certificate host and back home."""
    return render_page(
        exchange,
        f"login/{template}.html",
        status=status,
        form_action=form_action_of(exchange, flow),
        **{"application": application_of(flow), **context},
    )


def form_action_of(exchange: Exchange, flow: LoginFlow) -> list[str]:
    """Return the origins that the answer to a login form may be redirected through."""
    origins = [exchange.services.settings.certificate_origin_pattern]
    if flow.request.return_origin:
        origins.append(flow.request.return_origin)
    return origins


def application_of(flow: LoginFlow) -> dict[str, str]:
    """Return what pages say of the application."""
    return {"name": flow.request.client_title, "url": flow.request.client_home}


def flow_url(exchange: Exchange, path: str, flow: LoginFlow) -> str:
    """Return the address of a page of the flow."""
    return exchange.url(f"{path}?flow={flow.id}")
