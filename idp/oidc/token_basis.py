"""What all tokens of one family say, and about whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.sessions.impersonation import Impersonator


@dataclass(frozen=True, kw_only=True)
class TokenBasis:
    """A person's authentication as the tokens tell it; `auth_time` is in seconds since 1970.

    Where somebody is signed in as the person, `actor` is who (RFC 8693 section 4.1), and no token outlives `expires_by`.
    """

    user_id: str
    session_id: str
    family_id: str
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    certificate_claims: dict[str, Any] | None
    actor: dict[str, Any] | None = None
    expires_by: int | None = None


def bounds_of(impersonator: Impersonator | None, expires_at: datetime) -> dict[str, Any]:
    """Return what a session in somebody else's name, which ends at *expires_at*, adds to its tokens' basis."""
    if impersonator is None:
        return {}
    return {"actor": impersonator.as_actor(), "expires_by": timestamp(expires_at)}


def timestamp(instant: datetime) -> int:
    """Return *instant* as a NumericDate (RFC 7519 section 2)."""
    return int(instant.timestamp())
