"""`idp keys rotate-master-key` and `idp db re-encrypt`: a new master key, and everything brought under it."""

import time
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.workbench import ConfigOption

# Servers look into the file every five seconds (`idp.serving.run`); until then they encrypt under the former key.
_SERVERS_FOLLOW = 10


def rotate_master_key(
    wait: Annotated[
        int, typer.Option(min=0, help="Seconds after which every server has read the file.")
    ] = _SERVERS_FOLLOW,
    config: ConfigOption = None,
) -> None:
    """Put a new key first in the master key file, and bring everything under it, while servers run."""
    from idp.cli.workbench import open_workbench
    from idp.encryption import add_master_key
    from idp.settings import read_settings

    with open_workbench(config):  # the present keys fit the database, which is of this version
        pass
    file = read_settings(config).master_key_file
    add_master_key(file)
    typer.echo(f"{file} begins with a new key; keep a copy of the file before you go on.")
    time.sleep(wait)
    re_encrypt_all(config)


def re_encrypt_all(config: Path | None) -> None:
    """Re-encrypt, and say what is left; exit code 1 where something cannot be decrypted."""
    from idp.encryption import Cipher
    from idp.serving.preflight import Check, verify_all, verify_database, verify_master_key
    from idp.settings import read_settings
    from idp.storage.database import Database
    from idp.storage.re_encryption import re_encrypt

    settings = read_settings(config)
    verify_all(settings, (Check("master key", verify_master_key), Check("database", verify_database)))
    database = Database(settings.database_url, pool_size=1)
    try:
        outcome = re_encrypt(database, Cipher.from_file(settings.master_key_file))
    finally:
        database.close()
    typer.echo(f"Re-encrypted: {outcome.changed}.")
    for place in outcome.unreadable:
        typer.echo(f"no key of the file decrypts {place}", err=True)
    if outcome.unreadable:
        raise typer.Exit(1)
    typer.echo("Let `idp check` say whether the former keys can go.")
