"""Protocol mappers of an application or a client scope: added, changed and removed one at a time, in a form for each kind."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.clients.mappers import (
    ATTRIBUTE,
    AUDIENCE,
    CLIENT_ROLE,
    GROUP,
    HARD_CODED,
    JSON_TYPES,
    PROPERTIES,
    PROPERTY,
    REALM_ROLE,
)
from idp.errors import Conflict, InvalidInput, NotFound
from idp.web.exchange import Exchange

_CLAIM, _TYPE = ("claim.name",), ("jsonType.label",)
FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ATTRIBUTE: ("user.attribute", *_CLAIM, *_TYPE, "multivalued"),
        PROPERTY: ("user.attribute", *_CLAIM, *_TYPE),
        REALM_ROLE: (*_CLAIM, "usermodel.realmRoleMapping.rolePrefix"),
        CLIENT_ROLE: (*_CLAIM, "usermodel.clientRoleMapping.clientId", "usermodel.clientRoleMapping.rolePrefix"),
        GROUP: (*_CLAIM, "full.path"),
        AUDIENCE: ("included.client.audience", "included.custom.audience"),
        HARD_CODED: (*_CLAIM, "claim.value", *_TYPE),
    }
)
"""The settings that each kind has in the form, beside the places it writes to."""
PLACES = ("id.token.claim", "access.token.claim", "userinfo.token.claim")
SWITCHES = frozenset({*PLACES, "multivalued", "full.path"})
_BEGINNING = {
    "id.token.claim": "true",
    "access.token.claim": "true",
    "userinfo.token.claim": "true",
    "full.path": "true",
}
MapperList = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class MapperOwner:
    """Whose mappers they are: the path of their page, what saves others, and what templates tell of the owner.

    `save` raises `InvalidInput` or `Conflict`, and then has changed nothing.
    """

    mappers: MapperList
    page: str
    save: Callable[[MapperList], None]
    about: Mapping[str, Any]


def show_mappers(exchange: Exchange, administrator: Administrator, owner: MapperOwner) -> Response:
    """Show the mappers, and which kinds there are."""
    edit = f"{owner.page}/edit"
    return render_console_page(
        exchange,
        administrator,
        "mappers",
        mappers=[{**one, "url": administrator.url(edit, name=one["name"])} for one in owner.mappers],
        places=PLACES,
        kinds={kind: administrator.url(edit, kind=kind) for kind in FIELDS},
        **owner.about,
    )


def show_mapper(exchange: Exchange, administrator: Administrator, owner: MapperOwner) -> Response:
    """Show the form of one mapper, or of a new one of a kind."""
    name = exchange.query.get("name", "")
    known = _find(owner, name)
    if known is not None:
        return _render(exchange, administrator, owner, known, original=name)
    kind = exchange.query.get("kind", "")
    if kind not in FIELDS:
        raise NotFound("there is no such mapper, and no such kind")
    return _render(exchange, administrator, owner, {"name": "", "protocolMapper": kind, "config": _BEGINNING})


def save_mapper(exchange: Exchange, administrator: Administrator, owner: MapperOwner) -> Response:
    """Add, change or remove one; what somebody else has changed since the form was opened stays."""
    form, original = exchange.form, exchange.form.get("original", "")
    known = _find(owner, original) if original else None
    if original and (known is None or _show(known) != form.get("before", "")):
        return administrator.done(owner.page, "mapper_changed")
    removed = known is not None and "remove" in form
    typed = _read(exchange, known)
    mappers = [one for one in owner.mappers if one is not known] + ([] if removed else [typed])
    if known is not None and not removed:
        mappers = [typed if one is known else one for one in owner.mappers]
    try:
        owner.save(mappers)
    except InvalidInput as error:
        problem = " ".join(error.fields.values())
        return _render(exchange, administrator, owner, typed, original=original, before=known, problem=problem)
    except Conflict as error:
        return _render(exchange, administrator, owner, typed, original=original, before=known, problem=str(error))
    return administrator.done(owner.page, "mapper_removed" if removed else "saved")


def _read(exchange: Exchange, known: dict[str, Any] | None) -> dict[str, Any]:
    """Return the mapper that the form says; settings that the form does not have, and its id, stay as they were."""
    form = exchange.form
    kind = known["protocolMapper"] if known else form.get("kind", "")
    config: dict[str, str] = dict(known["config"]) if known else {}
    for name in (*FIELDS.get(kind, ()), *PLACES):
        if name in SWITCHES:
            config[name] = "true" if name in form else "false"
        elif form.get(name, "").strip():
            config[name] = form[name].strip()
        else:
            config.pop(name, None)
    return {**(known or {}), "name": form.get("name", "").strip(), "protocolMapper": kind, "config": config}


def _find(owner: MapperOwner, name: str) -> dict[str, Any] | None:
    return next((one for one in owner.mappers if one["name"] == name), None)


def _show(mapper: dict[str, Any]) -> str:
    return json.dumps(mapper, sort_keys=True)


def _render(
    exchange: Exchange,
    administrator: Administrator,
    owner: MapperOwner,
    mapper: Mapping[str, Any],
    *,
    original: str = "",
    before: dict[str, Any] | None = None,
    problem: str = "",
) -> Response:
    kind = mapper["protocolMapper"]
    if kind not in FIELDS:
        raise NotFound("there is no such kind of mapper")
    return render_console_page(
        exchange,
        administrator,
        "mapper",
        status=422 if problem else 200,
        mappers_url=administrator.url(owner.page),
        kind=kind,
        name=mapper["name"],
        config=mapper["config"],
        fields=(*FIELDS[kind], *PLACES),
        switches=SWITCHES,
        properties=PROPERTIES if kind == PROPERTY else (),
        types=JSON_TYPES,
        original=original,
        before=_show(before or dict(mapper)) if original else "",
        errors={"name": problem} if problem else {},
        **owner.about,
    )
