"""Request objects as clients make them, right or wrong, and answers in every response mode."""

import base64
import html
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.oidc.provider import CALLBACK, Provider

LONG_SECRET = "a client secret that is long enough for every HMAC of SHA-2, which is 64 octets"
INSIDE = {
    "client_id": "jar",
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "openid email",
    "state": "inside",
}
OPENID = {"client_id": "jar", "response_type": "code", "scope": "openid"}
"""What OpenID Connect Core section 6.1 wants outside of the object."""


@lru_cache
def key_for(algorithm: str, name: str = "first") -> Any:
    """Return a key pair (or the client's secret) for *algorithm*; for each name another one."""
    if algorithm.startswith("HS"):
        return OctKey.import_key(LONG_SECRET)
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519")
    return ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(2048)


def add_signing_client(provider: Provider, client_id: str = "jar", **columns: Any) -> None:
    """Register a client with a key for each kind of signature."""
    keys = [key_for(algorithm).as_dict(private=False) for algorithm in ("RS256", "ES256", "EdDSA")]
    provider.add_client(client_id, secret=LONG_SECRET, **{"jwks": {"keys": keys}, **columns})


def sign(claims: dict[str, Any], algorithm: str = "ES256", *, key: Any = None, **header: Any) -> str:
    """Return *claims* as a signed JWT; keyword arguments go into its header."""
    signing_input = f"{encode({'alg': algorithm, **header})}.{encode(claims)}"
    made_by = JWSRegistry.algorithms["RS256" if algorithm == "none" else algorithm]
    signature = made_by.sign(signing_input.encode(), key or key_for("RS256" if algorithm == "PS256" else algorithm))
    return f"{signing_input}.{encode(signature)}"


def leave_unsigned(claims: dict[str, Any], **header: Any) -> str:
    """Return *claims* as an unsecured JWT (RFC 7515 appendix A.5)."""
    return f"{encode({'alg': 'none', **header})}.{encode(claims)}."


def encode(value: Any) -> str:
    """Return *value* as a part of a JWT."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def answer_in(response: Any, mode: str) -> dict[str, str]:
    """Return the parameters that came to the callback in that response mode, and in no other way."""
    if mode == "form_post":
        assert response.status_code == 200, (response.status_code, response.headers.get("location"))
        assert f'action="{CALLBACK}"' in response.text
        inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', response.text)
        return {html.unescape(name): html.unescape(value) for name, value in inputs}
    assert response.status_code == 303, (response.status_code, response.text[:500])
    location = urlsplit(response.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK, location
    used, unused = (location.query, location.fragment) if mode == "query" else (location.fragment, location.query)
    assert unused == ""
    return dict(parse_qsl(used, strict_parsing=True))


def is_page(response: Any) -> bool:
    """Tell whether the person gets a page that says what is wrong, and is not redirected."""
    return (
        response.status_code == 400
        and "location" not in response.headers
        and response.headers["content-type"].startswith("text/html")
        and "code=" not in response.text
    )
