"""Keys that sign a realm's tokens: listed, rotated, revoked."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ConsolePage
from idp.errors import NotFound
from idp.events.tags import Tag
from idp.keys.algorithms import ALGORITHMS
from idp.keys.description import KeyDescription, describe_keys
from idp.keys.signing_keys import (
    NextKeyTooYoung,
    create_missing_keys,
    revoke_signing_keys,
    rotate_signing_keys,
)
from idp.keys.spare_keys import SpareKeys
from idp.web.exchange import Exchange


def show_keys(exchange: Exchange, administrator: Administrator) -> Response:
    """Show every key with its status, since when and until when."""
    return _render(exchange, administrator)


def rotate(exchange: Exchange, administrator: Administrator) -> Response:
    """Sign with the next keys of the ticked algorithms from now on."""
    chosen = tuple(name for name in exchange.form.all("algorithm") if name in ALGORITHMS)
    if not chosen:
        return _render(exchange, administrator, status=422, problem="none")
    services, realm = exchange.services, administrator.realm
    spares = SpareKeys(chosen)
    create_missing_keys(exchange.session, services.cipher, services.clock, realm.id)
    before = _list_active(exchange, administrator)
    try:
        rotate_signing_keys(
            exchange.session, services.cipher, services.clock, realm.id, algorithms=chosen, spares=spares
        )
    except NextKeyTooYoung as error:
        return _render(exchange, administrator, status=409, problem="too_young", ready_at=error.ready_at)
    return _finish(administrator, Tag.KEYS_ROTATED, "rotated", before, _list_active(exchange, administrator))


def show_revoke(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask."""
    return _render_revoke(exchange, administrator, _get_key(exchange, administrator))


def revoke(exchange: Exchange, administrator: Administrator) -> Response:
    """Withdraw a key with all it signed, if the realm's name was typed."""
    key = _get_key(exchange, administrator)
    if exchange.form.get("confirmation", "") != administrator.realm.name:
        return _render_revoke(exchange, administrator, key, status=422, errors={"confirmation": "mismatch"})
    services, before = exchange.services, _list_active(exchange, administrator)
    spares = SpareKeys((key.algorithm, key.algorithm))
    revoke_signing_keys(
        exchange.session, services.cipher, services.clock, administrator.realm.id, [key.kid], spares=spares
    )
    after = _list_active(exchange, administrator)
    return _finish(administrator, Tag.KEYS_REVOKED, "revoked", before, after, kids=[key.kid])


def _finish(
    administrator: Administrator, tag: Tag, notice: str, before: dict[str, str], after: dict[str, str], **details: Any
) -> Response:
    changed = [name for name in after if before.get(name) != after[name]]
    administrator.record(
        tag,
        before={name: before.get(name, "") for name in changed},
        after={name: after[name] for name in changed},
        **details,
    )
    return administrator.done("keys", notice)


def _list_active(exchange: Exchange, administrator: Administrator) -> dict[str, str]:
    return {key.algorithm: key.kid for key in _describe(exchange, administrator) if key.status == "active"}


def _describe(exchange: Exchange, administrator: Administrator) -> list[KeyDescription]:
    return describe_keys(exchange.session, exchange.services.clock, administrator.realm.id)


def _get_key(exchange: Exchange, administrator: Administrator) -> KeyDescription:
    kid = exchange.path_params["kid"]
    for key in _describe(exchange, administrator):
        if key.kid == kid and key.status != "revoked":
            return key
    raise NotFound("the realm has no such key")


def _render(exchange: Exchange, administrator: Administrator, *, status: int = 200, **context: Any) -> Response:
    return render_console_page(
        exchange,
        administrator,
        "keys",
        status=status,
        keys=_describe(exchange, administrator),
        algorithms=ALGORITHMS,
        interval=administrator.realm.key_rotation_interval // 86400,
        key_set_url=f"{exchange.services.settings.public_url}/realms/{administrator.realm.name}/protocol/openid-connect/certs",
        **{"problem": "", "ready_at": None, **context},
    )


def _render_revoke(
    exchange: Exchange,
    administrator: Administrator,
    key: KeyDescription,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    return render_console_page(exchange, administrator, "key_revoke", status=status, key=key, errors=errors or {})


PAGES = (
    ConsolePage(path="keys", view="view-realm", manage="manage-realm", show=show_keys, submit=rotate, recent=True),
    ConsolePage(
        path="keys/{kid}/revoke",
        view="manage-realm",
        manage="manage-realm",
        show=show_revoke,
        submit=revoke,
        recent=True,
    ),
)
