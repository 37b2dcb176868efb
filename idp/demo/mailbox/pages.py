"""The mailbox in the browser, and its messages as JSON."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from idp.demo.mailbox.letter_box import LetterBox, ReceivedLetter

_HERE = Path(__file__).parent
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# A mail is a stranger's HTML: no scripts, no forms, no requests, and an origin of its own.
_LETTER_HEADERS = _PAGE_HEADERS | {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
}


def build_app(letter_box: LetterBox) -> Starlette:
    """Return the application that shows *letter_box*."""
    pages = _Pages(letter_box)
    return Starlette(
        routes=[
            Route("/", pages.show_list),
            Route("/messages/{message_id:int}", pages.show_message),
            Route("/messages/{message_id:int}/html", pages.show_html),
            Route("/messages/{message_id:int}/source", pages.show_source),
            Route("/delete", pages.delete, methods=["POST"]),
            Route("/api/messages", pages.list_json, methods=["GET"]),
            Route("/api/messages", pages.delete_json, methods=["DELETE"]),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ]
    )


def build_json(received: ReceivedLetter) -> dict[str, Any]:
    """Return a message as scripts get it."""
    return {
        "id": str(received.id),
        "received_at": received.received_at.isoformat(),
        "from": received.sender,
        "to": list(received.recipients),
        "subject": received.letter.subject,
        "text": received.letter.text,
        "html": received.letter.html,
        "links": list(received.letter.links),
    }


class _Pages:
    def __init__(self, letter_box: LetterBox) -> None:
        self._letter_box = letter_box
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show_list(self, _request: Request) -> Response:
        return self._page("list.html", messages=self._letter_box.list_newest_first())

    def show_message(self, request: Request) -> Response:
        received = self._get(request)
        as_text = request.query_params.get("view") == "text" or not received.letter.html
        return self._page("message.html", received=received, letter=received.letter, as_text=as_text)

    def show_html(self, request: Request) -> Response:
        html = self._get(request).letter.html
        return HTMLResponse(f'<base target="_blank">{html}', headers=_LETTER_HEADERS)

    def show_source(self, request: Request) -> Response:
        source = self._get(request).source.decode("utf-8", "replace")
        return PlainTextResponse(source, headers=_LETTER_HEADERS)

    def delete(self, _request: Request) -> Response:
        self._letter_box.empty()
        return RedirectResponse("/", status_code=303)

    def list_json(self, _request: Request) -> Response:
        return JSONResponse(
            [build_json(received) for received in self._letter_box.list_newest_first()], headers=_PAGE_HEADERS
        )

    def delete_json(self, _request: Request) -> Response:
        self._letter_box.empty()
        return Response(status_code=204)

    def _get(self, request: Request) -> ReceivedLetter:
        received = self._letter_box.find(request.path_params["message_id"])
        if received is None:
            raise HTTPException(404, "There is no such message; it may have been deleted.")
        return received

    def _page(self, template: str, **context: Any) -> Response:
        return HTMLResponse(self._environment.get_template(template).render(context), headers=_PAGE_HEADERS)
