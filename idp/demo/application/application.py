"""Routes of the sample application."""

import json
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from idp.demo.application.headers import SecurityHeaders
from idp.demo.application.pages import Pages
from idp.demo.application.provider import SCOPE, Provider, SignInFailed
from idp.demo.application.sign_ins import SignIn, SignIns

_STYLE = Path(__file__).parent / "static" / "style.css"
_KEY = "sign-in"
_PASSED_ON = ("acr_values", "claims", "login_hint", "max_age", "prompt", "ui_locales")


def build_application(
    issuer: str,
    client_id: str,
    client_secret: str,
    base_url: str,
    title: str,
    *,
    neighbour: tuple[str, str] | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> Starlette:
    """Return the application reachable at *base_url* (no trailing slash), registered at *issuer* as *client_id*.

    *neighbour* is title and address of another application to try single sign-on with; *transport* replaces the network
    towards the provider. Registered addresses: ``{base_url}/callback`` and, after signing out, ``{base_url}/``.
    """
    root = urlsplit(base_url).path
    handlers = Handlers(
        Provider(issuer, client_id, client_secret, transport),
        Pages(title=title, root=root, issuer=issuer, neighbour=neighbour),
        base_url,
    )
    # Cookies do not know ports, so the name must differ from the provider's and from other samples'.
    sessions = Middleware(
        SessionMiddleware, secret_key=secrets.token_hex(32), session_cookie=f"{client_id}-session", path=root or "/"
    )
    return Starlette(
        routes=handlers.routes(),
        middleware=[Middleware(SecurityHeaders, form_targets=("'self'", _origin(issuer))), sessions],
        exception_handlers={404: handlers.not_found, SignInFailed: handlers.failed},
    )


class Handlers:
    """One method for each address."""

    def __init__(self, provider: Provider, pages: Pages, base_url: str) -> None:
        self._provider = provider
        self._pages = pages
        self._base_url = base_url
        self._sign_ins = SignIns()

    def routes(self) -> list[Route]:
        """Return the table of addresses."""
        table: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
            ("/", self.start, "GET"),
            ("/login", self.sign_in, "GET"),
            ("/callback", self.callback, "GET"),
            ("/logout", self.sign_out, "POST"),
            ("/claims.json", self.claims, "GET"),
            ("/style.css", self.style, "GET"),
        ]
        return [Route(path, endpoint, methods=[method]) for path, endpoint, method in table]

    async def start(self, request: Request) -> Response:
        """Show who is signed in, or how to sign in."""
        sign_in = self._find(request)
        if sign_in is not None:
            return self._pages.signed_in(sign_in)
        returned = "state" in request.query_params and await self._provider.finish_sign_out(request)
        return self._pages.welcome(signed_out=returned)

    async def sign_in(self, request: Request) -> Response:
        """Begin to sign in; what the address says beyond that (acr_values, prompt, more scopes …) is passed on."""
        query = request.query_params
        parameters = {name: query[name] for name in _PASSED_ON if name in query}
        if "scope" in query:
            parameters["scope"] = " ".join(dict.fromkeys([*SCOPE.split(), *query["scope"].split()]))
        return await self._provider.begin_sign_in(request, f"{self._base_url}/callback", parameters)

    async def callback(self, request: Request) -> Response:
        """Take the provider's answer."""
        sign_in = await self._provider.finish_sign_in(request)
        self._sign_ins.take(request.session.get(_KEY))
        request.session[_KEY] = self._sign_ins.add(sign_in)
        return RedirectResponse(f"{self._base_url}/", 303)

    async def sign_out(self, request: Request) -> Response:
        """Sign out here, then at the provider."""
        sign_in = self._sign_ins.take(request.session.pop(_KEY, None))
        if sign_in is None:
            return RedirectResponse(f"{self._base_url}/", 303)
        return await self._provider.begin_sign_out(request, sign_in, f"{self._base_url}/")

    async def claims(self, request: Request) -> Response:
        """Return what is known about the sign-in, for scripts."""
        sign_in = self._find(request)
        if sign_in is None:
            return JSONResponse({"error": "not_signed_in"}, 401, headers={"cache-control": "no-store"})
        answer = {"claims": sign_in.claims, "userinfo": sign_in.userinfo, "scope": sign_in.scope}
        text = json.dumps({**answer, "id_token": sign_in.id_token}, indent=2)
        return Response(text, media_type="application/json", headers={"cache-control": "no-store"})

    async def style(self, _request: Request) -> Response:
        """Return the style sheet."""
        return FileResponse(_STYLE, headers={"cache-control": "max-age=300"})

    async def failed(self, _request: Request, error: Exception) -> Response:
        """Say that nobody was signed in, and why."""
        assert isinstance(error, SignInFailed)  # noqa: S101 (that is what it is registered for)
        return self._pages.failure(error.error, error.description)

    async def not_found(self, _request: Request, _error: Exception) -> Response:
        """Say that there is no such page."""
        return self._pages.not_found()

    def _find(self, request: Request) -> SignIn | None:
        return self._sign_ins.find(request.session.get(_KEY))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
