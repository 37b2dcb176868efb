"""Everybody of a realm: searched, filtered, page by page."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE
from idp.admin.console.people.bulk import ACTIONS
from idp.admin.console.people.person import person_url
from idp.models import Certificate, User
from idp.users.search import UserQuery, search_users
from idp.web.exchange import Exchange

FIELDS = ("search", "enabled", "two_factor", "certificate")
SOON = timedelta(days=30)
_SWITCHES: Mapping[str, bool | None] = {"yes": True, "no": False}


def show_users(exchange: Exchange, administrator: Administrator) -> Response:
    """Show a page of people by username; the address of the next one names the last of this one."""
    typed = {name: exchange.query.get(name, "").strip()[:255] for name in FIELDS}
    after = exchange.query.get("after", "")[:255]
    query = _build_query(exchange, typed)
    rows = search_users(exchange.session, administrator.realm.id, query, limit=PAGE + 1, after=after or None)
    people = rows[:PAGE]
    return render_console_page(
        exchange,
        administrator,
        "users",
        people=_describe(exchange, administrator, people),
        typed=typed,
        filtered=any(typed.values()),
        actions=list(ACTIONS),
        first_url=administrator.url("users", **typed) if after else "",
        next_url=administrator.url("users", **typed, after=people[-1].username) if len(rows) > PAGE else "",
    )


def _build_query(exchange: Exchange, typed: Mapping[str, str]) -> UserQuery:
    """Return the query that was typed; what cannot be read does not matter."""
    now, certificate = exchange.services.clock.now(), typed["certificate"]
    return UserQuery(
        search=typed["search"],
        enabled=_SWITCHES.get(typed["enabled"]),
        two_factor=_SWITCHES.get(typed["two_factor"]),
        certified_at=now if certificate == "some" else None,
        uncertified_at=now if certificate == "none" else None,
        expiring=(now, now + SOON) if certificate == "expiring" else None,
    )


def _describe(exchange: Exchange, administrator: Administrator, people: Sequence[User]) -> list[dict[str, Any]]:
    ends = _find_ends(exchange, [user.id for user in people])
    soon = exchange.services.clock.now() + SOON
    return [
        {
            "id": user.id,
            "url": person_url(administrator, user),
            "username": user.username,
            "name": user.name,
            "email": user.email or "",
            "email_verified": user.email_verified,
            "enabled": user.enabled,
            "two_factor": user.two_factor_enabled_at is not None,
            "until": ends.get(user.id),
            "soon": user.id in ends and ends[user.id] <= soon,
            "created_at": user.created_at,
        }
        for user in people
    ]


def _find_ends(exchange: Exchange, ids: Sequence[str]) -> dict[str, Any]:
    """Return when the last of each one's live certificates ends."""
    rows = exchange.session.execute(
        select(Certificate.user_id, func.max(Certificate.not_after))
        .where(Certificate.user_id.in_(ids), Certificate.not_after > exchange.services.clock.now())
        .where(Certificate.revoked_at.is_(None), Certificate.superseded_at.is_(None))
        .group_by(Certificate.user_id)
    )
    return {row[0]: row[1] for row in rows}
