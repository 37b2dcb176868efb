"""Who is signed in. In memory: an ID Token with certificate claims outgrows a cookie (RFC 6265 section 6.1)."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CAPACITY = 1000


@dataclass(frozen=True)
class SignIn:
    """One verified answer of the provider: the raw ID Token, its claims, and those of the UserInfo endpoint."""

    id_token: str
    claims: Mapping[str, Any]
    userinfo: Mapping[str, Any]
    scope: str

    @property
    def name(self) -> str:
        """The best name there is for the person."""
        both = {**self.claims, **self.userinfo}
        return str(both.get("name") or both.get("preferred_username") or both.get("email") or both["sub"])


class SignIns:
    """The newest CAPACITY sign-ins, each under an unguessable key that the browser's signed cookie holds."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, SignIn] = OrderedDict()

    def add(self, sign_in: SignIn) -> str:
        """Keep *sign_in* and return its key."""
        key = secrets.token_urlsafe(16)
        self._by_key[key] = sign_in
        if len(self._by_key) > CAPACITY:
            self._by_key.popitem(last=False)
        return key

    def find(self, key: str | None) -> SignIn | None:
        """Return the sign-in of that key, or None."""
        return self._by_key.get(key) if key else None

    def take(self, key: str | None) -> SignIn | None:
        """Forget and return the sign-in of that key, or None."""
        return self._by_key.pop(key, None) if key else None
