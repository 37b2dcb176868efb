"""What has been done to many people, kept for an hour for whoever did it."""

import json
import secrets
from datetime import timedelta
from typing import Any

from idp.admin.console.administrator import Administrator
from idp.errors import NotFound
from idp.web.exchange import Exchange

_KIND = "console-report"
_LIFETIME = timedelta(hours=1)


def keep_report(exchange: Exchange, administrator: Administrator, kind: str, report: Any, token: str = "") -> str:
    """Keep the report of that kind and return its token."""
    token = token or secrets.token_urlsafe(24)
    exchange.services.ephemeral.put(_KIND, _key(administrator, kind, token), json.dumps(report), _LIFETIME)
    return token


def find_report(exchange: Exchange, administrator: Administrator, kind: str, token: str) -> Any:
    """Return the report; raise `NotFound` for one that is over, somebody else's, or of another realm."""
    text = exchange.services.ephemeral.get(_KIND, _key(administrator, kind, token[:64]))
    if text is None:
        raise NotFound("there is no such report any more")
    return json.loads(text)


def _key(administrator: Administrator, kind: str, token: str) -> str:
    return f"{kind}:{administrator.realm.id}:{administrator.user.id}:{token}"
