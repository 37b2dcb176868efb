"""A realm as large as they come, made by PostgreSQL itself: rows are copies of one, but for what each says of itself.

Names repeat as people's do, attributes are shared by tens of thousands, and what happens is spread over a month.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from idp.clients.clients import create_client
from idp.clock import Clock
from idp.encryption import Cipher
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.mail.outbox import enqueue
from idp.models import ActionLink, Event, Group, Realm, Role
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.sessions.sessions import Authentication, create_session
from idp.storage.transaction import Transaction
from idp.users.action_links import Purpose, issue_link
from idp.users.passwords import PasswordHasher
from idp.users.users import create_user

_NAMES = """
CREATE FUNCTION pg_temp.name(k int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT initcap(s[1 + k % 20] || s[1 + k / 20 % 20] || s[1 + k / 400 % 20]) FROM (SELECT
    '{an,be,ca,do,el,fri,ga,han,is,jo,ka,le,mar,nor,o,pe,ri,sa,tu,wil}'::text[] AS s) AS syllables $$;
CREATE FUNCTION pg_temp.part(n int) RETURNS float IMMUTABLE LANGUAGE sql AS $$
    SELECT (hashint4(n) & 65535) / 65536.0 $$;
"""
_ANY_USER = "md5('user_account' || 1 + (%(users)s * pg_temp.part(-n))::int %% %(users)s)::uuid::text"
_MONTH = "now() - interval '1 second' * (pg_temp.part(n) * 30 * 86400)"
_DIGEST = "md5('{0}' || n) || md5('{0}' || -n)"
_GIVEN = "pg_temp.name((400 * pg_temp.part(n) ^ 2)::int)"  # the first names are the frequent ones
_FAMILY = "pg_temp.name((8000 * pg_temp.part(-n) ^ 2)::int)"
_LOGIN = f"lower({_GIVEN} || '.' || {_FAMILY}) || n"


@dataclass(frozen=True)
class Size:
    """How many there are of each."""

    users: int = 1_000_000
    certificates: int = 100_000
    clients: int = 10_000
    groups: int = 10_000
    roles: int = 2_000
    events: int = 2_000_000
    sessions: int = 100_000
    mails: int = 100_000
    links: int = 20_000

    def shrunk(self, part: float) -> "Size":
        """Return a part of it."""
        return Size(**{name: int(number * part) for name, number in asdict(self).items()})


def fill(url: str, ids: Mapping[str, str], size: Size) -> None:
    """Multiply the rows that *ids* name by their tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(_NAMES)
        for table, number, values in _TABLES:
            _multiply(connection, table, ids[table], count=getattr(size, number), values=values, size=size)
        for statement in _LINKS:
            connection.execute(statement, asdict(size))
        connection.execute("VACUUM ANALYZE")


def plant(
    transaction: Transaction, cipher: Cipher, clock: Clock, passwords: PasswordHasher, realm: Realm
) -> dict[str, str]:
    """Make one row of each table that `fill` multiplies, and return their ids by table."""
    session = transaction.session
    user = create_user(
        session, passwords, clock, realm_id=realm.id, username="first", password=None, email="first@example.org"
    )
    client = create_client(
        session,
        cipher,
        clock,
        realm_id=realm.id,
        client_id="first",
        secret="bench-secret",
        redirect_uris=["https://a.example/"],
    )
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    certificate = issue_certificate(
        session, cipher, clock, realm=realm, user=user, public_key=key, device_name="Laptop", platform=Platform.LINUX
    )
    proven = Authentication(auth_time=clock.now(), acr="1", amr=("pwd",))
    signed_in, _ = create_session(
        transaction,
        clock,
        user=user,
        authentication=proven,
        lifetime=timedelta(hours=10),
        address="127.0.0.1",
        user_agent="b",
    )
    mail = enqueue(
        session, cipher, clock, realm_id=realm.id, user_id=user.id, template="reminder", recipient="first@example.org",
        subject="Reminder", text="Text", html="<p>Text</p>",
    )  # fmt: skip
    issue_link(session, clock, user=user, purpose=Purpose.ENROLMENT, lifetime=timedelta(days=7))
    event = EventRecord(
        tag=Tag.LOGIN_SUCCESS,
        at=clock.now(),
        realm_id=realm.id,
        user_id=user.id,
        client_id="first",
        address="192.0.2.1",
    )
    save_events(session, [event])
    group, role = Group(realm_id=realm.id, name="first"), Role(realm_id=realm.id, name="first")
    session.add_all([group, role])
    session.flush()
    link = session.scalars(select(ActionLink).where(ActionLink.user_id == user.id)).one()
    rows = (user, client, certificate, signed_in, mail, group, role, link)
    return {**{row.__tablename__: row.id for row in rows}, Event.__tablename__: event.id}


def _multiply(
    connection: psycopg.Connection, table: str, row_id: str, *, count: int, values: Mapping[str, str], size: Size
) -> None:
    """Copy the row *count* times; *values* are what its columns say instead, in SQL, for the copy number ``n``."""
    columns = [row[0] for row in connection.execute(_COLUMNS, [table])]
    said = {"id": f"md5('{table}' || n)::uuid::text", **values}
    chosen = ", ".join(said.get(column, f"one.{column}") for column in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} AS one, generate_series(1, %(count)s) AS n"  # noqa: S608
        " WHERE one.id = %(id)s",
        {"id": row_id, "count": count, **asdict(size)},
    )


_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
_TABLES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "user_account",
        "users",
        {
            "username": _LOGIN,
            "email": f"{_LOGIN} || '@' || (ARRAY['example.org', 'mail.example.net'])[1 + n %% 2]",
            "given_name": _GIVEN,
            "family_name": _FAMILY,
            "attributes": "jsonb_build_object('department', ARRAY['d' || n %% 20], 'number', ARRAY[n::text])",
            "enabled": "n %% 50 <> 0",
            "two_factor_enabled_at": "CASE WHEN n %% 20 = 0 THEN now() END",
            "created_at": _MONTH,
        },
    ),
    (
        "client",
        "clients",
        {
            "client_id": "lower(pg_temp.name(n)) || '-' || n",
            "name": "'Application ' || pg_temp.name(n / 2) || ' ' || n",
            "certificate_policy": "CASE WHEN n %% 50 = 0 THEN 'required' ELSE 'realm' END",
            "attributes": "jsonb_build_object('team', 't' || n %% 30)",
        },
    ),
    (
        "certificate",
        "certificates",
        {
            "user_id": "md5('user_account' || n * (%(users)s / %(certificates)s))::uuid::text",
            "serial_number": "md5('serial' || n)",
            "fingerprint": _DIGEST.format("certificate"),
            "key_fingerprint": _DIGEST.format("key"),
            "subject": f"'CN=' || {_GIVEN} || ' ' || {_FAMILY} || ',O=Example'",
            "device_name": "(ARRAY['Laptop', 'Phone', 'Desk', 'Tablet'])[1 + n %% 4] || ' ' || n %% 1000",
            "not_after": "now() + interval '1 day' * (400 * pg_temp.part(n) - 60)",
            "revoked_at": "CASE WHEN n %% 25 = 0 THEN now() END",
            "superseded_at": "CASE WHEN n %% 30 = 0 THEN now() - interval '1 day' END",
        },
    ),
    (
        "user_session",
        "sessions",
        {
            "user_id": _ANY_USER,
            "token_digest": _DIGEST.format("session"),
            "created_at": "now() - interval '1 second' * (pg_temp.part(n) * 36000)",
            "ended_at": "CASE WHEN n %% 2 = 0 THEN now() END",
            "last_seen_at": "now() + interval '1 day'",  # none is idle while the run lasts
            "expires_at": "now() + interval '30 days'",
        },
    ),
    (
        "event",
        "events",
        {
            "at": _MONTH,
            "tag": "(ARRAY['user:login:success', 'user:login:success', 'user:login:failure', 'user:logout', 'token:refresh',"
            " 'certificate:issue', 'admin:user:change'])[CASE WHEN n %% 1000 = 0 THEN 7 ELSE 1 + n %% 6 END]",
            "user_id": _ANY_USER,
            "client_id": "lower(pg_temp.name(1 + n %% 10000)) || '-' || 1 + n %% 10000",
            "address": "'192.0.2.' || n %% 256",
        },
    ),
    (
        "outgoing_mail",
        "mails",
        {
            "user_id": _ANY_USER,
            "recipient": f"{_LOGIN} || '@example.org'",
            "status": "CASE WHEN n %% 50 = 0 THEN 'failed' WHEN n %% 20 = 0 THEN 'queued' ELSE 'sent' END",
            "template": "(ARRAY['reminder', 'login_failed', 'verify_email'])[1 + n %% 3]",
            "created_at": _MONTH,
        },
    ),
    (
        "action_link",
        "links",
        {
            "user_id": "md5('user_account' || n)::uuid::text",
            "token_digest": _DIGEST.format("link"),
            "purpose": "(ARRAY['enrolment', 'disable_two_factor', 'reset_password'])[1 + n %% 3]",
            "created_at": _MONTH,
        },
    ),
    (
        "user_group",
        "groups",
        {
            "name": "'Group ' || pg_temp.name(n) || ' ' || n",
            "parent_id": "CASE WHEN n > 100 THEN md5('user_group' || 1 + n %% 100)::uuid::text END",
            "attributes": "jsonb_build_object('place', ARRAY['p' || n %% 50])",
        },
    ),
    (
        "role",
        "roles",
        {
            "name": "'role ' || lower(pg_temp.name(n)) || ' ' || n",
            "client_id": "CASE WHEN n %% 2 = 0 THEN md5('client' || n)::uuid::text END",
        },
    ),
)
_LINKS = (
    # A role that everybody has, and another of each; a group with a third of all, and another of each.
    "INSERT INTO role_of_user (user_id, role_id) SELECT md5('user_account' || n)::uuid::text,"
    " md5('role' || r)::uuid::text FROM generate_series(1, %(users)s) AS n, LATERAL (VALUES (1), (2 + n %% (%(roles)s - 2)))"
    " AS given (r)",
    "INSERT INTO member_of_group (user_id, group_id) SELECT md5('user_account' || n)::uuid::text,"
    " md5('user_group' || 2 + n %% (%(groups)s - 2))::uuid::text FROM generate_series(1, %(users)s) AS n",
    "INSERT INTO member_of_group (user_id, group_id) SELECT md5('user_account' || n * 3)::uuid::text,"
    " md5('user_group' || 1)::uuid::text FROM generate_series(1, %(users)s / 3) AS n",
    "INSERT INTO role_of_group (group_id, role_id) SELECT md5('user_group' || n)::uuid::text,"
    " md5('role' || 1 + n %% 20)::uuid::text FROM generate_series(1, %(groups)s) AS n",
    "INSERT INTO composite_role (role_id, child_id) SELECT md5('role' || 1 + n %% 20)::uuid::text,"
    " md5('role' || 20 + n)::uuid::text FROM generate_series(1, %(roles)s / 4) AS n",
    "INSERT INTO token_family (id, realm_id, session_id, user_id, client_id, scope, created_at, expires_at)"
    " SELECT md5('family' || n)::uuid::text, realm_id, id, user_id, md5('client' || 1 + n %% 100)::uuid::text, 'openid',"
    " created_at, expires_at FROM (SELECT *, row_number() OVER () AS n FROM user_session) AS one",
)
