"""What has to be right before anything starts, each thing checked on its own, so that all problems are told together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from idp.clock import SystemClock
from idp.encryption import Cipher, DecryptionFailed, read_master_keys
from idp.errors import ConfigurationError, IdpError
from idp.fetching.tls import build_tls_context
from idp.keys.realm_keys import PRIVATE_KEY_CONTEXT
from idp.models import SigningKey
from idp.serving.proxy_trust import verify_proxy_trust
from idp.serving.server_certificate import ServerCertificateFiles
from idp.settings import Settings
from idp.storage.database import Database
from idp.storage.open import open_store
from idp.storage.revisions import is_current


@dataclass(frozen=True)
class Check:
    """A part by name, and what raises when it is not right."""

    name: str
    verify: Callable[[Settings], None]


def verify_master_key(settings: Settings) -> None:
    """Raise `ConfigurationError` unless the master key can be read."""
    file = settings.master_key_file
    if not file.exists():
        raise ConfigurationError(
            f"there is no master key file {file}: make one with `openssl rand -base64 32 > {file}`"
        )
    read_master_keys(file)


def verify_migrations(settings: Settings) -> None:
    """Raise `ConfigurationError` unless the tables are those of this version."""
    if not is_current(settings.database_url):
        raise ConfigurationError("the tables are not those of this version: run `idp db upgrade`")


def verify_database(settings: Settings) -> None:
    """Raise `ConfigurationError` unless tables and master key fit this version and one another."""
    verify_migrations(settings)
    if settings.master_key_file.exists():
        verify_master_key_fits(settings)


def verify_master_key_fits(settings: Settings) -> None:
    """Raise `ConfigurationError` where the database was written under another master key."""
    cipher, database = Cipher.from_file(settings.master_key_file), Database(settings.database_url, pool_size=1)
    try:
        with database.transaction() as session:
            secret = session.scalar(select(SigningKey.private_key_encrypted).limit(1))
        if secret is not None:
            cipher.decrypt(secret, PRIVATE_KEY_CONTEXT)
    except DecryptionFailed as error:
        raise ConfigurationError(
            f"{settings.master_key_file} is not the master key that the database was written under"
        ) from error
    finally:
        database.close()


def verify_certificate_tls(settings: Settings) -> None:
    """Raise `ConfigurationError` unless the certificate listener can do TLS, where it has to."""
    if settings.client_certificate_source != "tls":
        return
    certificate_file, key_file = settings.certificate_tls_certificate_file, settings.certificate_tls_key_file
    if certificate_file is None or key_file is None:
        raise ConfigurationError(
            "certificate_tls_certificate_file and certificate_tls_key_file must be set "
            "while client_certificate_source is tls"
        )
    ServerCertificateFiles(certificate_file, key_file).load()


def verify_fetching(settings: Settings) -> None:
    """Raise `ConfigurationError` unless the authorities for fetched addresses can be read."""
    file = settings.fetch_ca_file
    if file is None:
        return
    try:
        build_tls_context(file)
    except OSError as error:  # includes ssl.SSLError
        raise ConfigurationError(f"fetch_ca_file: {file} cannot be read as PEM certificates: {error}") from error


def verify_store(settings: Settings) -> None:
    """Raise unless the store for short-lived state answers."""
    database = Database(settings.database_url, pool_size=1)
    try:
        store = open_store(database, settings.redis_url, SystemClock())
        try:
            store.ping()
        finally:
            store.close()
    finally:
        database.close()


def verify_themes(settings: Settings) -> None:
    """Raise `ConfigurationError` unless the operator's themes are there."""
    if settings.themes_dir is not None and not settings.themes_dir.is_dir():
        raise ConfigurationError(f"themes_dir: there is no folder {settings.themes_dir}")


BEFORE_SERVING = (
    Check("master key", verify_master_key),
    Check("database", verify_database),
    Check("certificate TLS", verify_certificate_tls),
    Check("proxies", verify_proxy_trust),
    Check("fetching", verify_fetching),
    Check("themes", verify_themes),
)


def verify_all(settings: Settings, checks: Iterable[Check] = BEFORE_SERVING) -> None:
    """Raise one `ConfigurationError` with the problems of all *checks*."""
    problems = [problem for check in checks for problem in find_problems(check, settings)]
    if problems:
        raise ConfigurationError(*problems)


def find_problems(check: Check, settings: Settings) -> list[str]:
    """Run *check* and return what it found wrong, one line each."""
    try:
        check.verify(settings)
    except ConfigurationError as error:
        return list(error.problems)
    except DBAPIError as error:
        return [f"{check.name}: {str(error.orig).splitlines()[0]}"]
    except (IdpError, OSError) as error:
        return [f"{check.name}: {error}"]
    return []
