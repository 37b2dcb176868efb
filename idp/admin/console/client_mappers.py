"""What an application's tokens say beside its scopes' claims: mappers added, changed and removed, one at a time."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.client_lookup import describe_client, find_lock, for_change, for_client
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.clients.clients import change_client
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
from idp.clients.metadata.document import change_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.models import Client
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


def show_mappers(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show the client's mappers, and which kinds there are."""
    edit = f"clients/{client.id}/mappers/edit"
    return render_console_page(
        exchange,
        administrator,
        "client_mappers",
        client=describe_client(administrator, client),
        lock=find_lock(exchange, administrator, client),
        mappers=[{**one, "url": administrator.url(edit, name=one["name"])} for one in client.mappers],
        places=PLACES,
        kinds={kind: administrator.url(edit, kind=kind) for kind in FIELDS},
    )


def show_mapper(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Show the form of one mapper, or of a new one of a kind."""
    name = exchange.query.get("name", "")
    known = _find(client, name)
    if known is not None:
        return _render(exchange, administrator, client, known, original=name)
    kind = exchange.query.get("kind", "")
    if kind not in FIELDS:
        raise NotFound("there is no such mapper, and no such kind")
    return _render(exchange, administrator, client, {"name": "", "protocolMapper": kind, "config": _BEGINNING})


def save_mapper(exchange: Exchange, administrator: Administrator, client: Client) -> Response:
    """Add, change or remove one; what somebody else has changed since the form was opened stays."""
    form, original = exchange.form, exchange.form.get("original", "")
    known = _find(client, original) if original else None
    if original and (known is None or _show(known) != form.get("before", "")):
        return administrator.done(f"clients/{client.id}/mappers", "mapper_changed")
    removed = known is not None and "remove" in form
    typed = _read(exchange, known)
    mappers = [one for one in client.mappers if one is not known] + ([] if removed else [typed])
    if known is not None and not removed:
        mappers = [typed if one is known else one for one in client.mappers]
    try:
        changed = change_metadata(ClientMetadata.of(client), {"mappers": mappers})
    except InvalidInput as error:
        problem = " ".join(error.fields.values())
        return _render(exchange, administrator, client, typed, original=original, before=known, problem=problem)
    before = {"mappers": client.mappers}
    change_client(client, exchange.services.cipher, exchange.services.clock, changed)
    administrator.record(
        Tag.CLIENT_CHANGED, client_id=client.client_id, before=before, after={"mappers": client.mappers}
    )
    return administrator.done(f"clients/{client.id}/mappers", "mapper_removed" if removed else "saved")


def _read(exchange: Exchange, known: dict[str, Any] | None) -> dict[str, Any]:
    """Return the mapper that the form says; settings that the form does not have stay as they were."""
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
    return {"name": form.get("name", "").strip(), "protocolMapper": kind, "config": config}


def _find(client: Client, name: str) -> dict[str, Any] | None:
    return next((one for one in client.mappers if one["name"] == name), None)


def _show(mapper: dict[str, Any]) -> str:
    return json.dumps(mapper, sort_keys=True)


def _render(
    exchange: Exchange,
    administrator: Administrator,
    client: Client,
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
        "client_mapper",
        status=422 if problem else 200,
        client=describe_client(administrator, client),
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
    )


PAGES = (
    ConsolePage(path="clients/{client}/mappers", view="view-clients", show=for_client(show_mappers)),
    ConsolePage(
        path="clients/{client}/mappers/edit",
        view="manage-clients",
        manage="manage-clients",
        show=for_change(show_mapper),
        submit=for_change(save_mapper),
        recent=True,
    ),
)
