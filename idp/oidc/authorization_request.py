"""An authorization request, checked and read (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1)."""

from dataclasses import dataclass, field
from typing import Any, Self

from idp.clients.registration import ClientRegistration
from idp.oidc.acr import read_acr
from idp.oidc.scopes import grant_personal_scope
from idp.web.parameters import Parameters

RESPONSE_MODES = ("query", "fragment", "form_post")


@dataclass(frozen=True, kw_only=True)
class ReturnAddress:
    """Where, how and with which state an answer goes back; the redirect_uri has been found registered."""

    redirect_uri: str
    response_mode: str
    state: str


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest(ReturnAddress):
    """What is asked; `scope` is what will be granted. `max_age` is in seconds."""

    scope: str
    nonce: str
    code_challenge: str
    prompt: tuple[str, ...]
    max_age: int | None
    login_hint: str
    acr: str
    response_type: str = "code"
    resources: tuple[str, ...] = ()
    claims: dict[str, Any] = field(default_factory=dict)
    dpop_jkt: str = ""

    def to_payload(self) -> dict[str, Any]:
        """Return what `from_payload` reads, made of JSON's types."""
        return dict(vars(self))

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Return the request that `to_payload` wrote."""
        lists = {name: tuple(payload[name]) for name in ("prompt", "resources")}
        return cls(**{**payload, **lists})


def read_return_address(parameters: Parameters, redirect_uri: str) -> ReturnAddress:
    """Return where an answer goes, an error too, even when other parameters are wrong.

    A repeated state is not returned: nobody could tell which one is meant.
    """
    mode = parameters.get("response_mode", "")
    state = parameters.all("state")
    return ReturnAddress(
        redirect_uri=redirect_uri,
        response_mode=mode if mode in RESPONSE_MODES and _mode_fits(mode, redirect_uri) else RESPONSE_MODES[0],
        state=state[0] if len(state) == 1 else "",
    )


def read_authorization_request(
    parameters: Parameters, client: ClientRegistration, back: ReturnAddress, *, certificates_on: bool
) -> AuthorizationRequest:
    """Return the request of *parameters* that have passed `verify_parameters`."""
    max_age = parameters.get("max_age", "")
    return AuthorizationRequest(
        **vars(back),
        scope=grant_personal_scope(client, parameters.get("scope", "")),
        nonce=parameters.get("nonce", ""),
        code_challenge=parameters.get("code_challenge", ""),
        prompt=tuple(parameters.get("prompt", "").split()),
        max_age=int(max_age) if max_age else None,
        login_hint=parameters.get("login_hint", ""),
        acr=read_acr(parameters, certificates_on=certificates_on),
    )


def _mode_fits(mode: str, redirect_uri: str) -> bool:
    # Browsers do not post forms to an application's own scheme, and must not be told to run javascript: ones.
    return mode != "form_post" or redirect_uri.startswith(("https://", "http://"))
