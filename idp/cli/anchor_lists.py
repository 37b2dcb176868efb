"""`idp anchor`: what other authorities say of revocation, from a file, and what is held of it."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.foreign_means import open_means
from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

File = Annotated[Path, typer.Argument(help="Revocation list in DER or PEM.", exists=True, dir_okay=False)]
AnchorOption = Annotated[str, typer.Option("--anchor", "-a", metavar="NAME", help="Name of the trust anchor.")]


def crl(file: File, anchor: AnchorOption, realm: RealmOption, config: ConfigOption = None) -> None:
    """Take in a revocation list of the anchor, or of an authority below it, in place of its issuer's last one from a file."""
    from idp.events.tags import Tag
    from idp.pki.foreign_revocation.list_store import sweep_lists
    from idp.pki.foreign_revocation.refreshing import upload_list
    from idp.pki.trust_anchors import get_anchor

    with open_workbench(config) as bench:
        anchor_id = get_anchor(bench.session, bench.get_realm(realm).id, anchor).id
        settings, clock = bench.settings, bench.clock
    with open_means(settings, clock) as means, file.open("rb") as stream:
        taken = upload_list(means, anchor_id, stream)
        issuer, number = taken.found.issuer.subject.rfc4514_string(), taken.found.number
        with open_workbench(config) as bench:
            row = bench.get_realm(realm)
            bench.record(
                Tag.REVOCATION_LIST_UPLOADED, row, anchor=anchor, issuer=issuer[:255], number=str(number), new=taken.new
            )
        sweep_lists(means.database, clock)
    typer.echo(f"{'taken in' if taken.new else 'was here already'}: list of {issuer}, number {number}")


def status(realm: RealmOption, config: ConfigOption = None) -> None:
    """Print what is held of each anchor's revocation: lists, addresses, OCSP answers, their ages, what went wrong last."""
    from idp.pki.foreign_revocation.report import describe_anchor
    from idp.pki.trust_anchors import list_anchors

    with open_workbench(config) as bench:
        for anchor in list_anchors(bench.session, bench.get_realm(realm).id):
            typer.echo(f"{anchor.name} ({'enabled' if anchor.enabled else 'disabled'}): {anchor.subject}")
            for name, text in describe_anchor(bench.session, anchor, bench.clock.now()):
                typer.echo(f"  {name:<15} {text}")


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `idp anchor`."""
    app.command()(crl)
    app.command()(status)
