"""The floor: a bare Starlette application that parses a form and signs one ES256 token."""

import sys
import time

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_LIFETIME = 300


def build_app() -> Starlette:
    """Return the application."""
    key = ECKey.generate_key("P-256")

    async def token(request: Request) -> Response:
        form = await request.form()
        now = int(time.time())
        claims = {
            "iss": "https://floor.example",
            "sub": form["client_id"],
            "aud": "https://floor.example",
            "iat": now,
            "exp": now + _LIFETIME,
            "scope": form["scope"],
        }
        value = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, key)
        return JSONResponse({"access_token": value, "token_type": "Bearer", "expires_in": _LIFETIME})

    return Starlette(routes=[Route("/token", token, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(build_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
