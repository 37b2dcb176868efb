"""Make what is missing of the demo's data."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import make_url

from idp.clock import SystemClock
from idp.demo.data_folder import DataFolder
from idp.demo.seed import Application, Seed
from idp.demo.tls import ensure_server_certificate
from idp.encryption import create_master_key
from idp.errors import ConfigurationError
from idp.serving.preflight import verify_all, verify_master_key_fits
from idp.settings import Settings
from idp.storage.revisions import is_current
from idp.web.services import Services


def reset_data(settings: Settings, folder: DataFolder) -> None:
    """Delete the data of earlier runs; raise `ConfigurationError` where it is in a database that is not the demo's own."""
    if make_url(settings.database_url).database != str(folder.database):
        raise ConfigurationError("--reset empties the data folder, and the data is in the database of IDP_DATABASE_URL")
    folder.reset()


def prepare_files(settings: Settings, folder: DataFolder) -> None:
    """Make master key, TLS certificates and tables; raise `ConfigurationError` where what is there does not fit."""
    had_key = folder.master_key.exists()
    create_master_key(folder.master_key)
    ensure_server_certificate(folder.tls, SystemClock().now())
    if not is_current(settings.database_url):
        with _progress("Preparing the database"):
            from idp.storage import migrations

            migrations.upgrade(settings.database_url)
    try:
        verify_master_key_fits(settings)
    except ConfigurationError as error:
        if not had_key:
            folder.master_key.unlink()
        raise ConfigurationError(f"{error.problems[0]}: put that back, or start with --reset") from error
    verify_all(settings)


def plant(services: Services, applications: Iterable[Application]) -> None:
    """Make realms, people and applications, and let their addresses follow the ports."""
    seed = Seed(services.database, services.cipher, services.passwords, services.clock)
    seed.plant(services.settings.public_url, applications)


@contextmanager
def _progress(what: str) -> Iterator[None]:
    print(f"{what} …", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" done in {time.monotonic() - started:.1f} s", flush=True)
