"""`idp keys`: the keys that sign tokens."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.master_key import rotate_master_key
from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.models import SigningKey

app = typer.Typer(help="Keys that sign a realm's tokens, and the master key.", no_args_is_help=True)
app.command("rotate-master-key")(rotate_master_key)

AlgorithmOption = Annotated[
    list[str] | None,
    typer.Option(
        "--algorithm", "-a", metavar="ALG", help="RS256, PS256, ES256 or EdDSA; may be repeated. Default: all."
    ),
]


@app.command("list")
def list_all(realm: RealmOption, config: ConfigOption = None) -> None:
    """Print each key's kid, algorithm and status, since when it has it, and until when; '-' is until somebody acts."""
    from idp.keys.description import describe_keys

    with open_workbench(config) as bench:
        for key in describe_keys(bench.session, bench.clock, bench.get_realm(realm).id):
            typer.echo(f"{key.kid}  {key.algorithm:5}  {key.status:7}  {_show(key.since)}  {_show(key.until)}".rstrip())


@app.command()
def rotate(
    realm: RealmOption,
    algorithm: AlgorithmOption = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until the next keys are known to every application.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Sign with the keys that are published as the next; the old ones stay published until their tokens have expired."""
    from idp.keys.signing_keys import NextKeyTooYoung

    _create_missing(realm, config)
    while True:
        try:
            _rotate(realm, algorithm, config)
            return
        except NextKeyTooYoung as error:
            if not wait:
                raise
            _sleep_until(error.ready_at)


@app.command()
def revoke(
    realm: RealmOption,
    kids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KID]...", help="See `idp keys list`; put -- before one that begins with a hyphen."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every key of the realm.")] = False,
    config: ConfigOption = None,
) -> None:
    """Withdraw keys that somebody else may have, at once, with every token that they signed; the next keys sign instead."""
    from idp.events.tags import Tag
    from idp.keys.signing_keys import revoke_signing_keys
    from idp.keys.spare_keys import make_keys_of_realm

    if bool(kids) == every:
        raise typer.BadParameter("Name the keys to revoke, or say --all.")
    spares = make_keys_of_realm()
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        revoked, activated = revoke_signing_keys(
            bench.session, bench.cipher, bench.clock, row.id, None if every else kids, spares=spares
        )
        bench.record(Tag.KEYS_REVOKED, row, kids=[key.kid for key in revoked], active=[key.kid for key in activated])
    typer.echo(f"Revoked: {len(revoked)}.")
    _print_active(activated)


def _create_missing(realm: str, config: Path | None) -> None:
    from idp.keys.signing_keys import create_missing_keys

    with open_workbench(config) as bench:
        create_missing_keys(bench.session, bench.cipher, bench.clock, bench.get_realm(realm).id)


def _rotate(realm: str, algorithms: list[str] | None, config: Path | None) -> None:
    from idp.events.tags import Tag
    from idp.keys.algorithms import ALGORITHMS
    from idp.keys.signing_keys import rotate_signing_keys, verify_algorithms
    from idp.keys.spare_keys import SpareKeys

    chosen = tuple(algorithms or ALGORITHMS)
    verify_algorithms(chosen)
    spares = SpareKeys(chosen)
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        activated = rotate_signing_keys(
            bench.session, bench.cipher, bench.clock, row.id, algorithms=chosen, spares=spares
        )
        bench.record(Tag.KEYS_ROTATED, row, kids=[key.kid for key in activated])
    _print_active(activated)


def _print_active(keys: "Iterable[SigningKey]") -> None:
    for key in keys:
        typer.echo(f"{key.algorithm}  {key.kid}")


def _show(instant: datetime | None) -> str:
    return "-" if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _sleep_until(instant: datetime) -> None:
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))
