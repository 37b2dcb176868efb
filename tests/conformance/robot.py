"""A relying party as the Foundation's suite is one: it signs in through plain forms and checks every answer."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet

from idp.models import Client, User
from tests.provider import CALLBACK, PASSWORD, PUBLIC, Browser, Forms, Page, Provider

ISSUER = f"{PUBLIC}/realms/demo"
ENDPOINTS = f"{ISSUER}/protocol/openid-connect"
CLIENT, SECRET = "app", "app-secret"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
ATTRIBUTES = {
    "phone_number": ["+49 30 1234"],
    "phone_number_verified": ["true"],
    "street_address": ["Unter den Linden 1"],
    "locality": ["Berlin"],
    "postal_code": ["10117"],
    "country": ["Germany"],
    "nickname": ["Al"],
    "website": ["https://alice.example/"],
}


@dataclass
class Robot:
    """One browser and one client; `response_mode` is sent with every request where it is set."""

    provider: Provider
    response_mode: str = ""
    client_id: str = CLIENT
    secret: str = SECRET
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.provider.browser()
        with self.provider.services.database.transaction() as session:
            client = session.query(Client).filter_by(client_id=self.client_id).one()
            client.pkce_required = False  # the suite's basic clients send no code_challenge
            client.scope = "openid profile email address phone offline_access"
            session.query(User).filter_by(username="alice").one().attributes = ATTRIBUTES
        self.provider.services.clients.clear()

    def open(self, method: str = "GET", **parameters: Any) -> Page:
        """Send an authorization request and return the page the browser stays at; None leaves a parameter out."""
        asked = {
            "client_id": self.client_id, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid",
            "state": "st~1", "nonce": "n~1", "response_mode": self.response_mode or None, **parameters,
        }  # fmt: skip
        sent = {name: value for name, value in asked.items() if value is not None}
        if method == "POST":
            return self.browser.post(f"{ENDPOINTS}/auth", sent)
        return self.browser.get(f"{ENDPOINTS}/auth?{urlencode(sent)}")

    def sign_in(self, **fields: str) -> Page:
        """Fill in the login page."""
        return self.browser.press("Sign in", **{"username": "alice", "password": PASSWORD, **fields})

    def authorize(self, method: str = "GET", **parameters: Any) -> dict[str, str]:
        """Return the answer to a request, signing in on the way where that is asked for."""
        page = self.open(method, **parameters)
        if "/login/password" in page.url:
            page = self.sign_in(**({} if "readonly" not in page.html else {"username": "alice"}))
        return self.answer(page)

    def answer(self, page: Page) -> dict[str, str]:
        """Return the parameters that the client gets, from its address or from the posted form."""
        if self.response_mode == "form_post" and not page.url.startswith(CALLBACK):
            form = Forms(page.html).forms[0]
            assert form["action"] == CALLBACK, page.text[:300]
            return dict(form["fields"])
        assert page.url.startswith(f"{CALLBACK}?"), (page.url, page.text[:300])
        return page.query

    def exchange(self, code: str, *, post: bool = False, **form: str) -> Any:
        """Send a token request for *code*."""
        sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **form}
        return self.token(sent, post=post)

    def token(self, form: dict[str, str], *, post: bool = False) -> Any:
        """Send a token request, authenticated by client_secret_basic, or in the form."""
        if post:
            return self.http.post(
                f"{ENDPOINTS}/token", data={**form, "client_id": self.client_id, "client_secret": self.secret}
            )
        credentials = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return self.http.post(f"{ENDPOINTS}/token", data=form, headers={"authorization": f"Basic {credentials}"})

    def tokens(self, **parameters: Any) -> dict[str, Any]:
        """Return the tokens of a fresh request, with the verified claims of its ID Token under `claims`."""
        answer = self.authorize(**parameters)
        assert answer["state"] == "st~1"
        assert answer["iss"] == ISSUER
        response = self.exchange(answer["code"])
        assert response.status_code == 200, response.text
        assert response.headers["cache-control"] == "no-store"
        tokens = dict(response.json())
        tokens["claims"] = self.verify_id_token(tokens["id_token"], tokens["access_token"])
        return tokens

    def verify_id_token(self, token: str, access_token: str = "", nonce: str | None = "n~1") -> dict[str, Any]:
        """Verify an ID Token as OpenID Connect Core section 3.1.3.7 says, and return its claims."""
        keys = KeySet.import_key_set(self.http.get(f"{ENDPOINTS}/certs").json())
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        claims, now = decoded.claims, self.provider.clock.now().timestamp()
        assert (claims["iss"], claims["aud"]) == (ISSUER, self.client_id)
        assert claims["iat"] <= now < claims["exp"]
        assert claims.get("nonce") == nonce
        assert isinstance(claims["sub"], str)
        assert 0 < len(claims["sub"]) <= 255
        if access_token:
            assert claims["at_hash"] == half_hash(access_token)
        return dict(claims)

    def userinfo(self, access_token: str, how: str = "get") -> Any:
        """Ask UserInfo by GET, by POST with the token in the header, or in the body."""
        bearer = {"authorization": f"Bearer {access_token}"}
        if how == "get":
            return self.http.get(f"{ENDPOINTS}/userinfo", headers=bearer)
        if how == "post header":
            return self.http.post(f"{ENDPOINTS}/userinfo", headers=bearer)
        return self.http.post(f"{ENDPOINTS}/userinfo", data={"access_token": access_token})

    def metadata(self) -> dict[str, Any]:
        """Return the discovery document."""
        return dict(self.http.get(f"{ISSUER}/.well-known/openid-configuration").json())

    @property
    def http(self) -> Any:
        """The connection of a server-side client, without the browser's cookies."""
        return self.provider.http(self.provider.app, PUBLIC)


def half_hash(value: str) -> str:
    """Return the left half of the SHA-256 digest, as at_hash and c_hash have it."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
