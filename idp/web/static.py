"""Static files of themes, under addresses that change with their content and so may be kept forever."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from idp.web.services import Services

_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def build_static_route() -> Route:
    """Return the route of ``/resources/<version>/<theme>/<name>``."""
    return Route("/resources/{version}/{theme}/{name:path}", _serve, methods=["GET"])


async def _serve(request: Request) -> Response:
    services: Services = request.app.state.services
    theme, name = request.path_params["theme"], request.path_params["name"]
    path = await services.threads.run(services.themes.find_resource, theme, name)
    if path is None:
        return PlainTextResponse("Not found.\n", status_code=404)
    return FileResponse(path, headers=_FOREVER)
