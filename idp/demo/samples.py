"""Both sample applications on one port, the second below the first."""

from starlette.applications import Starlette
from starlette.routing import Mount

from idp.demo.application import build_application
from idp.demo.seed import Application


def build_samples(issuer: str, first: Application, second: Application) -> Starlette:
    """Return both as one application for the origin of *first*."""
    below = "/" + second.url.removeprefix(first.url).strip("/")
    return Starlette(
        routes=[
            Mount(below, _build_sample(issuer, second, neighbour=first)),
            Mount("/", _build_sample(issuer, first, neighbour=second)),
        ]
    )


def _build_sample(issuer: str, application: Application, neighbour: Application) -> Starlette:
    return build_application(
        issuer,
        application.client_id,
        application.secret,
        application.url,
        application.title,
        neighbour=(neighbour.title, f"{neighbour.url}/"),
    )
