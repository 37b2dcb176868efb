"""A new master key: everything is brought under it, whoever writes meanwhile, and whatever stops it on the way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select

from idp.clients.clients import find_client
from idp.clients.secrets import replace_secret, set_secret
from idp.encryption import Cipher, add_master_key, read_master_keys
from idp.keys.server_secret import load_server_secret
from idp.mail.outbox import enqueue
from idp.models import Base, Client, OutgoingMail, Realm
from idp.storage.re_encryption import EncryptedColumn, count_outdated, list_encrypted_columns, re_encrypt
from tests.crowd import all_at_once
from tests.provider import Provider, enrol, open_dashboard, run_provider, sign_in

PUBLIC = {
    "certificate.certificate", "certificate_authority.certificate", "ocsp_signer.certificate", "revocation_list.data",
    "trust_anchor.certificate", "trust_anchor.intermediates", "foreign_list_entry.serial_number", "foreign_answer.serial_number",
    "foreign_list_source.issuer", "foreign_answer.issuer",
}  # fmt: skip


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    """A provider that has been used: a certificate, mail, clients' secrets, keys of every kind."""
    with run_provider(database_url, tmp_path) as provider:
        browser = provider.browser()
        open_dashboard(browser)
        enrol(browser)
        with provider.services.database.transaction() as session:
            client = session.query(Client).filter_by(client_id="second").one()
            client.secret_overlap = 3600
            replace_secret(client, provider.services.cipher, provider.clock)
        yield provider


def key_file(provider: Provider) -> Path:
    return provider.services.settings.master_key_file


def add_key(provider: Provider) -> Cipher:
    """Put a new key first, and return a cipher of all keys."""
    add_master_key(key_file(provider))
    return Cipher.from_file(key_file(provider))


def new_key_alone(provider: Provider) -> Cipher:
    return Cipher(read_master_keys(key_file(provider))[0])


def iterate_values(provider: Provider) -> Iterator[tuple[EncryptedColumn, str, bytes]]:
    """All encrypted values, with their columns and keys."""
    with provider.services.database.transaction() as session:
        for column in list_encrypted_columns():
            for key, value in session.execute(select(column.key, column.column).where(column.column.is_not(None))):
                yield column, key, value


def read_all(provider: Provider, cipher: Cipher) -> dict[tuple[str, str], bytes]:
    """Everything decrypted."""
    return {
        (column.name, key): cipher.decrypt(value, column.context.format(id=key))
        for column, key, value in iterate_values(provider)
    }


def test_no_encrypted_column_can_be_forgotten() -> None:
    """Every binary column is marked as encrypted or known to be public, and a name that says encrypted is marked."""
    marked = {column.name for column in list_encrypted_columns()}
    columns = {
        f"{table.name}.{column.name}": column for table in Base.metadata.tables.values() for column in table.columns
    }

    assert {name for name, column in columns.items() if isinstance(column.type, LargeBinary)} == marked | PUBLIC
    assert {name for name in columns if name.endswith("_encrypted")} == marked


def test_whatever_is_encrypted_by_real_use_is_in_a_marked_column(provider: Provider) -> None:
    """Every column of every table is looked through for what begins as our ciphertexts do, also as text."""
    header, found = provider.services.cipher.header, set()
    with provider.services.database.transaction() as session:
        for table in Base.metadata.tables.values():
            for row in session.execute(select(table)).mappings():
                found |= {f"{table.name}.{name}" for name, value in row.items() if _holds(value, header)}

    assert found == {column.name for column in list_encrypted_columns()}


def _holds(value: Any, header: bytes) -> bool:
    return isinstance(value, bytes) and value.startswith(header)


@pytest.mark.every_database
def test_everything_is_brought_under_the_new_key(provider: Provider) -> None:
    """Afterwards the new key alone decrypts it, to what it was; a second run finds nothing to do."""
    database = provider.services.database
    before = read_all(provider, provider.services.cipher)
    cipher = add_key(provider)
    assert sum(count_outdated(database, cipher).values()) == len(before)

    outcome = re_encrypt(database, cipher, batch=3)

    assert (outcome.changed, outcome.unreadable) == (len(before), ())
    assert read_all(provider, new_key_alone(provider)) == before
    assert count_outdated(database, cipher) == {}
    assert re_encrypt(database, cipher).changed == 0


@pytest.mark.every_database
def test_killed_run_goes_on(provider: Provider) -> None:
    """What it has done stays done, and everything can be read in between."""
    database = provider.services.database
    before = read_all(provider, provider.services.cipher)
    cipher, batches = add_key(provider), iter(range(3))

    def die() -> None:
        if next(batches, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        re_encrypt(database, cipher, batch=2, on_batch=die)

    left = sum(count_outdated(database, cipher).values())
    assert 0 < left < len(before)
    assert read_all(provider, cipher) == before
    assert re_encrypt(database, cipher).changed == left
    assert read_all(provider, new_key_alone(provider)) == before


@pytest.mark.every_database
def test_two_at_once_do_no_harm(provider: Provider) -> None:
    before = read_all(provider, provider.services.cipher)
    cipher = add_key(provider)

    outcomes = all_at_once(lambda _: re_encrypt(provider.services.database, cipher, batch=2), 3)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert read_all(provider, new_key_alone(provider)) == before


@pytest.mark.every_database
def test_who_writes_meanwhile_wins(provider: Provider) -> None:
    """Secrets are replaced and mail is queued and wiped while it runs; nothing of that is undone."""
    services, stop = provider.services, Event()
    cipher = add_key(provider)
    services.cipher.refresh()  # as servers do every few seconds
    given: dict[str, str] = {}

    def write() -> None:
        for number in range(10_000):
            with services.database.transaction() as session:
                realm = session.query(Realm).filter_by(name="demo").one()
                client = find_client(session, realm.id, ("app", "second", "strict")[number % 3])
                assert client is not None
                set_secret(client, services.cipher, services.clock, f"secret-{number}")
                mail = enqueue(
                    session, services.cipher, services.clock, realm_id=realm.id, user_id=None, template="t",
                    recipient="a@example.org", subject="s", text=str(number), html="",
                )  # fmt: skip
                for old in session.query(OutgoingMail).where(OutgoingMail.id != mail.id).limit(1):
                    old.message_encrypted = None
            given[client.client_id] = f"secret-{number}"
            if stop.is_set():
                return

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        for _ in range(5):
            re_encrypt(services.database, cipher, batch=1)
        stop.set()
        writing.result()
    assert count_outdated(services.database, cipher) == {}
    with services.database.transaction() as session:
        for client in session.query(Client).where(Client.client_id.in_(given)):
            assert client.secret_encrypted is not None
            secret = new_key_alone(provider).decrypt(client.secret_encrypted, "client.secret")
            assert secret.decode() == given[client.client_id]
    read_all(provider, new_key_alone(provider))


def test_servers_go_on_and_people_stay_who_they_are(provider: Provider) -> None:
    """A running server signs people in through all of it; the names of pairwise clients' people and refresh tokens do not change."""
    services, browser = provider.services, provider.browser()
    tokens = provider.redeem(sign_in(browser).query["code"])
    secret = load_server_secret(services.database, services.cipher)

    cipher = add_key(provider)
    re_encrypt(services.database, cipher)
    for cache in (services.realms, services.clients, services.keyrings, services.trust):
        cache.clear()
    assert "access_token" in provider.redeem(sign_in(provider.browser()).query["code"])
    key_file(provider).write_bytes(key_file(provider).read_bytes().splitlines()[0])  # the former key goes
    services.cipher.refresh()
    services.clients.clear()
    services.keyrings.clear()

    assert "access_token" in provider.redeem(sign_in(provider.browser()).query["code"])
    assert load_server_secret(services.database, services.cipher) == secret
    refreshed = provider.http(provider.app, "http://localhost:8080").post(
        "/realms/demo/protocol/openid-connect/token",
        data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "app",
              "client_secret": "app-secret"},
    )  # fmt: skip
    assert refreshed.status_code == 200, refreshed.text


def test_what_no_key_decrypts_is_named_and_the_rest_is_done(provider: Provider) -> None:
    database = provider.services.database
    with database.transaction() as session:
        client = session.query(Client).filter_by(client_id="app").one()
        client.secret_encrypted = Cipher(bytes(32)).encrypt(b"x", "client.secret")
    cipher = add_key(provider)

    outcome = re_encrypt(database, cipher, batch=1)

    assert outcome.unreadable == (f"client.secret_encrypted of {client.id}",)
    assert count_outdated(database, cipher) == {"client.secret_encrypted": 1}


@pytest.mark.every_database
def test_of_many_servers_that_start_first_all_get_one_secret(provider: Provider) -> None:
    """On an empty table; it lies there encrypted."""
    database, cipher = provider.services.database, provider.services.cipher
    with database.transaction() as session:
        session.execute(Base.metadata.tables["server_secret"].delete())

    outcomes = all_at_once(lambda _: load_server_secret(database, cipher), 8)

    assert len(set(outcomes)) == 1
    assert isinstance(outcomes[0], bytes)
