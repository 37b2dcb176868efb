"""Client scopes: here a client has its scopes and its mappers itself, so those of its default scopes become the client's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.keycloak_names import OPENID_CONNECT
from idp.clients.mappers import CLIENT_ROLE, KINDS, verify_mappers
from idp.errors import InvalidInput
from idp.transfer.export_files import Parts
from idp.transfer.job import Job
from idp.transfer.report import Outcome
from idp.transfer.values import list_of, object_of, read_object, text_of

SCOPE = "client scope"
_SAME_HERE = frozenset({"openid", "profile", "email", "address", "phone", "offline_access", "acr", "basic", "x509"})
"""Their claims are built in; Keycloak makes them with mappers."""

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


def read_scopes(job: Job, parts: Parts) -> dict[str, Mappers]:
    """Return the mappers of each client scope, and report the scopes."""
    found: dict[str, Mappers] = {}
    for index, value in parts.iterate("clientScopes"):
        try:
            document = read_object(value)
            name = text_of(document, "name")
            mappers = read_mappers(list_of(document, "protocolMappers"))
        except InvalidInput as error:
            job.report.add(Outcome.FAILED, SCOPE, f"clientScopes[{index}]", str(error))
            continue
        if document.get("protocol") not in (None, OPENID_CONNECT):
            job.report.add(Outcome.LEFT, SCOPE, name, "there is OpenID Connect, and nothing else")
        elif name in _SAME_HERE:
            job.report.add(Outcome.TAKEN, SCOPE, name, "its claims are built in")
        else:
            found[name] = mappers
            job.report.add(
                Outcome.TAKEN, SCOPE, name, "its mappers become those of the clients that have it by default"
            )
            for note in mappers.notes:
                job.report.add(Outcome.LEFT, SCOPE, name, note)
    return found


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


def choose_scope(defaults: list[str], optional: list[str]) -> str:
    """Return what the client may be granted, of its default and its optional scopes."""
    names = [name for name in ("openid", *defaults, *optional) if name not in _NOT_GRANTED]
    return " ".join(dict.fromkeys(names))


def gather_mappers(
    client_id: str, own: Mappers, defaults: list[str], optional: list[str], scopes: Mapping[str, Mappers]
) -> Mappers:
    """Return the client's mappers with those of its default scopes; those of optional ones would apply unasked."""
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
