"""Which roles somebody's tokens speak of at a client, and which client scopes it takes a role for (as Keycloak has both).

A client without the full scope learns of a role only if the person has it and it is in scope: one of the client's own, one that is
mapped to the client or to a client scope that was granted, or what these are composed of.
"""

from collections.abc import Collection

from sqlalchemy import Select, select, union
from sqlalchemy.orm import Session

from idp.models import ROLE_IN_CLIENT_SCOPE, ClientScope, Role
from idp.users.role_mappings import roles_in_client, roles_in_client_scope
from idp.users.roles import roles_given_to_user, with_composites

_NAME = "in_scope"


def roles_in_scope(realm_id: str, client_row_id: str, scopes: Collection[str]) -> Select[str]:
    """Return a query for the ids of the roles that are in the client's scope when *scopes* are granted."""
    own = select(Role.id).where(Role.client_id == client_row_id)
    of_scopes = (
        select(ROLE_IN_CLIENT_SCOPE.c.role_id)
        .join(ClientScope, ClientScope.id == ROLE_IN_CLIENT_SCOPE.c.scope_id)
        .where(ClientScope.realm_id == realm_id, ClientScope.name.in_(list(scopes)))
    )
    mapped = union(own, roles_in_client(client_row_id).ids(), of_scopes).subquery()
    return with_composites(select(mapped.c[0]), name=_NAME)


def find_closed_scopes(session: Session, realm_id: str, names: Collection[str], user_id: str | None) -> set[str]:
    """Return those of the client scopes *names* that have roles of which the account, with all that it holds, has none."""
    named = select(ClientScope).where(ClientScope.realm_id == realm_id, ClientScope.name.in_(list(names)))
    return {scope.name for scope in session.scalars(named) if _is_closed(session, scope.id, user_id)}


def _is_closed(session: Session, scope_id: str, user_id: str | None) -> bool:
    wanted = with_composites(roles_in_client_scope(scope_id).ids(), name=_NAME)
    held = with_composites(roles_given_to_user(user_id or ""))
    found = session.scalars(select(Role.id.in_(held)).where(Role.id.in_(wanted))).all()
    return bool(found) and not any(found)
