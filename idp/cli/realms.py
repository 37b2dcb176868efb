"""`idp realm`: realms."""

from typing import Annotated

import typer

from idp.cli.realm_export import export_realm
from idp.cli.realm_import import import_realm
from idp.cli.workbench import ConfigOption, open_workbench

app = typer.Typer(help="Realms: users, applications, keys and authorities of their own.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens; it stands in every address.")],
    display_name: Annotated[str, typer.Option(help="The name that people see.")] = "",
    config: ConfigOption = None,
) -> None:
    """Create a realm with its signing keys, its certificate authorities and its dashboard."""
    from idp.events.tags import Tag
    from idp.provisioning import provision_realm

    with open_workbench(config) as bench:
        public_url = bench.settings.public_url
        realm = provision_realm(
            bench.session,
            bench.cipher,
            bench.clock,
            public_url=public_url,
            name=name,
            display_name=display_name,
            published_at=bench.settings.published_at,
            authority_keys=bench.authority_keys,
        )
        bench.record(Tag.REALM_CREATED, realm, name=name)
    typer.echo(f"Realm {name} is at {public_url}/realms/{name}.")


@app.command("list")
def list_all(config: ConfigOption = None) -> None:
    """Print the issuer of every realm, and its name for people."""
    from idp.realms.realms import list_realms

    with open_workbench(config) as bench:
        for realm in list_realms(bench.session):
            state = "" if realm.enabled else "  (disabled)"
            issuer = f"{bench.settings.public_url}/realms/{realm.name}"
            typer.echo(f"{realm.name}  {issuer}  {realm.display_name}{state}".rstrip())


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The realm.")],
    config: ConfigOption = None,
) -> None:
    """Print the settings of a realm, as `idp realm set` takes them."""
    from idp.realms.changes import describe_realm

    with open_workbench(config) as bench:
        for setting, value in describe_realm(bench.get_realm(name)).items():
            typer.echo(f"{setting}={value}")


@app.command("set")
def change(
    name: Annotated[str, typer.Argument(help="The realm.")],
    changes: Annotated[list[str], typer.Argument(metavar="SETTING=VALUE...", help="See `idp realm show`.")],
    config: ConfigOption = None,
) -> None:
    """Change settings of a realm, all or none; running servers follow within a second."""
    from idp.events.tags import Tag
    from idp.realms.changes import change_realm

    wanted = dict(_split(change) for change in changes)
    with open_workbench(config) as bench:
        realm = bench.get_realm(name)
        bench.record(Tag.REALM_CHANGED, realm, **change_realm(realm, wanted))
    typer.echo(f"Realm {name} has been changed.")


def _split(change: str) -> tuple[str, str]:
    setting, equals, value = change.partition("=")
    if not equals:
        raise typer.BadParameter(f"{change!r} has no equals sign: use SETTING=VALUE.")
    return setting.strip(), value


app.command("import")(import_realm)
app.command("export")(export_realm)
