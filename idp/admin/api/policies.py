"""Who may call a route: every route declares one policy, and nothing else lets anybody in."""

from dataclasses import dataclass
from typing import Protocol

from idp.models import Realm
from idp.users.authority import Authority


class Policy(Protocol):
    """A condition on what the caller may administer, and on the realm in the path where there is one."""

    def allows(self, authority: Authority, realm: Realm | None) -> bool:
        """Tell whether the route is open."""
        ...


@dataclass(frozen=True)
class InRealm:
    """The role is held over the realm in the path. Who manages may view: the roles are composed so."""

    role: str

    def allows(self, authority: Authority, realm: Realm | None) -> bool:
        """Tell whether the route is open."""
        return realm is not None and authority.holds(realm.id, self.role)


@dataclass(frozen=True)
class OneInRealm:
    """One of the roles is held over the realm in the path; the handler asks for the one that it takes, when it knows."""

    roles: tuple[str, ...]

    def allows(self, authority: Authority, realm: Realm | None) -> bool:
        """Tell whether the route is open."""
        return realm is not None and any(authority.holds(realm.id, role) for role in self.roles)


@dataclass(frozen=True)
class AnyRoleInRealm:
    """Any permission over the realm in the path."""

    def allows(self, authority: Authority, realm: Realm | None) -> bool:
        """Tell whether the route is open."""
        return realm is not None and authority.reaches(realm.id)


@dataclass(frozen=True)
class CreatesRealms:
    """May create realms: master's ``create-realm`` or ``admin``."""

    def allows(self, authority: Authority, realm: Realm | None) -> bool:  # noqa: ARG002 (there is none in the path)
        """Tell whether the route is open."""
        return authority.everything or authority.creates_realms


@dataclass(frozen=True)
class AnyAdministrator:
    """Any permission anywhere; the answer holds no more than the caller may see."""

    def allows(self, authority: Authority, realm: Realm | None) -> bool:  # noqa: ARG002 (there is none in the path)
        """Tell whether the route is open."""
        return authority != Authority()
