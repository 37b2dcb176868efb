"""Clients of a realm, found by what they demand."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import Client


def list_clients_with_certificate(session: Session, realm_id: str, *, limit: int = 100) -> list[tuple[str, str]]:
    """Return client_id and name of the enabled clients whose people need a certificate whatever the realm says, by client_id."""
    demanding = (Client.realm_id == realm_id, Client.certificate_policy == "required", Client.enabled.is_(True))
    statement = select(Client.client_id, Client.name).where(*demanding).order_by(Client.client_id).limit(limit)
    return [(client_id, name or "") for client_id, name in session.execute(statement)]
