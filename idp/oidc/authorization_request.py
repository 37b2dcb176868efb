"""An authorization request, checked and read (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1)."""

from dataclasses import dataclass, field
from typing import Any, Self

from idp.clients.registration import ClientRegistration
from idp.oidc.acr import read_acr
from idp.oidc.authorization_checks import verify_parameters
from idp.oidc.claims_request import parse_claims_request
from idp.oidc.expected_subjects import read_subjects
from idp.oidc.resources import read_resources
from idp.oidc.response_types import CODE, response_mode_of
from idp.oidc.scopes import OFFLINE_ACCESS, grant_personal_scope
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters


@dataclass(frozen=True, kw_only=True)
class ReturnAddress:
    """Where, how and with which state an answer goes back; the redirect_uri has been found registered."""

    redirect_uri: str
    response_mode: str
    state: str


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest(ReturnAddress):
    """What is asked; `scope` is what will be granted. `max_age` is in seconds.

    `claims` are names of claims by place (`claims_request`), `subjects` the only people who will do (none: anybody),
    `hinted` says that an ID Token named them; `pushed` is the reference of the pushed request that this is (empty: none).
    With `acr_demanded` the level is no mere wish.
    """

    scope: str
    nonce: str
    code_challenge: str
    prompt: tuple[str, ...]
    max_age: int | None
    login_hint: str
    acr: str
    response_type: str = CODE
    resources: tuple[str, ...] = ()
    claims: dict[str, Any] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    hinted: bool = False
    pushed: str = ""
    dpop_jkt: str = ""
    acr_demanded: bool = False

    @property
    def response_types(self) -> frozenset[str]:
        """What the authorization endpoint itself returns: code, id_token, token."""
        return frozenset(self.response_type.split())

    def to_payload(self) -> dict[str, Any]:
        """Return what `from_payload` reads, made of JSON's types."""
        return dict(vars(self))

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Return the request that `to_payload` wrote."""
        lists = {name: tuple(payload[name]) for name in ("prompt", "resources", "subjects")}
        return cls(**{**payload, **lists})


def read_return_address(client: ClientRegistration, parameters: Parameters, redirect_uri: str) -> ReturnAddress:
    """Return where an answer goes, an error too, even when other parameters are wrong.

    A repeated state is not returned: nobody could tell which one is meant.
    """
    state = parameters.all("state")
    return ReturnAddress(
        redirect_uri=redirect_uri,
        response_mode=response_mode_of(parameters, redirect_uri, client),
        state=state[0] if len(state) == 1 else "",
    )


def read_authorization_request(
    exchange: Exchange, client: ClientRegistration, parameters: Parameters, back: ReturnAddress, *, pushed: str = ""
) -> AuthorizationRequest:
    """Return the request of *parameters*, all of them checked; raise an `OAuth2Error` for the client."""
    verify_parameters(parameters, client)
    claims = parse_claims_request(parameters.get("claims", ""))
    conditions = claims.id_token.get("acr", {})
    acr_values = parameters.get("acr_values", "").split() or client.default_acr_values
    certificates_on = exchange.realm.certificate_policy != "off"
    return AuthorizationRequest(
        **vars(back),
        scope=_read_scope(parameters, client),
        nonce=parameters.get("nonce", ""),
        code_challenge=parameters.get("code_challenge", ""),
        prompt=tuple(parameters.get("prompt", "").split()),
        max_age=int(parameters["max_age"]) if "max_age" in parameters else client.default_max_age,
        login_hint=parameters.get("login_hint", ""),
        acr=read_acr(acr_values, conditions, certificates_on=certificates_on),
        response_type=parameters["response_type"],
        resources=read_resources(parameters, client),
        claims=claims.names_for(client),
        subjects=read_subjects(exchange, client, parameters, claims),
        hinted="id_token_hint" in parameters,
        dpop_jkt=parameters.get("dpop_jkt", ""),
        pushed=pushed,
        acr_demanded=bool(conditions.get("essential")),
    )


def _read_scope(parameters: Parameters, client: ClientRegistration) -> str:
    """Return what will be granted; without a code there is no refresh token either (OpenID Connect Core section 11)."""
    scope = grant_personal_scope(client, parameters.get("scope", ""))
    if CODE in parameters["response_type"].split():
        return scope
    return " ".join(name for name in scope.split() if name != OFFLINE_ACCESS)
