"""A client under the FAPI 2.0 Security Profile: private_key_jwt, pushed requests, DPoP."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey

from tests.oidc.dpop import DpopClient, sign
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, VERIFIER, Provider, answer_of

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PAR_URL = f"{ISSUER}/protocol/openid-connect/ext/par/request"
REGISTERED: dict[str, Any] = {
    "security_profile": "fapi2",
    "token_endpoint_auth_method": "private_key_jwt",
    "id_token_signed_response_alg": "ES256",
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
}


@dataclass
class FapiClient:
    """Remembers the nonce that it was told last, as real clients do."""

    provider: Provider
    client_id: str = "bank"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    nonce: str = ""

    def __post_init__(self) -> None:
        self.dpop = DpopClient(self.provider.clock)

    def register(self, **columns: Any) -> "FapiClient":
        """Register the client; keyword arguments replace or add columns."""
        keys = {"keys": [self.key.as_dict(private=False)]}
        self.provider.add_client(self.client_id, **{**REGISTERED, "jwks": keys, **columns})
        return self

    def assertion(self, **claims: Any) -> dict[str, str]:
        """Return the parameters of private_key_jwt; keyword arguments replace claims."""
        now = int(self.provider.clock.now().timestamp())
        sent = {
            "iss": self.client_id, "sub": self.client_id, "aud": ISSUER, "jti": secrets.token_urlsafe(12),
            "iat": now, "exp": now + 60, **claims,
        }  # fmt: skip
        text = sign(self.key, {"alg": "ES256", "typ": "JWT"}, sent)
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}

    def post(self, path: str, form: dict[str, Any], *, proof: dict[str, Any] | None = None) -> Any:
        """Send *form* with a fresh assertion and, unless *proof* is None, a proof; repeat it with a nonce when told to."""
        sent = {"client_id": self.client_id, **form}
        while True:
            headers = self.dpop.header(nonce=self.nonce or None, **proof) if proof is not None else {}
            response = self.provider.http.post(
                self.provider.path(path), data={**self.assertion(), **sent}, headers=headers
            )
            told = response.headers.get("dpop-nonce", self.nonce)
            if told == self.nonce or response.json().get("error") != "use_dpop_nonce":
                self.nonce = told
                return response
            self.nonce = told

    def push(self, *, proof: dict[str, Any] | None = None, **parameters: Any) -> Any:
        """Push an authorization request; None leaves a parameter out."""
        form = {
            "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid offline_access", "state": "s",
            "nonce": "n" * 64, "code_challenge": CHALLENGE, "code_challenge_method": "S256", **parameters,
        }  # fmt: skip
        return self.post("ext/par/request", {name: value for name, value in form.items() if value}, proof=proof)

    def authorize(self, **parameters: Any) -> dict[str, str]:
        """Return what comes back to the callback after a pushed request."""
        pushed = self.push(**parameters)
        assert pushed.status_code == 201, pushed.text
        return answer_of(self.open(request_uri=pushed.json()["request_uri"]))

    def open(self, **parameters: Any) -> Any:
        """Send the browser to the authorization endpoint."""
        query = {"client_id": self.client_id, **parameters}
        return self.provider.http.get(
            self.provider.path("auth"), params=query, headers={"cookie": self.provider.cookie}
        )

    def redeem(self, code: str, *, proof: dict[str, Any] | None = None) -> Any:
        """Redeem a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.post("token", form, proof=proof)

    def refresh(self, refresh_token: str, *, proof: dict[str, Any] | None = None) -> Any:
        """Use a refresh token."""
        return self.post("token", {"grant_type": "refresh_token", "refresh_token": refresh_token}, proof=proof)
