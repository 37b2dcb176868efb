"""Between JSON documents with the members' public names and `ClientMetadata`: the one way in and out."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from idp.clients.metadata import administration, flows, presentation, security, sessions
from idp.clients.metadata.combinations import verify_combinations
from idp.clients.metadata.flows import CODE_GRANT
from idp.clients.metadata.member import Member
from idp.clients.metadata.presentation import LOCALIZED
from idp.clients.metadata.security import TLS_SUBJECTS
from idp.clients.metadata.values import ClientMetadata
from idp.clients.uris import is_own_scheme
from idp.errors import InvalidInput

MEMBERS: Mapping[str, Member] = {
    **presentation.MEMBERS,
    **flows.MEMBERS,
    **security.MEMBERS,
    **sessions.MEMBERS,
    **administration.MEMBERS,
}
_DEFAULTS = {field.name: field.default for field in fields(ClientMetadata)}
_ENCRYPTABLE = ("id_token", "userinfo", "request_object", "authorization", "introspection")


def read_registration(document: Mapping[str, Any], base: ClientMetadata) -> ClientMetadata:
    """Return the metadata that a client says of itself, in place of all it said before; raise `InvalidInput`.

    *base* is what the administrator, or the server, has decided. Members that are not understood are ignored, as RFC 7591
    section 2 wants it; that encryption is asked for is understood, and refused.
    """
    encrypted = [name for name in document if document[name] is not None and _asks_for_encryption(name)]
    if encrypted:
        raise InvalidInput(**dict.fromkeys(encrypted, "Nothing is encrypted for clients here."))
    known = {name: value for name, value in document.items() if name in MEMBERS and MEMBERS[name].registrable}
    said = {member.column: _DEFAULTS[member.column] for member in MEMBERS.values() if member.registrable}
    return verify_combinations(replace(base, **{**said, **_complete(_read(known))}))


def create_metadata(document: Mapping[str, Any]) -> ClientMetadata:
    """Return the metadata of a client that an administrator registers; raise `InvalidInput`, also for unknown names."""
    columns = _complete(_read(_verify_known(document)))
    if "application_type" not in columns and any(map(is_own_scheme, columns.get("redirect_uris", ()))):
        columns["application_type"] = "native"
    return verify_combinations(ClientMetadata(**columns))


def change_metadata(current: ClientMetadata, changes: Mapping[str, Any]) -> ClientMetadata:
    """Return *current* with an administrator's *changes*; null is the default. Raise `InvalidInput`, also for unknown names."""
    return verify_combinations(replace(current, **_read(_verify_known(changes))))


def read_text(name: str, typed: str) -> Any:
    """Return the value that somebody typed for the member *name*, as a document would have it; raise `InvalidInput`."""
    if name not in MEMBERS:
        raise InvalidInput(**{name: "There is no such setting of a client."})
    if not typed and _DEFAULTS[MEMBERS[name].column] in (None, ()):
        return None
    try:
        return MEMBERS[name].read_text(typed)
    except ValueError as error:
        raise InvalidInput(**{name: str(error)}) from error


def show_texts(metadata: ClientMetadata) -> dict[str, str]:
    """Return every setting as `read_text` takes it."""
    described = describe_metadata(metadata)
    return {name: _show_text(described.get(name, "")) for name in MEMBERS}


def describe_metadata(metadata: ClientMetadata, *, registrable_only: bool = False) -> dict[str, Any]:
    """Return the document that would be read as *metadata*; what a client has nothing of is left out."""
    described: dict[str, Any] = {}
    for name, member in MEMBERS.items():
        value = getattr(metadata, member.column)
        if name in TLS_SUBJECTS:
            value = (value or {}).get(name)
        if value in (None, "") or (registrable_only and not member.registrable):
            continue
        described[name] = list(value) if isinstance(value, tuple) else value
    return described


def _verify_known(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are kept; those for a language are not, as pages have one only."""
    kept = {
        name: value for name, value in document.items() if name.partition("#")[0] not in LOCALIZED or "#" not in name
    }
    unknown = [name for name in kept if name not in MEMBERS]
    if unknown:
        raise InvalidInput(**dict.fromkeys(unknown, "There is no such setting of a client."))
    return kept


def _complete(columns: dict[str, Any]) -> dict[str, Any]:
    """Return *columns* with response types where none are named: those that the grant types are for (RFC 7591 section 2.1)."""
    grants = columns.get("grant_types", _DEFAULTS["grant_types"])
    return {"response_types": _DEFAULTS["response_types"] if CODE_GRANT in grants else (), **columns}


def _read(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that *document* is about; raise `InvalidInput` with everything that is wrong."""
    columns: dict[str, Any] = {}
    problems: dict[str, str] = {}
    # What says nothing comes first: of the names that share a column, one has the value.
    for name, value in sorted(document.items(), key=lambda item: item[1] not in (None, "")):
        member = MEMBERS[name]
        try:
            columns[member.column] = _DEFAULTS[member.column] if value is None else member.read(value)
        except ValueError as error:
            problems[name] = str(error)
        except InvalidInput as error:
            problems |= error.fields
    if len([name for name in TLS_SUBJECTS if document.get(name)]) > 1:
        problems[TLS_SUBJECTS[0]] = f"Use one of {', '.join(TLS_SUBJECTS)} (RFC 8705 section 2.1.2)."
    if problems:
        raise InvalidInput(**problems)
    return columns


def _show_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    plain = isinstance(value, list) and all(isinstance(part, str) and "," not in part for part in value)
    return ",".join(value) if plain else json.dumps(value)


def _asks_for_encryption(name: str) -> bool:
    return any(name.startswith(f"{what}_encr") for what in _ENCRYPTABLE)
