"""The roles of a realm by name, for all that refers to them by name."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import Client, Role
from idp.transfer.job import Attempt

RoleName = tuple[str | None, str]
"""The public client_id, None for the realm's own, and the role's name."""


class RoleBook:
    """Roles that are there, as of when it was made."""

    def __init__(self, session: Session, realm_id: str) -> None:
        rows = session.execute(
            select(Client.client_id, Role.name, Role.id)
            .select_from(Role)
            .outerjoin(Client, Client.id == Role.client_id)
            .where(Role.realm_id == realm_id)
        )
        self._ids: dict[RoleName, str] = {(client_id, name): role_id for client_id, name, role_id in rows}

    def find(self, client_id: str | None, name: str) -> str | None:
        """Return the id of the role, or None."""
        return self._ids.get((client_id, name))

    def add(self, client_id: str | None, name: str, role_id: str) -> None:
        """Enter a role that has been made."""
        self._ids[client_id, name] = role_id

    def resolve(self, realm: Iterable[str], clients: Mapping[str, Iterable[str]], attempt: Attempt) -> list[str]:
        """Return the ids of the roles; each that is not there is noted."""
        names: list[RoleName] = [(None, name) for name in realm]
        names += [(client_id, name) for client_id, listed in clients.items() for name in listed]
        attempt.notes += [f"there is no role {_show(name)} here" for name in names if name not in self._ids]
        return list(dict.fromkeys(self._ids[name] for name in names if name in self._ids))


def _show(name: RoleName) -> str:
    return name[1] if name[0] is None else f"{name[1]} of {name[0]}"
