"""Verify a JWT that a client has signed: an assertion (RFC 7523 section 3) or a request object (RFC 9101 section 6)."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from joserfc.jwk import OctKey

from idp.clients.registration import ClientRegistration
from idp.errors import IdpError
from idp.keys.compact import CompactJws, TokenInvalid, read_compact
from idp.keys.public_keys import ASYMMETRIC_ALGORITHMS
from idp.oidc.client_keys import iterate_client_keys
from idp.web.exchange import Exchange

SYMMETRIC_ALGORITHMS = ("HS256", "HS384", "HS512")
SKEW = 30
"""Seconds by which clocks may differ (FAPI 2.0 Security Profile section 5.3.2.1 allows 10 to 60)."""
MAX_LIFETIME = timedelta(hours=1)

_KIND = "client-jti"
_MAX_REMEMBERED = 7 * 86_400.0
_MAX_TRIED_KEYS = 5
_OCTETS = {"HS256": 32, "HS384": 48, "HS512": 64}  # RFC 7518 section 3.2


class ClientJwtInvalid(IdpError):
    """A client's JWT cannot be accepted. The text says why, for the log."""


def verify_client_jwt(
    exchange: Exchange,
    client: ClientRegistration,
    token: str,
    *,
    algorithms: Collection[str],
    audiences: Collection[str],
    typ: str,
    required: Collection[str] = (),
    max_lifetime: timedelta | None = MAX_LIFETIME,
) -> dict[str, Any]:
    """Return the claims of *token* if the client has signed it with one of *algorithms*; raise `ClientJwtInvalid`.

    Its ``typ`` may be *typ*, JWT or absent. ``iss`` is the client and ``aud`` has one of *audiences*, where they are present;
    *required* names the claims that have to be. ``exp`` lies not behind, nor further ahead than *max_lifetime*; ``nbf`` and
    ``iat`` do not lie ahead. Whether it was used before is for `verify_unused` to say.
    """
    try:
        jws = read_compact(token)
        _verify_header(jws, algorithms, typ)
        _verify_signature(exchange, client, jws)
        claims = jws.decode_claims()
    except TokenInvalid as error:
        raise ClientJwtInvalid(str(error)) from error
    verify_parties(claims, client, audiences, required)
    verify_times(claims, exchange.services.clock.now().timestamp(), max_lifetime)
    return claims


def verify_unused(exchange: Exchange, client: ClientRegistration, claims: dict[str, Any]) -> None:
    """Remember the ``jti`` of verified *claims* until they expire; raise `ClientJwtInvalid` the second time."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti or "exp" not in claims:
        raise ClientJwtInvalid("no jti, or no exp")
    left = claims["exp"] - exchange.services.clock.now().timestamp() + SKEW
    if left > _MAX_REMEMBERED:
        raise ClientJwtInvalid("it expires too far ahead to be remembered")
    if not exchange.services.ephemeral.add(_KIND, f"{client.id}:{jti}", "", timedelta(seconds=left + 1)):
        raise ClientJwtInvalid("used before")


def _verify_header(jws: CompactJws, algorithms: Collection[str], typ: str) -> None:
    algorithm, given = jws.header.get("alg"), jws.header.get("typ", typ)
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise ClientJwtInvalid("another algorithm")
    if algorithm not in (*ASYMMETRIC_ALGORITHMS, *SYMMETRIC_ALGORITHMS):
        raise ClientJwtInvalid("no such algorithm")
    if "crit" in jws.header:
        raise ClientJwtInvalid("a critical extension that is not known")
    if not isinstance(given, str) or given.lower().removeprefix("application/") not in {"jwt", typ.lower()}:
        raise ClientJwtInvalid("another type of token")


def _verify_signature(exchange: Exchange, client: ClientRegistration, jws: CompactJws) -> None:
    algorithm = jws.header["alg"]
    for keys in _iterate_keys(exchange, client, jws, algorithm):
        if any(jws.verifies(algorithm, key) for key in keys[:_MAX_TRIED_KEYS]):
            return
    raise ClientJwtInvalid("not signed by a key of the client")


def _iterate_keys(
    exchange: Exchange, client: ClientRegistration, jws: CompactJws, algorithm: str
) -> Iterator[list[Any]]:
    """Yield keys of the kind that the algorithm is for: a public key is never taken for a shared secret."""
    if algorithm in SYMMETRIC_ALGORITHMS:
        yield _list_secrets(exchange, client, algorithm)
        return
    kid = jws.header.get("kid")
    for keys in iterate_client_keys(exchange, client):
        yield [key.key for key in keys if key.fits(algorithm) and (kid is None or key.kid == kid)]


def _list_secrets(exchange: Exchange, client: ClientRegistration, algorithm: str) -> list[OctKey]:
    known = [secret.encode() for secret in client.list_secrets(exchange.services.clock.now())]
    keys = []
    for secret in known:
        with suppress(ValueError):  # the secret is the text of a public key
            keys += [OctKey.import_key(secret)] if len(secret) >= _OCTETS[algorithm] else []
    return keys


def verify_parties(
    claims: dict[str, Any], client: ClientRegistration, audiences: Collection[str], required: Collection[str]
) -> None:
    """Verify ``iss`` and ``aud`` where they are present, and that all *required* are; raise `ClientJwtInvalid`."""
    missing = [name for name in required if name not in claims]
    if missing:
        raise ClientJwtInvalid(f"without {', '.join(missing)}")
    if claims.get("iss", client.client_id) != client.client_id:
        raise ClientJwtInvalid("another issuer")
    given = claims.get("aud", list(audiences))
    named = given if isinstance(given, list) else [given]
    if not any(isinstance(audience, str) and audience in audiences for audience in named):
        raise ClientJwtInvalid("another audience")


def verify_times(claims: dict[str, Any], now: float, max_lifetime: timedelta | None) -> None:
    """Verify ``exp``, ``nbf`` and ``iat`` where they are present; *now* is in seconds. Raises `ClientJwtInvalid`."""
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in times.values()):
        raise ClientJwtInvalid("a time that is no number")
    if not times.get("exp", now) > now - SKEW:
        raise ClientJwtInvalid("expired")
    if max_lifetime is not None and not times.get("exp", now) <= now + max_lifetime.total_seconds() + SKEW:
        raise ClientJwtInvalid("it expires too far ahead")
    if not max(times.get("nbf", now), times.get("iat", now)) <= now + SKEW:
        raise ClientJwtInvalid("from the future")
