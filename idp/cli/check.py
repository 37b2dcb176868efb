"""`idp check`: everything that could keep the provider from working, in one go."""

from typing import TYPE_CHECKING

import typer

from idp.cli.workbench import ConfigOption

if TYPE_CHECKING:
    from idp.settings import Settings


def check(config: ConfigOption = None) -> None:
    """Check settings, master key, tables, store, mail server, TLS files and themes, and tell all problems together."""
    from idp.serving.preflight import BEFORE_SERVING, Check, find_problems, verify_store
    from idp.settings import read_settings

    settings = read_settings(config)
    failed = False
    for part in (*BEFORE_SERVING, Check("short-lived state", verify_store), Check("mail server", verify_smtp)):
        problems = find_problems(part, settings)
        failed = failed or bool(problems)
        for problem in problems:
            typer.echo(f"FAILED  {part.name}: {problem.removeprefix(part.name + ': ')}")
        if not problems:
            typer.echo(f"ok      {part.name}")
    _tell_former_keys(settings)
    if failed:
        raise typer.Exit(1)


def _tell_former_keys(settings: "Settings") -> None:
    """Say whether the former keys in the master key file are still needed, where there are any and the database can be read."""
    from sqlalchemy.exc import DBAPIError

    from idp.encryption import Cipher, read_master_keys
    from idp.errors import ConfigurationError
    from idp.storage.database import Database
    from idp.storage.re_encryption import count_outdated

    try:
        former = len(read_master_keys(settings.master_key_file)) - 1
        database = Database(settings.database_url, pool_size=1)
        try:
            counts = count_outdated(database, Cipher.from_file(settings.master_key_file)) if former else {}
        finally:
            database.close()
    except (ConfigurationError, DBAPIError):
        return  # told above
    if counts:
        needed = ", ".join(f"{count} of {name}" for name, count in counts.items())
        typer.echo(f"note    former master keys are needed for {needed}: run `idp db re-encrypt`")
    elif former:
        typer.echo(f"note    former master keys ({former}) are needed for nothing: they can go from the file")


def verify_smtp(settings: "Settings") -> None:
    """Raise `ConfigurationError` or `TransportUnavailable` unless the mail server lets us in."""
    from idp.mail.transport import SMTPTransport

    with SMTPTransport(settings.smtp_url, settings.mail_from).connect():
        pass
