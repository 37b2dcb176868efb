"""What one token request may have: every grant ends in a `TokenGrant`, and all tokens are made from one."""

from dataclasses import dataclass, field
from typing import Any

from idp.clients.registration import ClientRegistration
from idp.oidc.token_basis import TokenBasis

Confirmation = dict[str, str]
"""The ``cnf`` claim: which key a token is bound to (RFC 7800 section 3.1)."""


@dataclass(frozen=True, kw_only=True)
class TokenGrant:
    """For which client, scope and resources; `basis` is the person's authentication, None for the client itself.

    `audience` holds the resources that were asked for (RFC 8707), `claims` the claims parameter (OpenID Connect Core
    section 5.5), `actor` who acts for the person (RFC 8693 section 4.1); `expires_by` is in seconds since 1970.
    """

    client: ClientRegistration
    scope: str
    basis: TokenBasis | None
    audience: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    actor: dict[str, Any] | None = None
    expires_by: int | None = None

    @property
    def acting(self) -> dict[str, Any] | None:
        """The ``act`` claim: the actor, or who is signed in as the person."""
        return self.actor or (None if self.basis is None else self.basis.actor)

    @property
    def ends_by(self) -> int | None:
        """What no token outlives, in seconds since 1970."""
        bounds = [self.expires_by, None if self.basis is None else self.basis.expires_by]
        return min((bound for bound in bounds if bound is not None), default=None)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scope's values."""
        return tuple(self.scope.split())
