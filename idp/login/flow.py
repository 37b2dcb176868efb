"""What a caller asks of a login, and how far the login has come."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class ConsentQuestion:
    """What the person is to allow the client; `always` asks even about what was allowed before.

    `host` is where the browser will go back to, which tells applications of the same name apart.
    """

    client_row_id: str
    scopes: tuple[str, ...]
    claims: tuple[str, ...] = ()
    always: bool = False
    host: str = ""
    policy_uri: str = ""
    terms_uri: str = ""


@dataclass(frozen=True, kw_only=True)
class LoginRequest:
    """What has to be proven, for whom it is shown, and where the browser goes afterwards.

    `return_path` is a path within the realm that gets ``?flow=<id>`` appended; `payload` is the caller's own and comes back
    untouched. `max_age` is in seconds. `acr` is the least level: "1" a password, "2" a password and a certificate.
    With `password_demanded` a certificate alone will not do.
    `deeds` are what it is for beside the application, as `idp.sessions.impersonation.Deed` names it.
    `return_origin` is where the caller will finally redirect to, for the pages' Content-Security-Policy.
    """

    client_id: str
    client_title: str
    client_home: str = ""
    return_path: str
    return_origin: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    acr: str = "1"
    certificate_required: bool = False
    reauthenticate: bool = False
    max_age: int | None = None
    login_hint: str = ""
    account_console: bool = False
    password_demanded: bool = False
    deeds: tuple[str, ...] = ()
    consent: ConsentQuestion | None = None


@dataclass(frozen=True, kw_only=True)
class LoginFlow:
    """One login in one browser. Everything proven so far is here, on the server; the browser holds an id and a cookie.

    `user_id` is who has given their password or, where the flow is `passwordless`, whose certificate came first.
    """

    id: str
    realm_id: str
    browser_digest: str
    created_at: str
    request: LoginRequest
    user_id: str | None = None
    passwordless: bool = False
    auth_time: str | None = None
    password_set_at: str | None = None
    second_factor: str | None = None
    certificate_id: str | None = None
    certificate_claims: dict[str, Any] | None = None
    session_id: str | None = None
    enrolment_only: bool = False
    typed_username: str = ""
    failure: dict[str, Any] | None = None
    error: str | None = None
    finished: bool = False
    forget_session: bool = False
    consented: bool = False

    def having(self, **changes: Any) -> Self:
        """Return the flow with *changes*."""
        return replace(self, **changes)

    @property
    def authenticated_at(self) -> datetime | None:
        """When the password, or the certificate that came first, was verified."""
        return None if self.auth_time is None else datetime.fromisoformat(self.auth_time)

    def to_json(self) -> str:
        """Return the text that `flow_from_json` reads."""
        return json.dumps(asdict(self), separators=(",", ":"))


def flow_from_json(text: str) -> LoginFlow:
    """Return the flow that `to_json` wrote."""
    values = json.loads(text)
    request = values["request"]
    request |= {"consent": _question(request["consent"]), "deeds": tuple(request["deeds"])}
    return LoginFlow(**{**values, "request": LoginRequest(**request)})


def _question(values: dict[str, Any] | None) -> ConsentQuestion | None:
    if values is None:
        return None
    return ConsentQuestion(**{**values, "scopes": tuple(values["scopes"]), "claims": tuple(values["claims"])})
