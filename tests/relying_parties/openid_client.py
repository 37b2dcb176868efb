"""One client whose work openid-client does, in Node."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.browser.demo import RunningDemo
from tests.relying_parties.puppet import Puppet
from tests.relying_parties.registrations import CALLBACK, SCOPE, Registered


class OpenIDClient:
    """The client *registered* at the running *provider*, which openid-client first discovers.

    *options* are those of the program's `discover`: `key`, `tls`, `dpop`, `metadata`, `checkSignatures`.
    """

    def __init__(
        self, puppet: Puppet, provider: RunningDemo, registered: Registered, method: str | None = None, **options: Any
    ) -> None:
        self.client_id = registered.client_id
        self._puppet = puppet
        self.metadata: dict[str, Any] = puppet.call(
            "discover",
            issuer=provider.realm_url,
            clientId=registered.client_id,
            secret=registered.secret,
            method=method or ("none" if registered.secret is None else "client_secret_basic"),
            **options,
        )

    def authorization_url(self, *, pushed: bool = False, signed: bool = False, bound: bool = False, **more: str) -> str:
        """Begin a sign-in and return where the browser is sent: PKCE, state and nonce are the library's."""
        parameters = {"redirect_uri": CALLBACK, "scope": SCOPE, **more}
        return self.call("authorize", parameters=parameters, pushed=pushed, signed=signed, dpopBound=bound)

    def redeem(self, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Let the library check the answer that came to *url*, and get the tokens; `claims` are the ID Token's."""
        return self.call("redeem", url=url, form=form)

    def refresh(self, refresh_token: str, **parameters: str) -> dict[str, Any]:
        """Use a refresh token."""
        return self.call("refresh", refreshToken=refresh_token, parameters=parameters)

    def userinfo(self, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Ask UserInfo, about the subject of the ID Token alone."""
        return self.call("userinfo", accessToken=tokens["access_token"], subject=tokens["claims"]["sub"])

    def credentials(self, **parameters: str) -> dict[str, Any]:
        """Get a token for the client itself."""
        return self.call("credentials", parameters=parameters)

    def introspect(self, token: str) -> dict[str, Any]:
        """Ask what a token stands for."""
        return self.call("introspect", token=token)

    def revoke(self, token: str) -> None:
        """Give a token back."""
        self.call("revoke", token=token)

    def logout_url(self, **parameters: str) -> str:
        """Return where the browser is sent to sign out."""
        return self.call("logoutUrl", parameters=parameters)

    def call(self, function: str, **arguments: Any) -> Any:
        """Call a function of the program for this client."""
        return self._puppet.call(function, clientId=self.client_id, **arguments)


NewClient = Callable[..., OpenIDClient]
