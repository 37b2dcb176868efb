"""Client scopes with their mappers.

Those that are there for their mappers alone, as nobody can ask for them, are none here: their mappers become those of the clients
that have them by default.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clients.client_scopes import (
    BUILT_IN,
    DEFAULT,
    OPTIONAL,
    change_client_scope,
    create_client_scope,
    is_untouched,
)
from idp.clients.keycloak_names import OPENID_CONNECT
from idp.clients.mappers import CLIENT_ROLE, KINDS, verify_mappers
from idp.errors import InvalidInput
from idp.models import ClientScope, Realm
from idp.transfer.export_files import Parts
from idp.transfer.job import Attempt, Job
from idp.transfer.report import Outcome
from idp.transfer.values import list_of, object_of, read_object, text_of, texts_of

SCOPE = "client scope"
OWN_MAPPERS = "idp.mappers"
"""The attribute in which an export of ours has the mappers that a scope has beside its built-in claims."""

ASSIGNMENTS: Mapping[str, str] = {"defaultDefaultClientScopes": DEFAULT, "defaultOptionalClientScopes": OPTIONAL}
"""How new clients have a scope, by the realm's member that lists these."""

_LONGEST = 256 * 1024
_NO_SCOPES = frozenset({"openid", "acr", "basic"})
"""What Keycloak's mappers say for these is built in, for every client."""

_NOT_GRANTED = frozenset(
    {"roles", "web-origins", "acr", "basic", "microprofile-jwt", "service_account", "organization"}
)
"""Nobody asks for them at the authorization endpoint: they are there for their mappers alone."""

_BUILT_IN_KINDS = frozenset(
    {"oidc-acr-mapper", "oidc-sub-mapper", "oidc-allowed-origins-mapper", "oidc-audience-resolve-mapper"}
)
_CLIENT_ID = "${client_id}"


@dataclass(frozen=True)
class Mappers:
    """Those that are taken, and a line for each that is not."""

    taken: list[dict[str, Any]]
    notes: list[str]


@dataclass(frozen=True)
class _Scope:
    """What the export says of one."""

    name: str
    description: str
    attributes: dict[str, str]
    mappers: Mappers

    @property
    def is_folded(self) -> bool:
        """Whether its mappers become those of its clients: nobody asks for it, or they mean each client itself."""
        claims = [mapper["config"].get("claim.name", "") for mapper in self.mappers.taken]
        return self.name in _NOT_GRANTED or any(_CLIENT_ID in claim for claim in claims)


def import_scopes(job: Job, parts: Parts) -> dict[str, Mappers]:
    """Take the client scopes; return the mappers of those that are none here, for the clients that have these by default."""
    folded: dict[str, Mappers] = {}
    with job.unit() as session:
        assignments = _read_assignments(job, parts.members)
        for index, value in parts.iterate("clientScopes"):
            scope = _read_scope(job, value, f"clientScopes[{index}]")
            if scope is None:
                continue
            if scope.is_folded:
                folded[scope.name] = scope.mappers
                text = "its mappers become those of the clients that have it by default"
                job.report.add(Outcome.TAKEN, SCOPE, scope.name, text)
            else:
                take = partial(_take, job, session, scope, assignments)
                job.attempt(session, SCOPE, scope.name, take)
            for note in scope.mappers.notes:
                job.report.add(Outcome.LEFT, SCOPE, scope.name, note)
    return folded


def _read_assignments(job: Job, members: Mapping[str, Any]) -> dict[str, str]:
    """Return how new clients are to have each scope that the realm assigns."""
    found: dict[str, str] = {}
    for member, kind in ASSIGNMENTS.items():
        try:
            found |= dict.fromkeys(texts_of(members, member), kind)
        except InvalidInput as error:
            job.report.add(Outcome.FAILED, SCOPE, member, str(error))
    return found


def _read_scope(job: Job, value: Any, where: str) -> _Scope | None:
    try:
        document = read_object(value)
        name, attributes = text_of(document, "name"), object_of(document, "attributes")
        kept = {key: text for key, text in attributes.items() if isinstance(text, str) and key != OWN_MAPPERS}
        mappers = read_mappers(_list_mappers(document, name, attributes))
        description = text_of(document, "description")
    except InvalidInput as error:
        job.report.add(Outcome.FAILED, SCOPE, where, str(error))
        return None
    if document.get("protocol") not in (None, OPENID_CONNECT):
        job.report.add(Outcome.LEFT, SCOPE, name, "there is OpenID Connect, and nothing else")
    elif name in _NO_SCOPES:
        job.report.add(Outcome.TAKEN, SCOPE, name, "its claims are built in")
    else:
        own = not description.startswith("${")  # else the name of a text in a theme of theirs
        return _Scope(name, description if own else "", kept, mappers)
    return None


def _list_mappers(document: Mapping[str, Any], name: str, attributes: Mapping[str, Any]) -> list[Any]:
    """Return the mappers in the document: of scopes whose claims are built in, only those that an export of ours says are more."""
    if name not in BUILT_IN:
        return list_of(document, "protocolMappers")
    try:
        added = json.loads(text_of(attributes, OWN_MAPPERS, longest=_LONGEST) or "[]")
    except (ValueError, RecursionError) as error:
        raise InvalidInput(**{OWN_MAPPERS: "This is not JSON."}) from error
    return list_of({"mappers": added}, "mappers")


def _take(job: Job, session: Session, scope: _Scope, assignments: Mapping[str, str], attempt: Attempt) -> Outcome:
    realm = session.get_one(Realm, job.realm_id)
    columns: dict[str, Any] = {"mappers": scope.mappers.taken}
    if scope.name in assignments:
        columns["assignment"] = assignments[scope.name]
    if scope.name not in BUILT_IN:
        columns |= {"description": scope.description, "attributes": scope.attributes}
    known = session.scalars(select(ClientScope).filter_by(realm_id=realm.id, name=scope.name)).one_or_none()
    if known is None:
        attempt.row_id = create_client_scope(session, realm, {"name": scope.name, **columns}).id
        return Outcome.TAKEN
    attempt.row_id = known.id
    outcome = Outcome.TAKEN if is_untouched(known) else job.meet()
    if outcome is Outcome.SKIPPED:
        job.skipped.add(("clientScope", scope.name))
    else:
        change_client_scope(session, realm, known, columns)
    return outcome


def read_mappers(documents: Iterable[Any]) -> Mappers:
    """Return the protocol mappers that there are here; raise `InvalidInput` for what is no mapper at all."""
    taken, notes = [], []
    for document in documents:
        told = read_object(document)
        name, kind = text_of(told, "name"), text_of(told, "protocolMapper")
        if kind in _BUILT_IN_KINDS:
            continue
        if kind not in KINDS:
            notes.append(f"mapper {name}: there is no {kind} here")
            continue
        config = {key: text for key, text in object_of(told, "config").items() if text is not None}
        try:
            taken += verify_mappers([{"name": name, "protocolMapper": kind, "config": config}])
        except InvalidInput as error:
            notes.append(f"mapper {error}")
    return Mappers(taken, notes)


def choose_scopes(defaults: list[str], optional: list[str]) -> dict[str, str]:
    """Return what the client may be granted, and what without asking, of its default and its optional scopes."""
    unasked = [name for name in defaults if name not in _NOT_GRANTED | _NO_SCOPES]
    names = dict.fromkeys(("openid", *unasked, *(name for name in optional if name not in _NOT_GRANTED | _NO_SCOPES)))
    return {"scope": " ".join(names), "default_scope": " ".join(unasked)}


def gather_mappers(
    client_id: str, own: Mappers, defaults: list[str], optional: list[str], scopes: Mapping[str, Mappers]
) -> Mappers:
    """Return the client's mappers with those of its default scopes that are none here; those of optional ones would apply unasked."""
    notes = list(own.notes)
    taken = {mapper["name"]: _fit(mapper, client_id) for mapper in own.taken}
    for scope in defaults:
        for mapper in scopes[scope].taken if scope in scopes else []:
            taken.setdefault(mapper["name"], _fit(mapper, client_id))
    notes += [
        f"optional scope {scope}: its mappers would always apply"
        for scope in optional
        if scope in scopes and scopes[scope].taken
    ]
    return Mappers(list(taken.values()), notes)


def _fit(mapper: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Return the mapper with the client's name in the claim's: a mapper for each client's roles becomes one for its own."""
    claim = mapper["config"].get("claim.name", "")
    if mapper["protocolMapper"] != CLIENT_ROLE or _CLIENT_ID not in claim:
        return mapper
    named = claim.replace(_CLIENT_ID, client_id.replace(".", "\\."))
    config = {**mapper["config"], "claim.name": named, "usermodel.clientRoleMapping.clientId": client_id}
    return {**mapper, "config": config}
