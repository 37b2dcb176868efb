"""One call of the API: who calls, which realm it is about, its transaction, and the events it causes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from idp.admin.api.changes import describe_change
from idp.errors import NotFound
from idp.events.record import EventRecord
from idp.events.tags import Tag
from idp.models import Realm
from idp.realms.policy import build_policy
from idp.users.authority import Authority
from idp.web.exchange import Exchange
from idp.web.services import Services


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whose token it is; `user_id` is a client's account where the client calls for itself."""

    realm_id: str
    realm_name: str
    client_id: str
    user_id: str
    username: str
    session_id: str | None
    auth_time: int | None
    authority: Authority


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a handler gets. The exchange is at the realm that issued the token; `target` is the realm in the path."""

    exchange: Exchange
    caller: Caller
    target: Realm | None
    conditions_met: list[str] = field(default_factory=list)
    """Headers with conditions that a handler has looked at; one that nobody looks at is not met."""
    content: bytes = field(default=b"", repr=False)
    """The body."""

    @property
    def services(self) -> Services:
        """The parts that outlive a request."""
        return self.exchange.services

    @property
    def session(self) -> Session:
        """The ORM session of the request's transaction."""
        return self.exchange.session

    @property
    def realm(self) -> Realm:
        """The realm in the path; raise `NotFound` where there is none."""
        if self.target is None:
            raise NotFound("the path names no realm")
        return self.target

    def may(self, role: str) -> bool:
        """Tell whether the caller holds *role* over the realm in the path."""
        return self.caller.authority.holds(self.realm.id, role)

    def describe_caller(self) -> dict[str, str]:
        """Return who it was, as events have it."""
        return {
            "realm": self.caller.realm_name,
            "user_id": self.caller.user_id,
            "username": self.caller.username,
            "client_id": self.caller.client_id,
        }

    def at_realm(self) -> Exchange:
        """Return the exchange as if it were at the realm in the path, for mails and links of its people."""
        return replace(self.exchange, realm=build_policy(self.realm))

    def url(self, path: str) -> str:
        """Return the public address of *path* within the API."""
        return f"{self.services.settings.public_url}/admin{path}"

    def realm_url(self, path: str) -> str:
        """Return the public address of *path* within the realm in the path."""
        return self.url(f"/realms/{self.realm.name}{path}")

    def record(
        self,
        tag: Tag,
        path: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        user_id: str | None = None,
        client_id: str | None = None,
    ) -> None:
        """Note what was changed at *path* within the realm, with the fields that differ and no secrets.

        *user_id* and *client_id* are whom the change is about.
        """
        change = describe_change(before, after)
        self.record_at(self.realm.id, tag, path, change, user_id=user_id, client_id=client_id)

    def record_at(
        self,
        realm_id: str | None,
        tag: Tag,
        path: str,
        change: Mapping[str, Any],
        *,
        user_id: str | None = None,
        client_id: str | None = None,
    ) -> None:
        """Note a change, as `describe_change` tells it, in a realm that is not the one in the path, or in none."""
        self.exchange.events.append(
            EventRecord(
                tag=tag,
                at=self.services.clock.now(),
                realm_id=realm_id,
                user_id=user_id,
                client_id=client_id,
                session_id=self.caller.session_id,
                address=self.exchange.address,
                user_agent=self.exchange.user_agent,
                details={"resource": path, "by": self.describe_caller(), **change},
            )
        )
