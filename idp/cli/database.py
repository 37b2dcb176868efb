"""`idp db`: the tables."""

import typer

from idp.cli.workbench import ConfigOption

app = typer.Typer(help="Tables: bring them to this version.", no_args_is_help=True)


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Bring the tables of the database to those of this version."""
    from idp.settings import read_settings
    from idp.storage import migrations

    url = read_settings(config).database_url
    migrations.upgrade(url)
    typer.echo(f"The database is at revision {migrations.current(url)}.")


@app.command("re-encrypt")
def re_encrypt(config: ConfigOption = None) -> None:
    """Bring everything that is encrypted under the first key of the master key file, while servers run; it may be run again."""
    from idp.cli.master_key import re_encrypt_all

    re_encrypt_all(config)


@app.command()
def current(config: ConfigOption = None) -> None:
    """Say at which revision the tables are; exit code 1 unless it is this version's."""
    from idp.settings import read_settings
    from idp.storage import migrations

    url = read_settings(config).database_url
    typer.echo(migrations.current(url) or "no tables")
    if not migrations.is_current(url):
        typer.echo("That is not this version's: run `idp db upgrade`.", err=True)
        raise typer.Exit(1)
