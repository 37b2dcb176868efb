"""Security headers of the sample application's pages."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SecurityHeaders:
    """Add a Content-Security-Policy without anything inline; forms may lead to *form_targets*, also by redirect."""

    def __init__(self, app: ASGIApp, form_targets: Sequence[str]) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": (
                "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
                f"form-action {' '.join(form_targets)}"
            ),
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)
