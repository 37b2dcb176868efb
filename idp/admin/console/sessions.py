"""The realm's live sessions: listed, ended one by one, or all."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE, read_key, write_key
from idp.admin.console.policy import ConsolePage
from idp.events.tags import Tag
from idp.models import User, UserSession
from idp.sessions.endings import Ending
from idp.sessions.search import list_live_sessions
from idp.sessions.sessions import end_session, end_sessions_of_realm
from idp.storage.keyset import Position
from idp.users.users import find_user_by_login
from idp.web.browser import guess_browser
from idp.web.exchange import Exchange


def show_sessions(exchange: Exchange, administrator: Administrator) -> Response:
    """Show live sessions, newest first, of everybody or of one person."""
    login = exchange.query.get("person", "").strip()[:255]
    person = find_user_by_login(exchange.transaction, administrator.realm.id, login) if login else None
    key = read_key(exchange.query.get("before", ""))
    rows = [] if login and person is None else _list(exchange, administrator, person, key)
    sessions = [describe_session(administrator, session, user) for session, user in rows[:PAGE]]
    older = administrator.url("sessions", person=login, before=sessions[-1]["key"]) if len(rows) > PAGE else ""
    return render_console_page(
        exchange,
        administrator,
        "sessions",
        sessions=sessions,
        person=login,
        older_url=older,
        first_url=administrator.url("sessions", person=login) if key else "",
    )


def end_chosen(exchange: Exchange, administrator: Administrator) -> Response:
    """End the ticked sessions of the realm."""
    clock, ended = exchange.services.clock, 0
    for session_id in exchange.form.all("session")[:PAGE]:
        row = exchange.session.get(UserSession, session_id)
        if row is None or row.realm_id != administrator.realm.id:
            continue
        if end_session(exchange.session, clock, row.id, reason=Ending.ADMINISTRATOR):
            administrator.record(Tag.SESSION_ENDED, user_id=row.user_id, ended=row.id)
            ended += 1
    return administrator.done("sessions", "sessions_ended" if ended else "nothing_chosen")


def show_end_all(exchange: Exchange, administrator: Administrator) -> Response:
    """Ask."""
    return render_console_page(exchange, administrator, "sessions_end_all", errors={})


def end_all(exchange: Exchange, administrator: Administrator) -> Response:
    """End every session of the realm but the administrator's own, if the realm's name was typed."""
    realm = administrator.realm
    if exchange.form.get("confirmation", "") != realm.name:
        errors = {"confirmation": "mismatch"}
        return render_console_page(exchange, administrator, "sessions_end_all", status=422, errors=errors)
    ended = end_sessions_of_realm(
        exchange.session,
        exchange.services.clock,
        realm.id,
        reason=Ending.ADMINISTRATOR,
        keep=administrator.session.id,
    )
    administrator.record(Tag.ALL_SESSIONS_ENDED, ended=len(ended))
    return administrator.done("sessions", "sessions_ended")


def _list(exchange: Exchange, administrator: Administrator, person: User | None, key: Position | None) -> Any:
    return list_live_sessions(
        exchange.session,
        exchange.services.clock,
        administrator.realm.id,
        idle_seconds=administrator.realm.session_idle_lifetime,
        user_id=None if person is None else person.id,
        older_than=key,
        limit=PAGE + 1,
    )


def describe_session(administrator: Administrator, row: UserSession, user: User) -> dict[str, Any]:
    """Return what the pages show of a session."""
    return {
        "id": row.id,
        "key": write_key(row.created_at, row.id),
        "username": user.username,
        "name": user.name,
        "since": row.created_at,
        "last_seen": row.last_seen_at,
        "until": row.expires_at,
        "address": row.address,
        "browser": guess_browser(row.user_agent),
        "acr": row.acr,
        "second_factor": row.second_factor,
        "impersonator": (row.impersonator or {}).get("username", ""),
        "own": row.id == administrator.session.id,
    }


PAGES = (
    ConsolePage(path="sessions", view="view-users", manage="manage-users", show=show_sessions, submit=end_chosen),
    ConsolePage(
        path="sessions/end-all",
        view="manage-users",
        manage="manage-users",
        show=show_end_all,
        submit=end_all,
        recent=True,
    ),
)
