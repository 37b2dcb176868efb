"""What all tokens of one family say, and about whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class TokenBasis:
    """A person's authentication as the tokens tell it; `auth_time` is in seconds since 1970."""

    user_id: str
    session_id: str
    family_id: str
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    certificate_claims: dict[str, Any] | None


def timestamp(instant: datetime) -> int:
    """Return *instant* as a NumericDate (RFC 7519 section 2)."""
    return int(instant.timestamp())
