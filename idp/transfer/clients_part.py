"""Clients: settings, secret, scopes and mappers."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from idp.clients.clients import add_client, find_client, needs_secret
from idp.clients.keycloak_names import MASKED, OPENID_CONNECT, read_client
from idp.clients.metadata.document import create_metadata
from idp.clients.secrets import generate_secret, set_secret
from idp.errors import InvalidInput
from idp.models import MASTER, Client
from idp.provisioning import OWN_CLIENTS, REALM_MANAGEMENT
from idp.transfer.export_files import Parts
from idp.transfer.job import Attempt, Job
from idp.transfer.report import Outcome
from idp.transfer.roles_part import free_id
from idp.transfer.scopes_part import Mappers, choose_scopes, gather_mappers, import_scopes, read_mappers
from idp.transfer.values import list_of, read_object, text_of, texts_of
from idp.users.service_accounts import drop_unused_service_account, ensure_service_account

CLIENT = "client"
_BATCH = 100
_OF_REALM = "-realm"  # in master, a client like that has the permissions over the realm, and an ordinary one would be in its way
_THEIR_OWN = OWN_CLIENTS | {"account", "admin-cli", "broker", REALM_MANAGEMENT}


def import_clients(job: Job, parts: Parts) -> None:
    """Take the clients, a hundred in a transaction."""
    scopes = import_scopes(job, parts)
    waiting = list(parts.iterate("clients"))
    for start in range(0, len(waiting), _BATCH):
        with job.unit() as session:
            for index, value in waiting[start : start + _BATCH]:
                _import_client(job, session, scopes, f"clients[{index}]", value)


def _import_client(job: Job, session: Session, scopes: Mapping[str, Mappers], where: str, value: Any) -> None:
    client_id = value.get("clientId") if isinstance(value, dict) else None
    name = client_id if isinstance(client_id, str) and client_id else where
    if name in _THEIR_OWN or (job.realm_name == MASTER and name.endswith(_OF_REALM)):
        job.report.add(Outcome.LEFT, CLIENT, name, "it is a part of Keycloak; what we have for it is there already")
        return
    if isinstance(value, dict) and value.get("protocol") not in (None, OPENID_CONNECT):
        job.report.add(Outcome.LEFT, CLIENT, name, "there is OpenID Connect, and nothing else")
        return
    job.attempt(session, CLIENT, name, lambda attempt: _take(job, session, scopes, read_object(value), attempt))


def _take(
    job: Job, session: Session, scopes: Mapping[str, Mappers], document: Mapping[str, Any], attempt: Attempt
) -> Outcome:
    client_id = text_of(document, "clientId")
    known = find_client(session, job.realm_id, client_id)
    if known is not None and known.manages_realm_id is not None:
        attempt.row_id = known.id
        attempt.notes.append("it holds the permissions over a realm here, and stays as it is")
        return Outcome.SKIPPED
    outcome = Outcome.TAKEN if known is None else job.meet()
    attempt.row_id = "" if known is None else known.id
    if outcome is Outcome.SKIPPED:
        job.skipped.add((CLIENT, client_id))
        return outcome
    metadata = create_metadata(_read(client_id, document, scopes, attempt))
    secret = _read_secret(document, attempt, known) if needs_secret(metadata) else None
    if known is None:
        client = add_client(
            session,
            job.means.cipher,
            job.means.clock,
            metadata,
            realm_id=job.realm_id,
            client_id=client_id,
            secret=secret,
        )
        client.id = free_id(session, Client.__table__, document)  # tools know clients by it
    else:
        client = known
        metadata.write_to(client)
        if secret is not None or not needs_secret(metadata):
            set_secret(client, job.means.cipher, job.means.clock, secret)
    session.flush()
    attempt.row_id = client.id
    if "client_credentials" in metadata.grant_types:
        ensure_service_account(session, job.means.hasher, job.means.clock, client)
    drop_unused_service_account(session, job.means.clock, client)
    return outcome


def _read(
    client_id: str, document: Mapping[str, Any], scopes: Mapping[str, Mappers], attempt: Attempt
) -> dict[str, Any]:
    for name in ("redirectUris", "webOrigins"):
        texts_of(document, name)
    members, notes = read_client(document)
    defaults, optional = texts_of(document, "defaultClientScopes"), texts_of(document, "optionalClientScopes")
    own = read_mappers(list_of(document, "protocolMappers"))
    mappers = gather_mappers(client_id, own, defaults, optional, scopes)
    attempt.notes += [*notes, *mappers.notes]
    return {**choose_scopes(defaults, optional), "mappers": mappers.taken, **members}


def _read_secret(document: Mapping[str, Any], attempt: Attempt, known: Client | None) -> str | None:
    """Return the secret of the file; None where an existing client keeps its own."""
    secret = document.get("secret")
    if isinstance(secret, str) and secret and secret != MASKED:
        return secret
    if secret not in (None, "", MASKED):
        raise InvalidInput(secret="This is no text.")
    if known is not None and known.secret_encrypted is not None:
        return None
    attempt.notes.append("the secret is not in the file: a new one was made, see `idp client secret`")
    return generate_secret()
