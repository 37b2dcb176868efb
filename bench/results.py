"""What the rounds of one configuration say: medians, ratios to the floor, and whether the budgets are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench import rounds
from bench.measuring import Sample

REFERENCE_FLOOR = 0.39  # milliseconds of CPU on the machine for which the budgets were set
BUDGETS: Mapping[str, float] = {  # milliseconds there, of what `beyond` leaves
    rounds.DISCOVERY: 0.2,
    rounds.JWKS: 0.2,
    rounds.CLIENT_CREDENTIALS: 0.7,
    rounds.USERINFO: 0.7,
    rounds.INTROSPECTION: 0.7,
    rounds.AUTHORIZATION: 1.5,
    rounds.CODE_EXCHANGE: 2.5,
    rounds.REFRESH: 2.5,
    rounds.PASSWORD_LOGIN: 12.0,
    rounds.CERTIFICATE_STEP: 12.0,
}
BEYOND: Mapping[str, str] = {
    rounds.PASSWORD_LOGIN: rounds.ARGON2,
    rounds.CERTIFICATE_STEP: rounds.HANDSHAKE,
}
Round = Mapping[str, Sample]


@dataclass(frozen=True)
class Cost:
    """One operation: CPU in milliseconds, as ratio to the floor, and latencies in milliseconds."""

    name: str
    server: float
    databases: float
    ratio: float
    p50: float
    p95: float

    @property
    def total(self) -> float:
        """CPU of server and databases together."""
        return self.server + self.databases


@dataclass(frozen=True)
class Results:
    """One configuration's costs by operation, its memory in megabytes, and its start in seconds."""

    name: str
    costs: Mapping[str, Cost]
    ready_seconds: float
    idle_megabytes: float
    loaded_megabytes: float
    authority: Mapping[str, Sample]

    @property
    def floor(self) -> float:
        """The floor in milliseconds."""
        return self.costs[rounds.FLOOR].total

    def beyond(self, name: str) -> float:
        """Return the ratio of an operation to the floor without what it cannot avoid (Argon2, the handshake)."""
        avoided = BEYOND.get(name)
        return self.costs[name].ratio - (self.costs[avoided].ratio if avoided else 0.0)


def summarise(name: str, samples: Sequence[Round]) -> Cost:
    """Return the medians over the rounds; each ratio is to the floor of its own round."""
    own = [one[name] for one in samples]
    latencies = [latency for sample in own for latency in sample.latencies]
    return Cost(
        name,
        server=median(sample.server for sample in own),
        databases=median(sample.databases for sample in own),
        ratio=median(one[name].total / one[rounds.FLOOR].total for one in samples),
        p50=median(latencies) if latencies else 0.0,
        p95=quantiles(latencies, n=20)[-1] if latencies else 0.0,
    )


def budget_ratio(name: str) -> float:
    """Return an operation's budget as a ratio to the floor."""
    return BUDGETS[name] / REFERENCE_FLOOR
