"""Device codes and user codes (RFC 8628 sections 3.2 and 6.1), and what becomes of them."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.clients.registration import ClientRegistration
from idp.oidc.token_basis import TokenBasis, timestamp
from idp.web.exchange import Exchange

LIFETIME = timedelta(minutes=10)
INTERVAL = timedelta(seconds=5)
_REMEMBERED = timedelta(minutes=20)  # so that a late poll hears expired_token, and not that the code is wrong
_CODE, _USER_CODE, _DECISION, _POLL, _SLOWED = (
    "device-code", "device-user-code", "device-decision", "device-poll", "device-slowed",
)  # fmt: skip
_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 section 6.1: no vowels, so no words; 20^8 is 34 bits
_LENGTH = 8


@dataclass(frozen=True, kw_only=True)
class DeviceCode:
    """One request of a device; `digest` is that of its device_code, `expires_at` in seconds since 1970."""

    digest: str
    realm_id: str
    client_row_id: str
    client_id: str
    scope: str
    resources: tuple[str, ...]
    user_code: str
    expires_at: int

    def is_expired(self, now: datetime) -> bool:
        """Tell whether it is too late to use the codes."""
        return timestamp(now) >= self.expires_at


def issue_device_code(
    exchange: Exchange, client: ClientRegistration, *, scope: str, resources: tuple[str, ...]
) -> tuple[DeviceCode, str]:
    """Store what a device asks for; return it with the device_code (256 random bits)."""
    value = secrets.token_urlsafe(32)
    code = DeviceCode(
        digest=_digest(value),
        realm_id=exchange.realm.id,
        client_row_id=client.id,
        client_id=client.client_id,
        scope=scope,
        resources=resources,
        user_code=_reserve_user_code(exchange, _digest(value)),
        expires_at=timestamp(exchange.services.clock.now() + LIFETIME),
    )
    exchange.services.ephemeral.put(_CODE, code.digest, json.dumps(asdict(code)), _REMEMBERED)
    return code, value


def find_device_code(exchange: Exchange, value: str) -> DeviceCode | None:
    """Return what the device_code stands for, expired or not, or None."""
    return find_by_digest(exchange, _digest(value))


def find_by_user_code(exchange: Exchange, typed: str) -> DeviceCode | None:
    """Return what the code that a person has typed stands for, while it can be used and is undecided; else None."""
    digest = exchange.services.ephemeral.get(_USER_CODE, _user_key(exchange, normalise_user_code(typed)))
    code = find_by_digest(exchange, digest) if digest else None
    return None if code is None or code.is_expired(exchange.services.clock.now()) else code


def find_by_digest(exchange: Exchange, digest: str) -> DeviceCode | None:
    """Return the code of that digest in this realm, or None."""
    text = exchange.services.ephemeral.get(_CODE, digest)
    if text is None:
        return None
    values = json.loads(text)
    code = DeviceCode(**{**values, "resources": tuple(values["resources"])})
    return code if code.realm_id == exchange.realm.id else None


def decide(exchange: Exchange, code: DeviceCode, basis: TokenBasis | None) -> bool:
    """Note the person's decision, None for a refusal; return False when it was decided before. The user code is used up."""
    services = exchange.services
    if services.ephemeral.take(_USER_CODE, _user_key(exchange, code.user_code)) != code.digest:
        return False
    decision = json.dumps(None if basis is None else vars(basis))
    return services.ephemeral.add(_DECISION, code.digest, decision, _REMEMBERED)


def take_decision(exchange: Exchange, code: DeviceCode) -> tuple[bool, TokenBasis | None]:
    """Return whether the person has decided, and what tokens may say; the code is used up by that."""
    text = exchange.services.ephemeral.take(_DECISION, code.digest)
    if text is None:
        return False, None
    exchange.services.ephemeral.delete(_CODE, code.digest)
    values: dict[str, Any] | None = json.loads(text)
    return True, None if values is None else TokenBasis(**{**values, "amr": tuple(values["amr"])})


def polls_too_fast(exchange: Exchange, code: DeviceCode) -> bool:
    """Tell whether the last poll is too recent; each time, the interval grows by five seconds (section 3.5)."""
    store = exchange.services.ephemeral
    interval = INTERVAL * (1 + store.count(_SLOWED, code.digest))
    if store.add(_POLL, code.digest, "", interval - timedelta(seconds=1)):  # a second for the way
        return False
    store.increment(_SLOWED, code.digest, _REMEMBERED)
    return True


def normalise_user_code(typed: str) -> str:
    """Return the code as it is stored: capitals of the alphabet alone, at most eight."""
    return "".join(letter for letter in typed.upper()[:64] if letter in _ALPHABET)[:_LENGTH]


def display_user_code(code: str) -> str:
    """Return the code as people read it."""
    return f"{code[:4]}-{code[4:]}"


def _reserve_user_code(exchange: Exchange, digest: str) -> str:
    while True:
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        if exchange.services.ephemeral.add(_USER_CODE, _user_key(exchange, code), digest, LIFETIME):
            return code


def _user_key(exchange: Exchange, code: str) -> str:
    return f"{exchange.realm.id}:{code}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
