"""What administrators look for: each list and search, at addresses that name what there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import quote, urlencode

import psycopg
from psycopg.rows import dict_row

from bench.crowd import Size

REQUESTS = 20


@dataclass(frozen=True)
class Listing:
    """One kind of list, and the addresses at which it is asked for."""

    name: str
    paths: Sequence[str]


def list_all(connection: psycopg.Connection, realm: str, size: Size) -> list[Listing]:
    """Return every list and search of the API and of the console."""
    api, console = f"/admin/realms/{realm}", f"/admin/master/console/{realm}"
    found = _Found(connection, size)
    return [
        *(Listing(f"API {name}", [f"{api}/{path}" for path in paths]) for name, paths in _of_api(found).items()),
        *(
            Listing(f"console {name}", [f"{console}/{path}" for path in paths])
            for name, paths in _of_console(found).items()
        ),
    ]


class _Found:
    """Some rows of each table, spread over it."""

    def __init__(self, connection: psycopg.Connection, size: Size) -> None:
        self._connection = connection
        self.people = self._some("user_account", size.users, "id, username, email, given_name, family_name")
        self.clients = self._some("client", size.clients, "id, client_id, name")
        self.certificates = self._some(
            "certificate", size.certificates, "id, serial_number, fingerprint, subject, device_name"
        )
        self.groups = self._some("user_group", size.groups, "id, name")
        self.roles = self._some("role", size.roles // 2, "id, name", step=2)
        self.events = self._some("event", size.events, "id, user_id, client_id")
        self.sessions = self._some("user_session", size.sessions, "id")
        self.mails = self._some("outgoing_mail", size.mails, "id, recipient")
        self.links = self._some("action_link", size.links, "id")

    def _some(self, table: LiteralString, count: int, columns: LiteralString, *, step: int = 1) -> list[dict[str, str]]:
        numbers = [1 + number * count // REQUESTS * step for number in range(REQUESTS)]
        cursor = self._connection.cursor(row_factory=dict_row)
        statement = f"SELECT {columns} FROM {table} JOIN unnest(%s::int[]) AS n ON id = md5('{table}' || n)::uuid::text"  # noqa: S608
        return cursor.execute(statement, [numbers]).fetchall()


def _queries(path: str, rows: Sequence[dict[str, str]], **texts: str) -> list[str]:
    """Return the path with a query for each row; ``{username:.3}`` in *texts* stands for the first three letters."""
    return [f"{path}?{urlencode({name: text.format_map(row) for name, text in texts.items()})}" for row in rows]


def _same(path: str) -> list[str]:
    return [path] * REQUESTS


def _below(path: str, rows: Sequence[dict[str, str]]) -> list[str]:
    return [path.format_map({name: quote(value or "", safe="") for name, value in row.items()}) for row in rows]


def _of_api(found: _Found) -> dict[str, list[str]]:
    people, clients, groups, roles = found.people, found.clients, found.groups, found.roles
    certificates, events, mails = found.certificates, found.events, found.mails
    return {
        "users, first page": _same("users"),
        "users, a page by key": _queries("users", people, after="{username}"),
        "users, page 500 by number": _same("users?first=50000"),
        "users, search by the beginning, 1 letter": _queries("users", people, search="{family_name:.1}"),
        "users, search by the beginning, 2 letters": _queries("users", people, search="{family_name:.2}"),
        "users, search by the beginning, 3 letters": _queries("users", people, search="{family_name:.3}"),
        "users, search by a name": _queries("users", people, search="{family_name}"),
        "users, search by two names": _queries("users", people, search="{given_name} {family_name}"),
        "users, search by a part": _queries("users", people, search="*{username:.7}*"),
        "users, search by a part of two letters": _queries("users", people, search="*{family_name:.2}*"),
        "users, search by an address": _queries("users", people, search="{email}"),
        "users, search for nobody": _queries("users", people, search="{username}-nobody"),
        "users, email": _queries("users", people, email="{email}"),
        "users, email, exact": _queries("users", people, email="{email}", exact="true"),
        "users, username, exact": _queries("users", people, username="{username}", exact="true"),
        "users, lastName": _queries("users", people, lastName="{family_name}"),
        "users, firstName and lastName": _queries("users", people, firstName="{given_name}", lastName="{family_name}"),
        "users, enabled=false": _same("users?enabled=false"),
        "users, emailVerified=true (nobody)": _same("users?emailVerified=true"),
        "users, q of 50,000": [f"users?q=department:d{number}" for number in range(REQUESTS)],
        "users, q of one": [f"users?q=number:{number * 5000 + 1}" for number in range(REQUESTS)],
        "users, count of all": _same("users/count"),
        "users, count of a search": _queries("users/count", people, search="{family_name}"),
        "users, count of a frequent search": _queries("users/count", people, search="{family_name:.2}"),
        "users, count of enabled=false": _same("users/count?enabled=false"),
        "clients, 100": _same("clients?max=100"),
        "clients, a page by key": _queries("clients", clients, after="{client_id}", max="100"),
        "clients, search by a part": _queries("clients", clients, clientId="{client_id:.4}", search="true", max="100"),
        "clients, by client_id": _queries("clients", clients, clientId="{client_id}"),
        "clients, q": [f"clients?max=100&q=team:t{number}" for number in range(REQUESTS)],
        "clients, q of nothing": _same("clients?max=100&q=team:none"),
        "groups, 100": _same("groups?max=100"),
        "groups, search by a part": _queries("groups", groups, search="{name:.10}", max="100"),
        "groups, search, exact": _queries("groups", groups, search="{name}", exact="true"),
        "groups, q": [f"groups?max=100&q=place:p{number}" for number in range(REQUESTS)],
        "groups, count": _same("groups/count"),
        "groups, children": _below("groups/{id}/children?max=100", groups),
        "groups, members": _below("groups/{id}/members", groups),
        "groups, roles": _below("groups/{id}/role-mappings/realm/composite", groups),
        "roles, 100": _same("roles?max=100"),
        "roles, search by a part": _queries("roles", roles, search="{name:.8}", max="100"),
        "roles, users": _below("roles/{name}/users", roles),
        "roles, groups": _below("roles/{name}/groups?max=100", roles),
        "users, groups of one": _below("users/{id}/groups", people),
        "users, roles of one": _below("users/{id}/role-mappings/realm/composite", people),
        "users, sessions of one": _below("users/{id}/sessions", people),
        "certificates, first page": _same("certificates"),
        "certificates, soonest first": _same("certificates?soonestFirst=true"),
        "certificates, a page by key": _queries("certificates", certificates, after="{id}"),
        "certificates, status revoked": _same("certificates?status=revoked"),
        "certificates, status superseded": _same("certificates?status=superseded"),
        "certificates, status expired": _same("certificates?status=expired"),
        "certificates, status future (none)": _same("certificates?status=future"),
        "certificates, subject": _queries("certificates", certificates, subject="{subject:.8}"),
        "certificates, subject of none": _same("certificates?subject=nobody-at-all"),
        "certificates, device": _queries("certificates", certificates, device="{device_name}"),
        "certificates, serial number": _queries("certificates", certificates, serialNumber="{serial_number}"),
        "certificates, fingerprint": _queries("certificates", certificates, fingerprint="{fingerprint:.12}"),
        "certificates, user": _queries("certificates", people, user="{username}"),
        "certificates of a person": _below("users/{id}/certificates", people),
        "events, first page": _same("events"),
        "events, a page by key": _queries("events", events, after="{id}"),
        "events, oldest first": _same("events?direction=asc"),
        "events, of a type": _same("events?type=LOGIN_ERROR"),
        "events, of a rare type": _same("events?type=USER_DISABLED_BY_TEMPORARY_LOCKOUT"),
        "events, of a user": _queries("events", events, user="{user_id}"),
        "events, of a client": _queries("events", events, client="{client_id}"),
        "events, of a client without any": _same("events?client=nothing"),
        "events, from an address": [f"events?ipAddress=192.0.2.{number}" for number in range(REQUESTS)],
        "events, from an address without any": _same("events?ipAddress=198.51.100.1"),
        "events, of a user without any": _same("events?user=nobody"),
        "admin events": _same("admin-events"),
        "admin events, by somebody": _same("admin-events?authUser=nobody"),
        "admin events, of a path": _same("admin-events?resourcePath=users/*"),
        "clients, sessions of one": _below("clients/{id}/user-sessions?max=100", clients),
        "clients, session count of one": _below("clients/{id}/session-count", clients),
        "clients, offline sessions of one": _below("clients/{id}/offline-sessions?max=100", clients),
        "session statistics": _same("client-session-stats"),
        "mail": _same("mail/outbox"),
        "mail, a page by key": _queries("mail/outbox", mails, after="{id}"),
        "mail, failed": _same("mail/outbox?status=failed"),
        "mail, of a template": _same("mail/outbox?template=reminder"),
        "mail, of a template without any": _same("mail/outbox?template=nothing"),
        "mail, recipient": _queries("mail/outbox", mails, recipient="{recipient:.8}"),
        "mail, of a user": _queries("mail/outbox", people, userId="{id}"),
        "recovery requests": _same("recovery-requests"),
        "recovery requests, a page by key": _queries("recovery-requests", found.links, after="{id}"),
        "recovery requests, of a purpose": _same("recovery-requests?purpose=enrolment"),
    }


def _of_console(found: _Found) -> dict[str, list[str]]:
    people, clients, certificates = found.people, found.clients, found.certificates
    return {
        "overview": _same(""),
        "users": _same("users"),
        "users, a page by key": _queries("users", people, after="{username}"),
        "users, search by the beginning, 2 letters": _queries("users", people, search="{family_name:.2}"),
        "users, search by two names": _queries("users", people, search="{given_name} {family_name}"),
        "users, search by an address": _queries("users", people, search="{email}"),
        "users with two factors": _same("users?two_factor=yes"),
        "users without two factors, disabled": _same("users?two_factor=no&enabled=no"),
        "users with a certificate": _same("users?certificate=some"),
        "users without a certificate": _same("users?certificate=none"),
        "users, certificate expiring": _same("users?certificate=expiring"),
        "users, search and certificate": _queries("users", people, search="{family_name:.3}", certificate="expiring"),
        "a user": _below("users/{id}", people),
        "clients": _same("clients"),
        "clients, search": _queries("clients", clients, search="{name:.15}"),
        "clients, search for nothing": _same("clients?search=nothing-at-all"),
        "a client": _below("clients/{id}", clients),
        "sessions": _same("sessions"),
        "sessions of a person": _queries("sessions", people, user="{username}"),
        "certificates": _same("certificates"),
        "certificates, all": _same("certificates?state=all"),
        "certificates, expired": _same("certificates?state=expired"),
        "certificates, revoked": _same("certificates?state=revoked"),
        "certificates, foreign (none)": _same("certificates?state=foreign"),
        "certificates, search by a name": _queries("certificates", people, state="all", search="{username}"),
        "certificates, search by a device": _queries("certificates", certificates, state="all", search="{device_name}"),
        "certificates, search by 2 letters": _queries("certificates", people, state="all", search="{family_name:.2}"),
        "certificates, search for none": _same("certificates?state=all&search=nobody-at-all"),
        "certificate policies": _same("certificate-policies"),
        "authorities": _same("authorities"),
        "anchors": _same("anchors"),
        "events": _same("events"),
        "events, sign-ins": _same("events?kind=login"),
        "events of a person": _queries("events", people, person="{username}"),
        "events, of an application": _queries("events", clients, application="{client_id}"),
        "mail": _same("mail"),
        "mail, failed": _same("mail?state=failed"),
        "scopes": _same("scopes"),
        "registration tokens": _same("registration-tokens"),
        "keys": _same("keys"),
    }
