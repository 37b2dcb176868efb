"""Make what is missing of the demo's data."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from idp.clock import SystemClock
from idp.demo.data_folder import DataFolder
from idp.demo.seed import Application, Seed
from idp.demo.tls import ensure_server_certificate
from idp.encryption import create_master_key
from idp.errors import ConfigurationError
from idp.serving.preflight import verify_all
from idp.settings import Settings
from idp.storage.revisions import is_current
from idp.web.services import Services


def prepare_files(settings: Settings, folder: DataFolder) -> None:
    """Make master key, TLS certificates and tables; raise `ConfigurationError` where what is there does not fit."""
    current = is_current(settings.database_url)
    if current and not settings.master_key_file.exists():
        raise ConfigurationError(f"{settings.master_key_file}, the key of the data there, is gone: start with --reset")
    create_master_key(folder.master_key)
    ensure_server_certificate(folder.tls, SystemClock().now())
    if not current:
        with _progress("Preparing the database"):
            from idp.storage import migrations

            migrations.upgrade(settings.database_url)
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
