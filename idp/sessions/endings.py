"""Why a session ends, and what that means for offline access (OpenID Connect Back-Channel Logout 1.0 section 2.7)."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Table, literal, or_

from idp.models import TokenFamily, UserSession

OFFLINE_ACCESS = "offline_access"
_FAMILY: Table = TokenFamily.__table__  # type: ignore[assignment]
_SESSION: Table = UserSession.__table__  # type: ignore[assignment]


class Ending(StrEnum):
    """The reasons. Somebody who merely leaves keeps what `offline_access` was granted; all others lose it."""

    LOGOUT = "logout"
    SIGNED_OUT = "signed out"
    ANOTHER_USER = "another user signed in"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 (a reason)
    PASSWORD_RESET = "password reset"  # noqa: S105 (a reason)
    CERTIFICATE_REVOKED = "certificate revoked"
    ANCHOR_DISTRUSTED = "trust anchor disabled or removed"
    TWO_FACTOR_DISABLED = "two-factor authentication disabled"
    TWO_FACTOR_DISABLED_BY_MAIL = "two-factor authentication disabled by mail link"
    ACCOUNT_DISABLED = "account disabled"
    ADMINISTRATOR = "ended by an administrator"
    IMPERSONATOR_LEFT = "the session it was begun in ended"

    @property
    def spares_offline_access(self) -> bool:
        """Whether refresh tokens with `offline_access` outlive a session that ends so."""
        return self in _LEAVING


_LEAVING = frozenset({Ending.LOGOUT, Ending.SIGNED_OUT, Ending.ANOTHER_USER})


def is_offline_family() -> ColumnElement[bool]:
    """Return the condition that a token family was granted `offline_access`."""
    return (literal(" ") + _FAMILY.c.scope + literal(" ")).contains(f" {OFFLINE_ACCESS} ", autoescape=True)


def session_bears_family() -> ColumnElement[bool]:
    """Return the condition that a family's session is live, or ended in a way that the family outlives."""
    left = or_(*(_SESSION.c.ended_reason == str(ending) for ending in sorted(_LEAVING)))  # no IN in prepared statements
    return or_(_SESSION.c.ended_at.is_(None), left & is_offline_family())


def outlives_session(ended_reason: Any) -> bool:
    """Tell whether offline access outlives a session that ended for that reason, as its row has it."""
    return ended_reason in _LEAVING
