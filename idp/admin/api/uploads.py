"""Forms with a file (RFC 7578), for the few routes that take one instead of JSON."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from idp.web.bodies import Body


def _find(request: Request) -> Any:
    return request.state.upload


Upload = Annotated[Body, Depends(_find)]
"""The fields of the form, and what its file holds."""
