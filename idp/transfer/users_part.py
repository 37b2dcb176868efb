"""People: as a stream, some hundreds in a transaction, written together, or one by one where something collides."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Table, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from idp.clients.clients import find_client
from idp.errors import Conflict, InvalidInput
from idp.models import MEMBER_OF_GROUP, ROLE_OF_USER, User
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.transfer.accounts import Account, Books, read_account
from idp.transfer.groups_part import GroupBook
from idp.transfer.job import Attempt, Job, OnConflict
from idp.transfer.report import Outcome
from idp.transfer.role_book import RoleBook
from idp.users.service_accounts import find_service_account

USER = "user"
_BATCH = 500
_USER: Table = User.__table__  # type: ignore[assignment]
_KEPT = {"id", "realm_id", "created_at"}
_UNIQUE = ("id", "username", "email")


def import_users(job: Job, users: Iterable[tuple[str, Any]], on_done: Callable[[int], None]) -> None:
    """Take the people; *on_done* is told after each transaction how many objects it was about."""
    with job.unit() as session:
        books = Books(RoleBook(session, job.realm_id), GroupBook(session, job.realm_id))
    stream = iter(users)
    while batch := list(islice(stream, _BATCH)):
        accounts = [account for where, value in batch if (account := _read(job, books, where, value))]
        with job.unit() as session:
            _write(job, session, accounts)
        on_done(len(batch))


def _read(job: Job, books: Books, where: str, value: Any) -> Account | None:
    try:
        return read_account(job.means, job.realm_id, books, where, value)
    except (InvalidInput, ValueError) as error:
        name = value.get("username") if isinstance(value, dict) else None
        text = str(error) if isinstance(error, InvalidInput) else "a value in it makes no sense"
        job.report.add(Outcome.FAILED, USER, f"{name} ({where})" if isinstance(name, str) else where, text)
        return None


def _write(job: Job, session: Session, accounts: list[Account]) -> None:
    """Write those that collide with nothing together, and the rest one by one."""
    made = _insert_together(session, _find_first_of_each([account for account in accounts if not account.client_id]))
    left = []
    for account in accounts:
        if account.columns["id"] in made:
            made.discard(account.columns["id"])
            _tell_taken(job, account)
        else:
            left.append(account)
    settled = _find_settled(job, session, left) if job.on_conflict is OnConflict.SKIP else {}
    for account in left:
        username = account.columns["username"]
        if username in settled and job.is_first(USER, username):
            job.report.add(Outcome.SKIPPED, USER, account.name, row_id=settled[username])
        else:
            job.attempt(session, USER, account.name, _build_work(job, session, account))


def _find_settled(job: Job, session: Session, accounts: Sequence[Account]) -> dict[str, str]:
    """Return the ids of the accounts that are there, by username, where there is nothing to decide: a second run has thousands."""
    people = [account for account in accounts if not account.client_id]
    if not people:
        return {}
    ids = [account.columns["id"] for account in people]
    known = set(session.scalars(select(_USER.c.id).where(_USER.c.id.in_(ids))))
    named = select(_USER.c.username, _USER.c.id).where(
        _USER.c.realm_id == job.realm_id,
        _USER.c.username.in_([account.columns["username"] for account in people]),
        _USER.c.service_account_client_id.is_(None),
    )
    rows = {row.username: row.id for row in session.execute(named)}
    strange = {
        account.columns["username"]
        for account in people
        if account.columns["id"] in known and rows.get(account.columns["username"]) != account.columns["id"]
    }
    return {username: user_id for username, user_id in rows.items() if username not in strange}


def _find_first_of_each(accounts: Sequence[Account]) -> list[Account]:
    """Return the accounts without those that share what has to be unique with one before them."""
    seen, found = set[tuple[str, str]](), []
    for account in accounts:
        keys = {(name, account.columns[name]) for name in _UNIQUE if account.columns[name] is not None}
        if not keys & seen:
            seen |= keys
            found.append(account)
    return found


def _insert_together(session: Session, accounts: Sequence[Account]) -> set[str]:
    """Insert those that collide with nothing that is there; return their ids, none where the statement as a whole failed.

    The database looks for what is there as it inserts. To ask first takes a statement with a thousand values, whose plan PostgreSQL
    keeps from when the table was small: a scan of the whole table for each batch.
    """
    insert_new = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert_new(_USER).on_conflict_do_nothing().returning(_USER.c.id)
    try:
        with session.begin_nested():
            rows = [account.columns for account in accounts]
            made = set(session.scalars(statement, rows)) if rows else set()
            _relate(session, [account for account in accounts if account.columns["id"] in made])
    except (IntegrityError, DataError):
        return set()
    return made


def _relate(session: Session, accounts: Sequence[Account]) -> None:
    roles = [{"user_id": account.columns["id"], "role_id": role} for account in accounts for role in account.roles]
    groups = [{"user_id": account.columns["id"], "group_id": group} for account in accounts for group in account.groups]
    if roles:
        session.execute(insert(ROLE_OF_USER), roles)
    if groups:
        session.execute(insert(MEMBER_OF_GROUP), groups)


def _build_work(job: Job, session: Session, account: Account) -> Callable[[Attempt], Outcome]:
    def work(attempt: Attempt) -> Outcome:
        job.verify_first(USER, account.columns["username"])
        take = _take_clients if account.client_id else _take
        outcome = take(job, session, account, attempt)
        attempt.notes += account.notes if outcome is not Outcome.SKIPPED else []
        return outcome

    return work


def _take(job: Job, session: Session, account: Account, attempt: Attempt) -> Outcome:
    columns = account.columns
    attempt.row_id = columns["id"]
    row = session.execute(select(_USER.c.id, _USER.c.realm_id).where(_USER.c.id == columns["id"])).first()
    if row is not None and row.realm_id != job.realm_id:
        raise Conflict("its id, by which applications know the person, is an account's of another realm")
    named = select(_USER.c.id, _USER.c.service_account_client_id, _USER.c.password_hash).where(
        _USER.c.realm_id == job.realm_id, or_(_USER.c.username == columns["username"], _USER.c.id == columns["id"])
    )
    known = session.execute(named).all()
    if not known:
        session.execute(insert(_USER), [account.columns])
        _relate(session, [account])
        return Outcome.TAKEN
    if len(known) > 1 or known[0].service_account_client_id is not None:
        raise Conflict("its id and its username are of two accounts, or of a client's")
    attempt.row_id = known[0].id
    outcome = job.meet()
    if outcome is Outcome.CHANGED:
        _update(job, session, account, known[0])
    return outcome


def _update(job: Job, session: Session, account: Account, known: Any) -> None:
    """Bring the account up to what the file says; who has a password keeps it where the file has none.

    With another password, or when it is disabled, its sessions end.
    """
    values = {name: value for name, value in account.columns.items() if name not in _KEPT}
    if values["password_hash"] is None:
        values = {name: value for name, value in values.items() if not name.startswith("password_")}
    session.execute(update(_USER).where(_USER.c.id == known.id).values(values))
    _replace_relations(session, account, known.id)
    if not values["enabled"]:
        end_sessions_of(session, job.means.clock, known.id, reason=Ending.ACCOUNT_DISABLED)
    elif values.get("password_hash", known.password_hash) != known.password_hash:
        end_sessions_of(session, job.means.clock, known.id, reason=Ending.PASSWORD_RESET)


def _replace_relations(session: Session, account: Account, user_id: str) -> None:
    session.execute(delete(ROLE_OF_USER).where(ROLE_OF_USER.c.user_id == user_id))
    session.execute(delete(MEMBER_OF_GROUP).where(MEMBER_OF_GROUP.c.user_id == user_id))
    columns = {**account.columns, "id": user_id}
    _relate(session, [Account(account.where, columns, account.roles, account.groups, [])])


def _take_clients(job: Job, session: Session, account: Account, attempt: Attempt) -> Outcome:
    """Give the account of a client, which is there since the client is, its roles and groups; if it has some, these are met."""
    client = find_client(session, job.realm_id, account.client_id)
    known = client and find_service_account(session, client.id)
    if known is None:
        raise Conflict(f"there is no client {account.client_id!r} with an account here")
    attempt.row_id = known.id
    outcome = job.meet() if _has_relations(session, known.id) else Outcome.TAKEN
    if outcome is not Outcome.SKIPPED:
        _replace_relations(session, account, known.id)
    return outcome


def _has_relations(session: Session, user_id: str) -> bool:
    return any(
        session.execute(select(table.c.user_id).where(table.c.user_id == user_id).limit(1)).first()
        for table in (ROLE_OF_USER, MEMBER_OF_GROUP)
    )


def _tell_taken(job: Job, account: Account) -> None:
    job.is_first(USER, account.columns["username"])
    job.report.add(Outcome.TAKEN, USER, account.name, row_id=account.columns["id"])
    for note in account.notes:
        job.report.add(Outcome.LEFT, USER, account.name, note)
