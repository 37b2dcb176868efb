"""A client as the upper floors see it: a frozen value that may be kept for a moment."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, bindparam, select

from idp.encryption import Cipher
from idp.models import Client
from idp.storage.transaction import Transaction

SECRET_CONTEXT = "client.secret"  # noqa: S105 (names the column, is no secret)

_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")
_CLIENT: Table = Client.__table__  # type: ignore[assignment]
_BY_CLIENT_ID = select(_CLIENT).where(
    _CLIENT.c.realm_id == bindparam("realm"), _CLIENT.c.client_id == bindparam("client")
)


@dataclass(frozen=True)
class ClientRegistration:
    """What is registered about a client; `secret` is None for a public one."""

    id: str
    realm_id: str
    client_id: str
    name: str
    home_uri: str
    enabled: bool
    first_party: bool
    secret: str | None
    token_endpoint_auth_method: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    web_origins: tuple[str, ...]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    pkce_required: bool
    certificate_required: bool
    id_token_alg: str
    access_token_alg: str

    @property
    def public(self) -> bool:
        """Whether the client has no secret (RFC 6749 section 2.1)."""
        return self.secret is None

    @property
    def title(self) -> str:
        """The name to show to people."""
        return self.name or self.client_id


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
    secret = client.secret_encrypted
    return ClientRegistration(
        id=client.id,
        realm_id=client.realm_id,
        client_id=client.client_id,
        name=client.name,
        home_uri=client.home_uri,
        enabled=client.enabled,
        first_party=client.first_party,
        secret=None if secret is None else cipher.decrypt(secret, SECRET_CONTEXT).decode(),
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        redirect_uris=tuple(client.redirect_uris),
        post_logout_redirect_uris=tuple(client.post_logout_redirect_uris),
        web_origins=tuple(client.web_origins),
        grant_types=tuple(client.grant_types),
        scopes=tuple(client.scope.split()),
        pkce_required=client.pkce_required or secret is None,
        certificate_required=client.certificate_policy == "required",
        id_token_alg=client.id_token_signed_response_alg,
        access_token_alg=client.access_token_signed_response_alg,
    )
