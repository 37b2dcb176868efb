"""A client as the upper floors see it: a frozen value that may be kept for a moment."""

import re
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, bindparam, select

from idp.encryption import Cipher
from idp.models import Client
from idp.storage.transaction import Transaction

SECRET_CONTEXT = "client.secret"  # noqa: S105 (names the column, is no secret)
ROTATED_SECRET_CONTEXT = "client.rotated_secret"  # noqa: S105 (names the column, is no secret)

NO_AUTHENTICATION = "none"
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")
_CLIENT: Table = Client.__table__  # type: ignore[assignment]
_BY_CLIENT_ID = select(_CLIENT).where(
    _CLIENT.c.realm_id == bindparam("realm"), _CLIENT.c.client_id == bindparam("client")
)


@dataclass(frozen=True, kw_only=True)
class ClientRegistration:
    """What is registered about a client; `secret` is None where it has none. Lifetimes are None where the realm's count."""

    id: str
    realm_id: str
    client_id: str
    name: str
    home_uri: str
    enabled: bool
    first_party: bool
    secret: str | None = field(repr=False)
    rotated_secret: str | None = field(repr=False)
    rotated_secret_expires_at: datetime | None
    token_endpoint_auth_method: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    web_origins: tuple[str, ...]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    default_scopes: tuple[str, ...]
    full_scope_allowed: bool
    pkce_required: bool
    certificate_required: bool
    id_token_alg: str
    access_token_alg: str
    userinfo_alg: str
    access_token_format: str
    access_token_lifetime: timedelta | None
    application_type: str
    response_types: tuple[str, ...]
    response_modes: tuple[str, ...]
    subject_type: str
    sector_identifier_uri: str
    consent_required: bool
    security_profile: str
    resources: tuple[str, ...]
    mappers: tuple[dict[str, Any], ...]
    logo_uri: str
    policy_uri: str
    tos_uri: str
    initiate_login_uri: str
    jwks: dict[str, Any] | None
    jwks_uri: str
    token_endpoint_auth_signing_alg: str
    tls_client_auth_subject: dict[str, str] | None
    certificate_bound_access_tokens: bool
    dpop_bound_access_tokens: bool
    request_uris: tuple[str, ...]
    request_object_signing_alg: str
    require_signed_request_object: bool
    require_pushed_authorization_requests: bool
    default_max_age: int | None
    require_auth_time: bool
    default_acr_values: tuple[str, ...]
    backchannel_logout_uri: str
    backchannel_logout_session_required: bool
    frontchannel_logout_uri: str
    frontchannel_logout_session_required: bool
    direct_access_grants_enabled: bool
    admin_api: bool

    @property
    def public(self) -> bool:
        """Whether the client cannot authenticate (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == NO_AUTHENTICATION

    @property
    def title(self) -> str:
        """The name to show to people."""
        return self.name or self.client_id

    def list_secrets(self, now: datetime) -> tuple[str, ...]:
        """Return the secrets that are good: the present one, and the one before it for a while."""
        until = self.rotated_secret_expires_at
        former = self.rotated_secret if until is not None and now < until else None
        return tuple(filter(None, (self.secret, former)))


def find_registration(
    transaction: Transaction, cipher: Cipher, *, realm_id: str, client_id: str
) -> ClientRegistration | None:
    """Return what is registered about that client_id in the realm, or None."""
    if not is_client_id(client_id):  # a stranger's: too long to look for, or beyond what a database can compare
        return None
    row = transaction.find(_BY_CLIENT_ID, {"realm": realm_id, "client": client_id})
    return None if row is None else build_registration(row, cipher)


def is_client_id(text: str) -> bool:
    """Tell whether *text* can be a client_id: visible ASCII characters (RFC 6749 appendix A.1), at most 255."""
    return _CLIENT_ID.fullmatch(text) is not None


def build_registration(client: Client | Row[Any], cipher: Cipher) -> ClientRegistration:
    """Return what the row holds, its secret decrypted."""
    lifetime = client.access_token_lifetime
    unchanged: dict[str, Any] = {name: getattr(client, name) for name in _UNCHANGED}
    lists: dict[str, Any] = {name: tuple(getattr(client, name)) for name in _LISTS}
    return ClientRegistration(
        **unchanged,
        **lists,
        secret=_decrypt(cipher, client.secret_encrypted, SECRET_CONTEXT),
        rotated_secret=_decrypt(cipher, client.rotated_secret_encrypted, ROTATED_SECRET_CONTEXT),
        scopes=tuple(client.scope.split()),
        default_scopes=tuple(client.default_scope.split()),
        pkce_required=client.pkce_required or client.token_endpoint_auth_method == NO_AUTHENTICATION,
        certificate_required=client.certificate_policy == "required",
        id_token_alg=client.id_token_signed_response_alg,
        access_token_alg=client.access_token_signed_response_alg,
        userinfo_alg=client.userinfo_signed_response_alg,
        access_token_lifetime=None if lifetime is None else timedelta(seconds=lifetime),
    )


def _decrypt(cipher: Cipher, value: bytes | None, context: str) -> str | None:
    return None if value is None else cipher.decrypt(value, context).decode()


_CONVERTED = {
    *("secret", "rotated_secret", "scopes", "default_scopes", "pkce_required", "certificate_required"),
    *("id_token_alg", "access_token_alg", "userinfo_alg", "access_token_lifetime"),
}
_LISTS = [
    known.name
    for known in fields(ClientRegistration)
    if str(known.type).startswith("tuple") and known.name not in _CONVERTED
]
_UNCHANGED = [known.name for known in fields(ClientRegistration) if known.name not in {*_CONVERTED, *_LISTS}]
