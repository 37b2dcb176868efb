"""An application under load: it asks one worker for tokens and verifies them by itself and at the other worker."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import Key, import_key
from joserfc.jws import extract_compact

from tests.provider import Forms

SECRET = "a-secret-of-the-tests"
CALLBACK = "http://localhost:9/callback"
_PATH = "/realms/staff/protocol/openid-connect"


class KeySetCache:
    """The published keys as many client libraries hold them: fetched once, and again only for a kid that is not there."""

    def __init__(self, urls: Sequence[str], http: httpx2.Client) -> None:
        self._urls, self._http = urls, http
        self._keys: dict[str, dict[str, Any]] = {}
        self.fetches = 0

    def find(self, kid: str) -> Key:
        """Return the key; raise `KeyError` when the key set, just fetched, has none of that kid."""
        if kid not in self._keys:
            url = self._urls[self.fetches % len(self._urls)]
            self.fetches += 1
            document = self._http.get(f"{url}{_PATH}/certs").raise_for_status().json()
            self._keys = {key["kid"]: key for key in document["keys"]}
        return import_key(self._keys[kid])


@dataclass
class VerifyingClient:
    """One client, whose tokens are all signed with *algorithm*; `failures` tells what did not verify."""

    algorithm: str
    urls: Sequence[str]
    failures: list[str] = field(default_factory=list)
    kids: list[str] = field(default_factory=list)
    rounds: int = 0

    def __post_init__(self) -> None:
        self.http = httpx2.Client(follow_redirects=False, timeout=30, trust_env=False)
        self.keys = KeySetCache(self.urls, self.http)
        self.auth = (f"app-{self.algorithm}", SECRET)
        self.first_token = ""
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def sign_in(self, username: str, password: str) -> None:
        """Go through the login, as a person does, and keep the refresh token."""
        parameters = {
            "client_id": self.auth[0], "redirect_uri": CALLBACK, "response_type": "code",
            "scope": "openid offline_access",
        }  # fmt: skip
        page = self.http.get(f"{self.urls[0]}{_PATH}/auth", params=parameters)
        while not page.headers.get("location", "").startswith(CALLBACK):
            if page.is_redirect:
                page = self.http.get(page.headers["location"])
                continue
            form = Forms(page.text).forms[0]
            sent = {**form["fields"], "username": username, "password": password}
            page = self.http.post(str(page.url.join(form["action"])), data=sent)
            assert page.is_redirect, page.text
        code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
        tokens = self._ask(0, grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
        self._refresh_token, self.first_token = tokens["refresh_token"], tokens["access_token"]

    def start(self) -> None:
        """Begin to ask and verify, in a thread."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the round in hand and no other."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(60)

    def is_active(self, token: str, worker: int) -> bool:
        """Tell what introspection at that worker says."""
        answer = self.http.post(f"{self.urls[worker]}{_PATH}/token/introspect", data={"token": token}, auth=self.auth)
        return bool(answer.raise_for_status().json()["active"])

    def ask_for_own_token(self, worker: int) -> str:
        """Return an access token of the client itself."""
        return str(self._ask(worker, grant_type="client_credentials")["access_token"])

    def verify(self, token: str) -> None:
        """Verify a JWT with the published keys alone, as any library does; raise where it cannot be."""
        kid = extract_compact(token.encode()).headers()["kid"]
        if kid not in self.kids:
            self.kids.append(kid)
        jwt.decode(token, self.keys.find(kid), algorithms=[self.algorithm])

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._round(self.rounds % 2)
            except Exception as error:
                self.failures.append(f"{self.algorithm}, round {self.rounds}: {error!r}")
            self.rounds += 1

    def _round(self, worker: int) -> None:
        other = 1 - worker
        own = self.ask_for_own_token(worker)
        self.verify(own)
        assert self.is_active(own, other), "own token"
        tokens = self._ask(worker, grant_type="refresh_token", refresh_token=self._refresh_token)
        self._refresh_token = tokens["refresh_token"]
        self.verify(tokens["id_token"])
        for token in (tokens["access_token"], self.first_token):
            self.verify(token)
            headers = {"authorization": f"Bearer {token}"}
            assert self.http.get(f"{self.urls[other]}{_PATH}/userinfo", headers=headers).status_code == 200, "userinfo"

    def _ask(self, worker: int, **form: str) -> dict[str, Any]:
        answer = self.http.post(f"{self.urls[worker]}{_PATH}/token", data=form, auth=self.auth)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens
