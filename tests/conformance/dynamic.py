"""A relying party that registers itself, signs assertions with its own key, and serves documents on the web."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from idp.fetching.documents import DocumentCache
from idp.fetching.errors import FetchFailed
from idp.fetching.fetcher import Fetcher
from idp.fetching.http import Fetched
from tests.conformance.robot import CALLBACK, ENDPOINTS, ISSUER, Robot
from tests.provider import Forms, Page, Provider

REGISTRATION = f"{ISSUER}/clients-registrations/openid-connect"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SUITE = "https://suite.example"


class Web(Fetcher):
    """The rest of the web: documents by address; what may be fetched is decided as ever."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.services.settings)
        self.documents: dict[str, bytes] = {}

    def get(self, url: str, **_: Any) -> Fetched:
        """Return the document of that address; raise `FetchFailed`."""
        self.verify_fetchable(url)
        if url not in self.documents:
            raise FetchFailed("the answer has status 404")
        return Fetched(200, {"content-type": "application/json"}, self.documents[url])


def open_web(provider: Provider) -> Web:
    """Open the realm for registrations, and let the provider see the rest of the web."""
    web = Web(provider)
    provider.services = provider.app.state.services = replace(
        provider.services, fetcher=web, documents=DocumentCache(web)
    )
    provider.set_realm(client_registration="open")
    return web


@dataclass
class DynamicRobot(Robot):
    """A client of the Dynamic plan: private_key_jwt; `redirect_uri` is where answers are expected."""

    web: Web = field(kw_only=True)
    metadata_sent: dict[str, Any] = field(kw_only=True, default_factory=dict)
    redirect_uri: str = CALLBACK
    registered: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "rp-1", "use": "sig"}, private=True))
    assertions: int = 0

    def __post_init__(self) -> None:
        self.browser = self.provider.browser()
        response = self.register(**self.metadata_sent)
        assert response.status_code == 201, response.text
        self.registered = dict(response.json())
        self.client_id = self.registered["client_id"]

    def register(self, **metadata: Any) -> Any:
        """Send a registration."""
        document = {
            "redirect_uris": [self.redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "private_key_jwt",
            "application_type": "native" if self.redirect_uri.startswith("http:") else "web",
            **({} if "jwks_uri" in metadata else {"jwks": self.jwks}),
            **metadata,
        }
        return self.http.post(REGISTRATION, json=document)

    @property
    def jwks(self) -> dict[str, Any]:
        """The client's public keys."""
        return {"keys": [self.key.as_dict(private=False)]}

    def open(self, method: str = "GET", **parameters: Any) -> Page:
        """Send an authorization request of this client."""
        return super().open(method, **{"redirect_uri": self.redirect_uri, "prompt": None, **parameters})

    def authorize(self, method: str = "GET", **parameters: Any) -> dict[str, str]:
        """Return the answer; the person signs in and allows what is asked for."""
        page = self.open(method, **parameters)
        if "/login/password" in page.url:
            page = self.sign_in()
        if "/login/consent" in page.url:
            form = Forms(page.html).forms[0]
            page = self.browser.post(form["action"], {**form["fields"], "decision": "allow"})
        assert page.url.startswith(self.redirect_uri), (page.url, page.text[:300])
        return page.query

    def exchange(self, code: str, *, post: bool = False, **form: str) -> Any:
        """Send a token request for *code*."""
        return super().exchange(code, post=post, **{"redirect_uri": self.redirect_uri, **form})

    def token(self, form: dict[str, str], *, post: bool = False) -> Any:
        """Send a token request, authenticated by an assertion."""
        sent = {**form, "client_assertion_type": ASSERTION_TYPE, "client_assertion": self.sign_assertion()}
        return self.http.post(f"{ENDPOINTS}/token", data=sent)

    def sign_assertion(self, **changes: Any) -> str:
        """Return a client assertion (OpenID Connect Core section 9)."""
        self.assertions += 1
        now = int(self.provider.clock.now().timestamp())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": f"{ENDPOINTS}/token", "iat": now, "exp": now + 60,
            "jti": f"{self.client_id}-{self.assertions}", **changes,
        }  # fmt: skip
        return self.sign(claims)

    def sign(self, claims: dict[str, Any], algorithm: str = "RS256") -> str:
        """Return a JWT signed with the client's key."""
        return jwt.encode({"alg": algorithm, "kid": self.key.kid}, claims, self.key, algorithms=[algorithm])

    def publish(self, url: str, document: Any) -> str:
        """Put a document on the web and return its address."""
        self.web.documents[url] = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        return url
