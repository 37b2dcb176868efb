"""A client's metadata as one frozen value, its fields named like the columns of the row."""

from dataclasses import dataclass, fields
from typing import Any, Self

from idp.models import Client


@dataclass(frozen=True, kw_only=True)
class ClientMetadata:
    """Everything that may be set about a client, but for its client_id and its secret; the defaults are RFC 7591's."""

    name: str = ""
    description: str = ""
    root_uri: str = ""
    home_uri: str = ""
    logo_uri: str = ""
    policy_uri: str = ""
    tos_uri: str = ""
    contacts: tuple[str, ...] = ()
    software_id: str = ""
    software_version: str = ""
    initiate_login_uri: str = ""

    application_type: str = "web"
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    response_types: tuple[str, ...] = ("code",)
    response_modes: tuple[str, ...] = ()
    scope: str = ""
    default_scope: str = ""
    full_scope_allowed: bool = True
    subject_type: str = "public"
    sector_identifier_uri: str = ""
    request_uris: tuple[str, ...] = ()
    require_pushed_authorization_requests: bool = False

    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 (a method's name)
    token_endpoint_auth_signing_alg: str = ""
    jwks: dict[str, Any] | None = None
    jwks_uri: str = ""
    tls_client_auth_subject: dict[str, str] | None = None
    certificate_bound_access_tokens: bool = False
    dpop_bound_access_tokens: bool = False
    request_object_signing_alg: str = ""
    require_signed_request_object: bool = False
    id_token_signed_response_alg: str = "RS256"  # noqa: S105 (an algorithm's name)
    userinfo_signed_response_alg: str = ""

    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str = ""
    frontchannel_logout_session_required: bool = False

    enabled: bool = True
    first_party: bool = False
    consent_required: bool = False
    pkce_required: bool = True
    certificate_policy: str = "realm"
    security_profile: str = ""
    web_origins: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    mappers: tuple[dict[str, Any], ...] = ()
    attributes: dict[str, str] | None = None
    secret_overlap: int | None = None
    access_token_format: str = "jwt"  # noqa: S105 (a format's name)
    access_token_signed_response_alg: str = "ES256"  # noqa: S105 (an algorithm's name)
    access_token_lifetime: int | None = None
    direct_access_grants_enabled: bool = False
    admin_api: bool = False

    @classmethod
    def of(cls, client: Client) -> Self:
        """Return what the row holds."""
        return cls(**{field.name: _frozen(getattr(client, field.name)) for field in fields(cls)})

    def write_to(self, client: Client) -> None:
        """Set the columns of the row that differ."""
        for field in fields(self):
            value = getattr(self, field.name)
            value = list(value) if isinstance(value, tuple) else value
            if getattr(client, field.name) != value:
                setattr(client, field.name, value)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
