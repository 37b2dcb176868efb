"""The protocol's operations, one function each: what is sent, and what has to come back."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.browsing import Answer, Connection
from bench.world import CALLBACK, REALM, SECRET, SignedIn

_REALM_PATH = f"/realms/{REALM}"
_PROTOCOL = f"{_REALM_PATH}/protocol/openid-connect"
SCOPE = "openid profile email"


@dataclass(frozen=True)
class Code:
    """An authorization code, and what its application needs to redeem it."""

    application: str
    code: str
    verifier: str


@dataclass(frozen=True)
class Tokens:
    """The tokens of one person at one application."""

    application: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True)
class Authorization:
    """An authorization request that an application makes of a browser; nonce, state and verifier are new."""

    application: str
    verifier: str
    url: str


def build_authorization(application: str) -> Authorization:
    """Return a new authorization request with PKCE."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": application,
        "redirect_uri": CALLBACK,
        "scope": SCOPE,
        "state": secrets.token_urlsafe(16),
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return Authorization(application, verifier, f"{_PROTOCOL}/auth?{urlencode(query)}")


async def send_to_floor(connection: Connection, application: str) -> None:
    """Ask the floor for its token, in the same words as the provider."""
    form = {"grant_type": "client_credentials", "client_id": application, "client_secret": SECRET, "scope": "reports"}
    (await connection.post("/token", form)).expect(200)


async def read_discovery(connection: Connection, _number: int) -> None:
    """Read the metadata."""
    (await connection.get(f"{_REALM_PATH}/.well-known/openid-configuration")).expect(200)


async def read_jwks(connection: Connection, _number: int) -> None:
    """Read the keys."""
    (await connection.get(f"{_PROTOCOL}/certs")).expect(200)


async def get_client_token(connection: Connection, application: str) -> None:
    """Client credentials, with client_secret_basic."""
    form = {"grant_type": "client_credentials", "scope": "reports"}
    (await connection.post(f"{_PROTOCOL}/token", form, **_basic(application))).expect(200)


async def authorize(connection: Connection, visit: tuple[SignedIn, Authorization]) -> Code:
    """Authorization with a live session: the answer carries the code."""
    person, asked = visit
    return read_code(asked, await connection.get(asked.url, Cookie=person.cookie))


async def redeem_code(connection: Connection, code: Code) -> Tokens:
    """The code exchange: access token, refresh token, ID Token."""
    form = {
        "grant_type": "authorization_code",
        "code": code.code,
        "redirect_uri": CALLBACK,
        "code_verifier": code.verifier,
    }
    return _read_tokens(code.application, await connection.post(f"{_PROTOCOL}/token", form, **_basic(code.application)))


async def refresh(connection: Connection, tokens: Tokens) -> Tokens:
    """Refresh: new access token, refresh token and ID Token."""
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
    return _read_tokens(
        tokens.application, await connection.post(f"{_PROTOCOL}/token", form, **_basic(tokens.application))
    )


async def read_userinfo(connection: Connection, tokens: Tokens) -> None:
    """UserInfo with a bearer token."""
    bearer = {"Authorization": f"Bearer {tokens.access_token}"}
    claims = json.loads((await connection.get(f"{_PROTOCOL}/userinfo", **bearer)).expect(200).body)
    assert claims["email"].endswith("@example.org")  # noqa: S101 (a bench that measures something else must stop)


async def introspect(connection: Connection, tokens: Tokens) -> None:
    """Introspection of an access token by its application."""
    form = {"token": tokens.access_token}
    answer = await connection.post(f"{_PROTOCOL}/token/introspect", form, **_basic(tokens.application))
    assert json.loads(answer.expect(200).body)["active"]  # noqa: S101 (likewise)


def read_code(asked: Authorization, answer: Answer) -> Code:
    """Return the code of a redirect to the application."""
    location = answer.expect(303).location
    return Code(asked.application, parse_qs(urlsplit(location).query)["code"][0], asked.verifier)


def take(items: tuple[Any, ...], count: int) -> list[Any]:
    """Return *count* of *items*, beginning again where they end."""
    return list(islice(cycle(items), count))


def _basic(application: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{application}:{SECRET}".encode()).decode()}


def _read_tokens(application: str, answer: Answer) -> Tokens:
    values = json.loads(answer.expect(200).body)
    assert values["id_token"]  # noqa: S101 (a bench that measures something else must stop)
    return Tokens(application, values["access_token"], values["refresh_token"])
