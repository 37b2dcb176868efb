"""Who looks at the console, at which realm, and what they may do there."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from idp.admin.api.changes import describe_change
from idp.events.record import EventRecord
from idp.events.tags import Tag
from idp.models import MASTER, Realm, User, UserSession
from idp.oidc.first_party_cookie import find_signed_in
from idp.oidc.first_party_sign_in import OwnPages
from idp.realms.realms import find_realm
from idp.users.authority import Authority, find_authority_of_user
from idp.web.exchange import Exchange
from idp.web.pages import see_other

CONSOLE = OwnPages(
    kind="console", client_id="security-admin-console", home="/admin/{realm}/console/", callback="_/callback"
)


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in to the console; what they may do is not looked at yet."""

    exchange: Exchange
    user: User
    session: UserSession
    authority: Authority

    def for_realm(self, realm: Realm) -> "Administrator":
        """Return the visitor at that realm."""
        return Administrator(self.exchange, self.user, self.session, self.authority, realm)

    def may_visit(self, realm: Realm) -> bool:
        """Tell whether anything of the realm may be seen; people of a realm other than ``master`` see their own alone."""
        at_home = realm.id == self.user.realm_id
        return (at_home or self.exchange.realm.name == MASTER) and self.authority.reaches(realm.id)


@dataclass(frozen=True)
class Administrator(Visitor):
    """A visitor who looks at *realm*."""

    realm: Realm

    def may(self, role: str) -> bool:
        """Tell whether the role is held over the realm."""
        return self.authority.holds(self.realm.id, role)

    def url(self, below: str = "", **query: str) -> str:
        """Return the address of a page of the realm; parameters that are empty are left out."""
        given = {name: value for name, value in query.items() if value}
        path = f"{self.realm.name}/{below}"
        return CONSOLE.url(self.exchange, path) + (f"?{urlencode(given)}" if given else "")

    def done(self, below: str, notice: str, **query: str) -> Response:
        """Return the answer to a form: the page *below*, which then shows the notice of that name."""
        return see_other(self.url(below, notice=notice, **query))

    def record(
        self,
        tag: Tag,
        *,
        user_id: str | None = None,
        client_id: str | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        **details: Any,
    ) -> str:
        """Note in the managed realm what was done, by whom, and what was there before and after; return the event's id.

        *user_id* and *client_id* are whom it is about.
        """
        by = {
            "realm": self.exchange.realm.name,
            "user_id": self.user.id,
            "username": self.user.username,
            "client_id": CONSOLE.client_id,
        }
        event = EventRecord(
            tag=tag,
            at=self.exchange.services.clock.now(),
            realm_id=self.realm.id,
            user_id=user_id,
            client_id=client_id,
            session_id=self.session.id,
            address=self.exchange.address,
            user_agent=self.exchange.user_agent,
            details={"by": by, **details, **describe_change(before, after)},
        )
        self.exchange.events.append(event)
        return event.id


def find_visitor(exchange: Exchange) -> Visitor | None:
    """Return who the console's cookie stands for, or None when that session is over or too weak by now."""
    found = find_signed_in(exchange, CONSOLE.kind)
    if found is None or found[1].enrolment_only:
        return None
    user, session = found
    return Visitor(exchange, user, session, find_authority_of_user(exchange.session, user.id))


def find_managed_realm(visitor: Visitor, name: str) -> Realm | None:
    """Return the realm of that name if the visitor may see anything of it."""
    realm = find_realm(visitor.exchange.session, name)
    return realm if realm is not None and visitor.may_visit(realm) else None
