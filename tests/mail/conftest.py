"""What the mail tests share: a realm, a cipher, an SMTP server and a way to put mail into the outbox."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from idp.encryption import Cipher
from idp.mail.outbox import enqueue
from idp.models import OutgoingMail, Realm
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.mail.smtp import ScriptedServer, smtp_server

Enqueue = Callable[..., str]


@pytest.fixture
def master_key() -> bytes:
    """A random key."""
    return os.urandom(32)


@pytest.fixture
def cipher(master_key: bytes) -> Cipher:
    """A cipher under that key."""
    return Cipher(master_key)


@pytest.fixture
def realm_id(database: Database, clock: FixedClock) -> str:
    """A realm that mail belongs to."""
    with database.transaction() as session:
        realm = Realm(name="demo", created_at=clock.now())
        session.add(realm)
        session.flush()
        return realm.id


@pytest.fixture
def put_in_outbox(database: Database, cipher: Cipher, clock: FixedClock, realm_id: str) -> Enqueue:
    """Queue a mail; return its id."""

    def put(subject: str = "Login Failed", recipient: str = "alice@example.org", **changes: Any) -> str:
        values = {"user_id": None, "template": "login_failed", "text": "text", "html": "<p>html"} | changes
        with database.transaction() as session:
            mail = enqueue(session, cipher, clock, realm_id=realm_id, recipient=recipient, subject=subject, **values)
            return mail.id

    return put


@pytest.fixture
def find_mail(database: Database) -> Callable[[str], OutgoingMail]:
    """Read a mail's row."""

    def find(mail_id: str) -> OutgoingMail:
        with database.transaction() as session:
            return session.scalars(select(OutgoingMail).where(OutgoingMail.id == mail_id)).one()

    return find


@pytest.fixture
def running_server() -> Iterator[tuple[ScriptedServer, int]]:
    """An SMTP server and its port."""
    with smtp_server() as running:
        yield running


@pytest.fixture
def server(running_server: tuple[ScriptedServer, int]) -> ScriptedServer:
    """The server alone."""
    return running_server[0]
