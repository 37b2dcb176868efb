"""Both sample applications on one port, the second below the first."""

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount

from idp.demo.application import build_application
from idp.demo.seed import Application


def build_samples(
    issuer: str, first: Application, second: Application, transport: httpx2.AsyncBaseTransport | None = None
) -> Starlette:
    """Return both as one application for the origin of *first*; *transport* replaces the network to the provider."""
    below = "/" + second.url.removeprefix(first.url).strip("/")
    return Starlette(
        routes=[
            Mount(below, _build_sample(issuer, second, first, transport)),
            Mount("/", _build_sample(issuer, first, second, transport)),
        ]
    )


def _build_sample(
    issuer: str, application: Application, neighbour: Application, transport: httpx2.AsyncBaseTransport | None
) -> Starlette:
    return build_application(
        issuer,
        application.client_id,
        application.secret,
        application.url,
        application.title,
        neighbour=(neighbour.title, f"{neighbour.url}/"),
        transport=transport,
    )
