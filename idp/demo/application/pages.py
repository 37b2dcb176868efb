"""The sample application's pages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from idp.demo.application.sign_ins import SignIn

_TEMPLATES = Path(__file__).parent / "templates"
_INSTANTS = {"iat", "exp", "nbf", "auth_time", "updated_at"}

MEANINGS = {
    "iss": "Who says all this: the provider",
    "sub": "Who signed in: never changes, never given to anybody else",
    "aud": "Whom it is meant for: this application",
    "azp": "The application it was issued to",
    "exp": "Not to be accepted after",
    "iat": "Issued at",
    "auth_time": "When the person last proved who they are",
    "nonce": "Binds the token to this very sign-in",
    "amr": "How the person proved it: pwd is the password, x509 the certificate",
    "acr": "How strong that is: 1 for a password, 2 for password and certificate",
    "at_hash": "Binds the access token to this token",
    "sid": "The session at the provider",
    "x509_subject": "Subject of the certificate that was used",
    "x509_issuer": "Who issued that certificate",
    "x509_serial": "Its serial number",
    "x5t#S256": "Its SHA-256 thumbprint",
}


class Pages:
    """Renders pages for the application *title* under the path *root*; everything else on them comes with each call."""

    def __init__(self, *, title: str, root: str, issuer: str, neighbour: tuple[str, str] | None) -> None:
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.update(title=title, root=root, issuer=issuer, neighbour=neighbour)
        environment.filters["claim"] = format_claim
        self._environment = environment

    def welcome(self, *, signed_out: bool) -> HTMLResponse:
        """Return the start page for somebody who is not signed in."""
        return self._render("welcome.html", signed_out=signed_out)

    def signed_in(self, sign_in: SignIn) -> HTMLResponse:
        """Return the page that shows who is signed in and how."""
        return self._render("signed_in.html", sign_in=sign_in, meanings=MEANINGS)

    def failure(self, error: str, description: str) -> HTMLResponse:
        """Return the page for a sign-in that ended in an error."""
        return self._render("failure.html", status=400, error=error, description=description)

    def not_found(self) -> HTMLResponse:
        """Return the page for an address without one."""
        return self._render("failure.html", status=404, error="not_found", description="There is no such page.")

    def _render(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        text = self._environment.get_template(template).render(values)
        return HTMLResponse(text, status, headers={"cache-control": "no-store"})


def format_claim(value: Any, name: str) -> str:
    """Return a claim for people: instants as dates, lists joined."""
    if name in _INSTANTS and isinstance(value, int | float):
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC ({value})"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {part}" for key, part in value.items())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
