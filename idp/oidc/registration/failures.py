"""What went wrong with a registration, in JSON (RFC 7591 section 3.2.2)."""

from starlette.responses import Response

from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.oidc.failures import answer_json_failure
from idp.oidc.registration.errors import (
    InvalidClientMetadata,
    InvalidRedirectUri,
    InvalidSoftwareStatement,
    TokenRefused,
)
from idp.oidc.registration.information import NOT_STORED
from idp.web.exchange import Exchange
from idp.web.parameters import MalformedRequest

_MAX_DESCRIPTION = 1000


def answer_registration_failure(exchange: Exchange, error: Exception) -> Response:
    """Return the answer for anything that was raised while a client registered or managed itself; note who was refused."""
    refusal = _translate(error)
    if isinstance(refusal, InvalidRedirectUri | InvalidClientMetadata | InvalidSoftwareStatement | TokenRefused):
        client_id = exchange.path_params.get("client_id")
        exchange.record(Tag.REGISTRATION_REFUSED, client_id=client_id, error=refusal.error, reason=refusal.description)
    response = answer_json_failure(exchange, refusal)
    response.headers.update(NOT_STORED)
    return response


def _translate(error: Exception) -> Exception:
    if isinstance(error, InvalidInput):
        kind = InvalidRedirectUri if "redirect_uris" in error.fields else InvalidClientMetadata
        return kind(_describe(error))
    if isinstance(error, MalformedRequest):
        return InvalidClientMetadata("The body is not a JSON object that can be read.", status_code=error.status)
    return error


def _describe(error: InvalidInput) -> str:
    """Return what is wrong, in the characters that a description may have (RFC 6749 section 5.2)."""
    text = " ".join(f"{name}: {problem}" for name, problem in error.fields.items())
    plain = text.encode("ascii", errors="replace").decode().replace('"', "'").replace("\\", "/")
    return "".join(character for character in plain if character.isprintable())[:_MAX_DESCRIPTION]
