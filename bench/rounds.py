"""One round: every operation once, in the order in which they feed each other, and the floor beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import logins, protocol
from bench.costs import OwnCosts
from bench.logins import Credentials
from bench.measuring import Act, Sample, Target, measure
from bench.protocol import Tokens, build_authorization, take
from bench.world import World

FLOOR = "floor"
DISCOVERY = "discovery"
JWKS = "JWKS"
CLIENT_CREDENTIALS = "client_credentials"
AUTHORIZATION = "authorization with a live session"
CODE_EXCHANGE = "code exchange"
REFRESH = "refresh"
USERINFO = "userinfo"
INTROSPECTION = "introspection"
PASSWORD_LOGIN = "password login"  # noqa: S105 (a name)
CERTIFICATE_LOGIN = "password and certificate login"
CERTIFICATE_STEP = "certificate step"
HANDSHAKE = "TLS handshake alone"
ARGON2 = "Argon2id alone"
RS256 = "RS256 signature alone"


@dataclass(frozen=True)
class Scale:
    """How many requests of each sort a round makes."""

    documents: int = 1500
    requests: int = 1000
    logins: int = 40

    def shrunk(self, factor: float) -> "Scale":
        """Return a smaller scale, for warming up."""
        return Scale(*(max(8, int(count * factor)) for count in (self.documents, self.requests, self.logins)))


@dataclass(frozen=True)
class Bench:
    """Everything that a round needs."""

    floor: Target
    provider: Target
    certificate_port: int
    world: World
    credentials: tuple[Credentials, ...]
    costs: OwnCosts

    async def run_round(self, scale: Scale) -> dict[str, Sample]:
        """Return one sample of each operation."""
        samples = await self._run_documents(scale)
        samples |= await self._run_protocol(scale)
        samples |= await self._run_logins(scale)
        return samples

    async def _run_documents(self, scale: Scale) -> dict[str, Sample]:
        numbers, applications = range(scale.documents), take(self.world.applications, scale.requests)
        floor, _ = await measure(self.floor, protocol.send_to_floor, applications)
        return {
            FLOOR: floor,
            DISCOVERY: await self._measure(protocol.read_discovery, numbers),
            JWKS: await self._measure(protocol.read_jwks, numbers),
            CLIENT_CREDENTIALS: await self._measure(protocol.get_client_token, applications),
        }

    async def _run_protocol(self, scale: Scale) -> dict[str, Sample]:
        asked = [build_authorization(name) for name in take(self.world.applications, scale.requests)]
        people = take(self.world.signed_in, scale.requests)
        authorization, codes = await measure(self.provider, protocol.authorize, list(zip(people, asked, strict=True)))
        exchange, tokens = await measure(self.provider, protocol.redeem_code, codes)
        refresh, tokens = await measure(self.provider, protocol.refresh, tokens)
        return {AUTHORIZATION: authorization, CODE_EXCHANGE: exchange, REFRESH: refresh, **await self._ask(tokens)}

    async def _ask(self, tokens: list[Tokens]) -> dict[str, Sample]:
        return {
            USERINFO: await self._measure(protocol.read_userinfo, tokens),
            INTROSPECTION: await self._measure(protocol.introspect, tokens),
        }

    async def _run_logins(self, scale: Scale) -> dict[str, Sample]:
        names = [person.username for person in take(self.world.signed_in, scale.logins)]
        asked = [build_authorization(name) for name in take(self.world.applications, scale.logins)]
        visits = list(zip(names, asked, strict=True))
        return {
            ARGON2: Sample(self.costs.measure_argon2(), 0.0, ()),
            RS256: Sample(self.costs.measure_rs256(), 0.0, ()),
            PASSWORD_LOGIN: await self._measure(logins.sign_in_with_password, visits),
            **await self._run_certificate_logins(scale),
        }

    async def _run_certificate_logins(self, scale: Scale) -> dict[str, Sample]:
        credentials = take(self.credentials, scale.logins)
        handshake = await self._measure(logins.shake_hands, [(one, self.certificate_port) for one in credentials])
        asked = [build_authorization(name) for name in take(self.world.applications, scale.logins)]
        visits = list(zip(credentials, asked, strict=True))
        password, halfway = await measure(self.provider, logins.begin_with_password, visits)
        certificate, _ = await measure(self.provider, logins.finish_with_certificate, halfway)
        return {HANDSHAKE: handshake, CERTIFICATE_STEP: certificate, CERTIFICATE_LOGIN: _join(password, certificate)}

    async def _measure(self, act: Act[Any, Any], items: Sequence[Any]) -> Sample:
        sample, _ = await measure(self.provider, act, items)
        return sample


def _join(first: Sample, second: Sample) -> Sample:
    """Return both halves of an operation as one; the latencies are paired by rank."""
    pairs = zip(sorted(first.latencies), sorted(second.latencies), strict=True)
    return Sample(
        first.server + second.server,
        first.databases + second.databases,
        tuple(one + other for one, other in pairs),
    )
