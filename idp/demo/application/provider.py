"""The OpenID Provider as a relying party sees it (OpenID Connect Core 1.0, Discovery 1.0)."""

from collections.abc import Mapping
from typing import Any

import httpx2
from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from idp.demo.application.sign_ins import SignIn

SCOPE = "openid profile email"
_TIMEOUT_SECONDS = 10
_ACR = "requested-acr"


class SignInFailed(Exception):
    """Nobody is signed in; `error` is the provider's code or one of ours, `description` a sentence for the person."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


class Provider:
    """The provider at *issuer*, where we are registered as *client_id*; *transport* replaces the network."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client: Any = OAuth().register(
            client_id,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT_SECONDS,
                "trust_env": False,
                **({"transport": transport} if transport else {}),
            },
        )

    async def begin_sign_in(self, request: Request, redirect_uri: str, parameters: Mapping[str, str]) -> Response:
        """Send the browser to the authorization endpoint (OpenID Connect Core 3.1.2.1); raise `SignInFailed`."""
        await self._load_metadata()
        request.session[_ACR] = parameters.get("acr_values", "")
        response: Response = await self._client.authorize_redirect(request, redirect_uri, **parameters)
        return response

    async def finish_sign_in(self, request: Request) -> SignIn:
        """Return what the provider answered, verified; raise `SignInFailed`."""
        metadata = await self._load_metadata()
        self._verify_issuer_of_response(request, metadata)
        token = await self._exchange_code(request)
        self._verify_acr(token["userinfo"], request.session.pop(_ACR, ""))
        return SignIn(
            id_token=token["id_token"],
            claims=dict(token["userinfo"]),
            userinfo=await self._fetch_userinfo(token),
            scope=token.get("scope", SCOPE),
        )

    async def begin_sign_out(self, request: Request, sign_in: SignIn, return_to: str) -> Response:
        """Send the browser to the end session endpoint (OpenID Connect RP-Initiated Logout 1.0 section 2)."""
        await self._load_metadata()
        response: Response = await self._client.logout_redirect(
            request, post_logout_redirect_uri=return_to, id_token_hint=sign_in.id_token, client_id=self._client_id
        )
        response.status_code = 303
        return response

    async def finish_sign_out(self, request: Request) -> bool:
        """Tell whether the browser comes back from a logout that it began here."""
        try:
            await self._client.validate_logout_response(request)
        except OAuthError:
            return False
        return True

    async def _load_metadata(self) -> Mapping[str, Any]:
        try:
            metadata: Mapping[str, Any] = await self._client.load_server_metadata()
        except (httpx2.HTTPError, ValueError) as error:
            raise SignInFailed("provider_unreachable", f"There is no OpenID Provider at {self.issuer}.") from error
        if metadata.get("issuer") != self.issuer:
            self._client.server_metadata.clear()
            raise SignInFailed("issuer_mismatch", "The provider's metadata names another issuer.")
        return metadata

    def _verify_issuer_of_response(self, request: Request, metadata: Mapping[str, Any]) -> None:
        # RFC 9207 section 2.4: another provider's answer must not be taken for this one's.
        promised = metadata.get("authorization_response_iss_parameter_supported", False)
        named = request.query_params.get("iss")
        if (named is not None or promised) and named != self.issuer:
            raise SignInFailed("issuer_mismatch", "The answer does not come from the provider that was asked.")

    async def _exchange_code(self, request: Request) -> dict[str, Any]:
        expected = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        try:
            token: dict[str, Any] = await self._client.authorize_access_token(request, claims_options=expected)
        except OAuthError as error:
            raise SignInFailed(str(error.error), str(error.description or "")) from error
        except (JoseError, ValueError) as error:
            raise SignInFailed("invalid_id_token", "The provider's ID Token does not verify.") from error
        except httpx2.HTTPError as error:
            raise SignInFailed("provider_unreachable", "The provider did not answer.") from error
        if "userinfo" not in token:
            raise SignInFailed("invalid_id_token", "The provider sent no ID Token.")
        return token

    async def _fetch_userinfo(self, token: Mapping[str, Any]) -> dict[str, Any]:
        try:
            userinfo = dict(await self._client.userinfo(token=token))
        except (httpx2.HTTPError, OAuthError, ValueError) as error:
            raise SignInFailed("userinfo_failed", "The UserInfo endpoint did not answer.") from error
        if userinfo.get("sub") != token["userinfo"]["sub"]:
            # OpenID Connect Core section 5.3.2: a response about somebody else must not be used.
            raise SignInFailed("userinfo_failed", "The UserInfo response is about another person.")
        return userinfo

    @staticmethod
    def _verify_acr(claims: Mapping[str, Any], requested: str) -> None:
        # `acr_values` is a wish (OpenID Connect Core section 3.1.2.1): who depends on it looks at what came.
        if requested and claims.get("acr") not in requested.split():
            raise SignInFailed("insufficient_authentication", "The sign-in was weaker than this application asked for.")
