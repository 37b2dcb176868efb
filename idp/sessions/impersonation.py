"""What a session may do in which an administrator is signed in as somebody else: decided here and nowhere else."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LIFETIME = timedelta(minutes=30)
"""From its beginning to its end: nothing prolongs it."""
ACR = "0"
"""Nothing was proven of the person (OpenID Connect Core section 2, acr); accordingly there is no amr."""


class Deed(StrEnum):
    """What a session is asked for. Without an impersonator it may do all of it, as far as it proves enough."""

    USE_APPLICATION = "use an application"
    LOOK_AT_ACCOUNT = "look at the account"
    CHANGE_ACCOUNT = "change the account"
    ADMINISTER = "administer"
    CONNECT_DEVICE = "connect a device"
    CONSENT = "give consent"
    PROVE_LEVEL = "prove a level, or a fresh sign-in"
    ACT_OFFLINE = "have tokens that outlive the session"
    SIGN_IN_ANEW = "become a session of the person's own"


_IN_ANOTHERS_NAME = frozenset({Deed.USE_APPLICATION, Deed.LOOK_AT_ACCOUNT})


@dataclass(frozen=True, kw_only=True)
class Impersonator:
    """Who is signed in as somebody else, and why: an account of the realm `issuer`, in its own session `session_id`."""

    session_id: str
    user_id: str
    username: str
    issuer: str
    reason: str

    def as_actor(self) -> dict[str, str]:
        """Return the ``act`` claim (RFC 8693 section 4.1)."""
        return {"iss": self.issuer, "sub": self.user_id}


def read_impersonator(values: dict[str, str] | None) -> Impersonator | None:
    """Return the impersonator that a session's row holds (the fields of one), or None."""
    return None if values is None else Impersonator(**values)


def may(impersonator: Impersonator | dict[str, str] | None, deed: Deed) -> bool:
    """Tell whether a session with that impersonator (or none) may do it."""
    return impersonator is None or deed in _IN_ANOTHERS_NAME
