"""Frames by which the browser tells clients that the session has ended (OpenID Connect Front-Channel Logout 1.0 section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from starlette.responses import Response

from idp.models import Client, TokenFamily
from idp.oidc.redirect_uris import origin_of
from idp.web.exchange import Exchange
from idp.web.pages import render_page


@dataclass(frozen=True)
class LogoutFrame:
    """A frame with the client's address; `name` is the client's, for people."""

    name: str
    url: str


def list_logout_frames(exchange: Exchange, session_id: str) -> list[LogoutFrame]:
    """Return a frame for each client that took part in the session and wants to be told so, by name."""
    took_part = select(TokenFamily.client_id).where(TokenFamily.session_id == session_id)
    clients = exchange.session.execute(
        select(
            Client.client_id, Client.name, Client.frontchannel_logout_uri, Client.frontchannel_logout_session_required
        )
        .where(Client.id.in_(took_part), Client.frontchannel_logout_uri != "", Client.enabled.is_(True))
        .order_by(Client.name, Client.client_id)
    )
    about = {"iss": exchange.url(""), "sid": session_id}
    return [
        LogoutFrame(name or client_id, _add(uri, about if required else {}))
        for client_id, name, uri, required in clients
    ]


def render_logged_out(
    exchange: Exchange, frames: Sequence[LogoutFrame], *, continue_url: str = "", **context: Any
) -> Response:
    """Return the page after the logout, which loads *frames* and then goes on to *continue_url*, where there is one."""
    return render_page(
        exchange,
        "login/logged_out.html",
        frames=tuple(dict.fromkeys(origin_of(frame.url) for frame in frames)),
        logout_frames=frames,
        continue_url=continue_url,
        **context,
    )


def _add(uri: str, parameters: dict[str, str]) -> str:
    if not parameters:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"
