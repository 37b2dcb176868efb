"""`idp keys`: the keys that sign tokens."""

import typer

from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

app = typer.Typer(help="Keys that sign a realm's tokens.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Keys that sign a realm's tokens."""


@app.command()
def rotate(realm: RealmOption, config: ConfigOption = None) -> None:
    """Sign with new keys from now on; the old ones stay published until their tokens have expired."""
    from idp.events.tags import Tag
    from idp.keys.signing_keys import rotate_signing_keys

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        rotated = rotate_signing_keys(bench.session, bench.cipher, bench.clock, row.id)
        bench.record(Tag.KEYS_ROTATED, row, kids=[key.kid for key in rotated])
        for key in rotated:
            typer.echo(f"{key.algorithm}  {key.kid}")
