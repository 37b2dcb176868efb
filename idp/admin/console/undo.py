"""*Undo*: a change of settings can be taken back for a quarter of an hour by whoever made it, while nobody has changed them again."""

import json
import secrets
from datetime import timedelta

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.policy import ConsolePage
from idp.events.tags import Tag
from idp.realms.changes import change_realm, describe_realm
from idp.storage.holding import hold
from idp.web.exchange import Exchange

_KIND = "console-undo"
_LIFETIME = timedelta(minutes=15)


def remember_change(
    exchange: Exchange, administrator: Administrator, *, before: dict[str, str], after: dict[str, str], page: str
) -> str:
    """Return a token for taking the change back; *page* is where it was made."""
    token = secrets.token_urlsafe(24)
    value = json.dumps({"before": before, "after": after, "page": page})
    exchange.services.ephemeral.put(_KIND, _key(administrator, token), value, _LIFETIME)
    return token


def submit_undo(exchange: Exchange, administrator: Administrator) -> Response:
    """Take the change back, if everything still is as it was left."""
    text = exchange.services.ephemeral.take(_KIND, _key(administrator, exchange.form.get("undo", "")))
    if text is None:
        return administrator.done("settings", "undo_late")
    change = json.loads(text)
    realm = administrator.realm
    hold(exchange.session, realm)
    current = describe_realm(realm)
    if any(current[name] != value for name, value in change["after"].items()):
        return administrator.done(change["page"], "undo_refused")
    change_realm(realm, change["before"])
    administrator.record(Tag.REALM_CHANGED, before=change["after"], after=change["before"])
    return administrator.done(change["page"], "undone")


def _key(administrator: Administrator, token: str) -> str:
    return f"{administrator.realm.id}:{administrator.user.id}:{token}"


PAGES = (ConsolePage(path="undo", view="view-realm", manage="manage-realm", submit=submit_undo, after="settings"),)
