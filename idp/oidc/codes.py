"""Authorization codes: 60 seconds, once (RFC 6749 section 4.1.2, RFC 9700 section 4.5).

A code is remembered for longer than it is valid, so that a late second use is still noticed.
"""

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from idp.clients.registration import ClientRegistration
from idp.errors import IdpError
from idp.events.tags import Tag
from idp.models import new_id
from idp.oidc.authorization_code import AuthorizationCode
from idp.oidc.authorization_request import AuthorizationRequest
from idp.oidc.token_basis import TokenBasis, bounds_of, timestamp
from idp.oidc.token_families import revoke_family_of_code
from idp.sessions.live_sessions import LiveSession
from idp.web.exchange import Exchange

KIND = "code"
USED_KIND = "code-used"
CODE_LIFETIME = timedelta(seconds=60)  # ASVS 5 10.4.3
_REMEMBERED = timedelta(minutes=10)  # the longest that RFC 6749 section 4.1.2 lets a code live


class CodeInvalid(IdpError):
    """The code is unknown, expired, used, or does not belong to what it came with."""


def issue_code(exchange: Exchange, client: ClientRegistration, asked: AuthorizationRequest, live: LiveSession) -> str:
    """Store what the live session authorizes and return the code for it (256 random bits)."""
    value, now = secrets.token_urlsafe(32), exchange.services.clock.now()
    code = AuthorizationCode(
        digest=_digest(value),
        expires_at=timestamp(now + CODE_LIFETIME),
        realm_id=exchange.realm.id,
        client_row_id=client.id,
        client_id=client.client_id,
        redirect_uri=asked.redirect_uri,
        scope=asked.scope,
        nonce=asked.nonce,
        code_challenge=asked.code_challenge,
        basis=basis_of(live),
        audience=asked.resources,
        claims=asked.claims,
        dpop_jkt=asked.dpop_jkt,
    )
    exchange.services.ephemeral.put(KIND, code.digest, _serialize(code), _REMEMBERED)
    return value


def find_code(exchange: Exchange, value: str) -> AuthorizationCode | None:
    """Return what the code stands for, used and expired or not, or None. Checks nothing but the realm."""
    text = exchange.services.ephemeral.get(KIND, _digest(value))
    if text is None:
        return None
    code = _parse(json.loads(text))
    return code if code.realm_id == exchange.realm.id else None


def take_code(exchange: Exchange, code: AuthorizationCode) -> None:
    """Use the code up; raise `CodeInvalid` when it is expired, or was used before.

    A second use revokes what the first gave (RFC 6749 section 4.1.2). Call it only after everything the code came with
    (client, redirect_uri, verifier) has been found right: somebody who merely saw a code revokes nothing.
    """
    if not exchange.services.ephemeral.add(USED_KIND, code.digest, "", _REMEMBERED):
        revoke_family_of_code(exchange.transaction, code, exchange.services.clock.now())
        exchange.record(
            Tag.CODE_REPLAYED,
            user_id=code.basis.user_id,
            client_id=code.client_id,
            session_id=code.basis.session_id,
            family_id=code.basis.family_id,
        )
        raise CodeInvalid("the code was used before")
    if timestamp(exchange.services.clock.now()) >= code.expires_at:
        raise CodeInvalid("the code has expired")


def basis_of(live: LiveSession) -> TokenBasis:
    """Return what tokens say of a person's session; they begin a token family of their own."""
    return TokenBasis(
        user_id=live.user.id,
        session_id=live.id,
        family_id=new_id(),
        auth_time=timestamp(live.auth_time),
        acr=live.acr,
        amr=live.amr,
        certificate_claims=live.certificate_claims,
        **bounds_of(live.impersonator, live.expires_at),
    )


def _serialize(code: AuthorizationCode) -> str:
    return json.dumps({**vars(code), "basis": vars(code.basis)}, separators=(",", ":"))


def _parse(values: dict[str, Any]) -> AuthorizationCode:
    basis = values["basis"]
    audience = tuple(values["audience"])
    basis = TokenBasis(**{**basis, "amr": tuple(basis["amr"])})
    return AuthorizationCode(**{**values, "audience": audience, "basis": basis})


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
