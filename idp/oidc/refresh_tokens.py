"""Refresh tokens, rotated at every use; reuse ends the family (RFC 9700 section 4.14.2).

They are JWTs under a key of our own, because keycloak-js reads every token it gets as one. To all others they are opaque.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from idp.oidc.client import RegisteredClient
from idp.oidc.scopes import OFFLINE_ACCESS
from idp.oidc.token_basis import TokenBasis, bounds_of, timestamp
from idp.oidc.token_families import find_family
from idp.sessions.endings import outlives_session
from idp.sessions.impersonation import read_impersonator
from idp.web.exchange import Exchange

# A client whose answer was lost, or that refreshes in two tabs at once, repeats the request within seconds.
RETRY_GRACE = timedelta(seconds=10)
_RANDOM_BYTES = 24


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


_HEADER = _encode(b'{"alg":"HS256","typ":"refresh+jwt"}')
_FORM = re.compile(rf"({_HEADER}\.([A-Za-z0-9_-]{{116}}))\.([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True)
class RefreshToken:
    """A token value and the row of its family; in the shape authlib asks for."""

    value: str
    family: Row[Any]

    @property
    def family_id(self) -> str:
        """The token family."""
        return str(self.family.id)

    @property
    def digest(self) -> str:
        """The digest under which a current token is stored."""
        return digest_refresh_token(self.value)

    @property
    def current(self) -> bool:
        """Whether it is the family's last token."""
        return bool(self.family.refresh_digest == self.digest)

    @property
    def offline(self) -> bool:
        """Whether it is for use in the person's absence, which keeps no session alive (OpenID Connect Core section 11)."""
        return OFFLINE_ACCESS in self.family.scope.split()

    def check_client(self, client: RegisteredClient) -> bool:
        """Tell whether the token was issued to *client*."""
        return bool(self.family.client_id == client.registration.id)

    def get_scope(self) -> str:
        """Return the family's scope."""
        return str(self.family.scope)

    def is_live(self, exchange: Exchange) -> bool:
        """Tell whether family, session and user are such that the last token may be used.

        With offline_access the session may have ended, unless for a reason that ends all (Back-Channel Logout section 2.7).
        """
        row, now = self.family, exchange.services.clock.now()
        if row.revoked_at is not None or now >= row.expires_at or not row.enabled:
            return False
        if self.offline:
            borne = row.ended_at is None or outlives_session(row.ended_reason)
            return bool(borne and now - (row.rotated_at or row.created_at) < exchange.realm.offline_idle_lifetime)
        if row.ended_at is not None:
            return False
        idle = now - row.last_seen_at >= exchange.realm.session_idle_lifetime
        return bool(not idle and now < row.session_expires_at)

    def is_identical_retry(self, exchange: Exchange) -> bool:
        """Tell whether the same browser repeats, within seconds, the request that used this token up."""
        row = self.family
        repeated = row.previous_digest == digest_retry(exchange, self.value)
        return bool(repeated and exchange.services.clock.now() - row.rotated_at <= RETRY_GRACE)

    def build_basis(self) -> TokenBasis:
        """Return what the family's tokens say."""
        row = self.family
        return TokenBasis(
            user_id=row.user_id,
            session_id=row.session_id,
            family_id=row.id,
            auth_time=timestamp(row.auth_time),
            acr=row.acr,
            amr=tuple(row.amr),
            certificate_claims=row.certificate_claims,
            **bounds_of(read_impersonator(row.impersonator), row.session_expires_at),
        )


def create_refresh_token(exchange: Exchange, family_id: str) -> str:
    """Return a new token value: 192 random bits, and a MAC that tells ours from invented ones."""
    payload = {"fid": family_id, "jti": secrets.token_urlsafe(_RANDOM_BYTES)}
    signed = f"{_HEADER}.{_encode(json.dumps(payload, separators=(',', ':')).encode())}"
    return f"{signed}.{_sign(exchange, signed)}"


def find_refresh_token(exchange: Exchange, value: str) -> RefreshToken | None:
    """Return the token with its family if we issued it in this realm, used up or not; else None.

    Only a token that we issued can be a reused one: who merely knows a family's id must not be able to end it.
    """
    parts = _FORM.fullmatch(value)
    if parts is None or not hmac.compare_digest(_sign(exchange, parts[1]), parts[3]):
        return None
    payload = json.loads(base64.urlsafe_b64decode(parts[2]))
    family = find_family(exchange.transaction, payload["fid"])
    if family is None or family.realm_id != exchange.realm.id:
        return None
    return RefreshToken(value, family)


def _sign(exchange: Exchange, signed: str) -> str:
    key = hmac.digest(exchange.services.csrf_key, f"refresh-token:{exchange.realm.id}".encode(), hashlib.sha256)
    return _encode(hmac.digest(key, signed.encode(), hashlib.sha256))


def digest_refresh_token(value: str) -> str:
    """Return the digest under which a token is stored."""
    return hashlib.sha256(value.encode()).hexdigest()


def digest_retry(exchange: Exchange, value: str) -> str:
    """Return the digest of a used token together with who used it: only they may repeat themselves."""
    return hashlib.sha256("\n".join((value, exchange.address, exchange.user_agent)).encode()).hexdigest()
