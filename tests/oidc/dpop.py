"""A client's side of DPoP (RFC 9449): a key, and proofs made with it."""

import base64
import hashlib
import json
import secrets
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.clock import FixedClock
from tests.oidc.provider import ISSUER

Key = ECKey | OKPKey | RSAKey
TOKEN_URL = f"{ISSUER}/protocol/openid-connect/token"
USERINFO_URL = f"{ISSUER}/protocol/openid-connect/userinfo"


def encode(value: Any) -> str:
    """Return base64url, of JSON unless bytes are given."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def sign(key: Any, header: dict[str, Any], claims: Any) -> str:
    """Return a compact JWS, however odd its header."""
    signing_input = f"{encode(header)}.{encode(claims)}"
    return f"{signing_input}.{encode(JWSRegistry.algorithms[header['alg']].sign(signing_input.encode(), key))}"


class DpopClient:
    """Makes proofs. Keyword arguments replace claims; None leaves one out."""

    def __init__(self, clock: FixedClock, algorithm: str = "ES256", key: Key | None = None) -> None:
        self.clock, self.algorithm = clock, algorithm
        self.key = key or ECKey.generate_key("P-256")

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key."""
        return dict(self.key.as_dict(private=False))

    @property
    def jkt(self) -> str:
        """The key's thumbprint (RFC 7638)."""
        return self.key.thumbprint()

    def proof(self, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a proof for the token endpoint."""
        sent = {
            "jti": secrets.token_urlsafe(12), "htm": "POST", "htu": TOKEN_URL,
            "iat": int(self.clock.now().timestamp()), **claims,
        }  # fmt: skip
        head = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.jwk, **(header or {})}
        chosen = [{name: value for name, value in part.items() if value is not None} for part in (head, sent)]
        return sign(self.key, chosen[0], chosen[1])

    def header(self, **claims: Any) -> dict[str, str]:
        """Return the header for the token endpoint."""
        return {"dpop": self.proof(**claims)}

    def presenting(self, token: str, **claims: Any) -> dict[str, str]:
        """Return the headers that present *token* at UserInfo."""
        proof = self.proof(**{"htm": "GET", "htu": USERINFO_URL, "ath": hash_of(token), **claims})
        return {"authorization": f"DPoP {token}", "dpop": proof}


def hash_of(token: str) -> str:
    """Return the claim ath (RFC 9449 section 4.2)."""
    return encode(hashlib.sha256(token.encode()).digest())
