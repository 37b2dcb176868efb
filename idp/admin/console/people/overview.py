"""A person: state, certificates, sessions, what happened lately, groups and roles."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.events import describe_events
from idp.admin.console.people.impersonate import find_obstacle_for
from idp.admin.console.people.person import at_realm, covers, person_url, render_person
from idp.admin.console.sessions import describe_session
from idp.admin.recovery import find_lock
from idp.events.search import EventQuery, find_events
from idp.models import Certificate, User
from idp.pki.certificate_status import COUNTING, find_status
from idp.pki.certificates import list_certificates
from idp.sessions.search import list_live_sessions
from idp.users.recovery_codes import count_unused_codes
from idp.users.roles import list_group_paths, list_roles
from idp.web.exchange import Exchange

_EVENTS, _SESSIONS, _ROLES = 10, 50, 100


def show_user(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Show everything, each part to whom it is open."""
    session, lock = exchange.session, find_lock(at_realm(exchange, administrator), user)
    roles, covered = list_roles(session, user.id), covers(administrator, user)
    return render_person(
        exchange,
        administrator,
        user,
        "user",
        manageable=administrator.may("manage-users") and covered,
        certificates_manageable=administrator.may("manage-certificates") and covered,
        impersonable=not find_obstacle_for(exchange, administrator, user),
        own=user.id == administrator.user.id,
        lock_minutes=0 if lock is None else -(-int(lock.total_seconds()) // 60),
        recovery_codes=count_unused_codes(session, user.id),
        certificates=_describe_certificates(exchange, administrator, user),
        sessions=_describe_sessions(exchange, administrator, user),
        events=_describe_events(exchange, administrator, user),
        events_url=administrator.url("events", person=user.id),
        groups=list_group_paths(session, user.id),
        roles=[f"{role.client_id}: {role.name}" if role.client_id else role.name for role in roles[:_ROLES]],
        more_roles=len(roles) > _ROLES,
    )


def _describe_certificates(exchange: Exchange, administrator: Administrator, user: User) -> list[dict[str, Any]]:
    if not administrator.may("view-certificates"):
        return []
    return [
        describe_certificate(exchange, administrator, user, row) for row in list_certificates(exchange.session, user.id)
    ]


def describe_certificate(
    exchange: Exchange, administrator: Administrator, user: User, row: Certificate
) -> dict[str, Any]:
    """Return what the pages show of a certificate; its state is active, untested, expired, superseded or revoked."""
    status = find_status(row, exchange.services.clock.now())
    counting = "active" if row.proven_at else "untested"
    return {
        "id": row.id,
        "device_name": row.device_name,
        "serial_number": row.serial_number,
        "fingerprint": row.fingerprint,
        "issuer": row.issuer,
        "not_before": row.not_before,
        "not_after": row.not_after,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
        "reason": row.revocation_reason or "",
        "state": counting if status in COUNTING else str(status),
        "revoke_url": person_url(administrator, user, f"/certificates/{row.id}/revoke"),
        "remind_url": person_url(administrator, user, f"/certificates/{row.id}/remind"),
    }


def _describe_sessions(exchange: Exchange, administrator: Administrator, user: User) -> list[dict[str, Any]]:
    rows = list_live_sessions(
        exchange.session,
        exchange.services.clock,
        administrator.realm.id,
        idle_seconds=administrator.realm.session_idle_lifetime,
        user_id=user.id,
        limit=_SESSIONS,
    )
    return [describe_session(administrator, row, owner) for row, owner in rows]


def _describe_events(exchange: Exchange, administrator: Administrator, user: User) -> list[dict[str, Any]]:
    if not administrator.may("view-events"):
        return []
    found = find_events(exchange.session, administrator.realm.id, EventQuery(user_id=user.id), limit=_EVENTS)
    return describe_events(exchange, administrator, found)
