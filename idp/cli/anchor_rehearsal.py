"""`idp anchor try`: what the verdict on a certificate would be, step by step, before anything is saved."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.anchor_settings import SetOption, SettingsOption, read_typed_settings
from idp.cli.foreign_means import open_means
from idp.cli.workbench import ConfigOption, RealmOption, Workbench, open_workbench

if TYPE_CHECKING:
    from idp.pki.anchor_settings import AnchorSettings
    from idp.pki.rehearsal import Rehearsal
    from idp.pki.trust import Anchor, TrustStore


def rehearse_certificate(
    file: Annotated[
        Path,
        typer.Argument(
            help="PEM file: the certificate, and after it what a browser would send.", exists=True, dir_okay=False
        ),
    ],
    *,
    realm: RealmOption,
    anchor: Annotated[str, typer.Option(metavar="NAME", help="An anchor of the realm, disabled or not.")] = "",
    chain: Annotated[
        Path | None, typer.Option(help="PEM file of an anchor that is not added yet.", exists=True, dir_okay=False)
    ] = None,
    settings: SettingsOption = None,
    typed: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what the verdict on a certificate would be, and whose it is; nothing of it is written.

    Without --anchor and --chain, by the enabled anchors of the realm. Exit code 1 where it would not be accepted.
    """
    from idp.pki.foreign_revocation.lookup import ForeignStatus
    from idp.pki.rehearsal import rehearse
    from idp.pki.unchecked_status import assume_unknown

    with open_workbench(config) as bench, open_means(bench.settings, bench.clock) as means:
        trust = _find_trust(bench, realm, anchor, chain, lambda current: read_typed_settings(current, settings, typed))
        # what is learnt of a revocation is kept with the anchor, so one that is not added yet has to do without
        status = assume_unknown if chain else ForeignStatus(means)
        outcome = rehearse(bench.transaction, bench.clock, pem=file.read_bytes(), trust=trust, status=status)
    _print(outcome)
    if outcome.reason != "accepted":
        raise typer.Exit(1)


def _find_trust(
    bench: Workbench, realm: str, name: str, chain: Path | None, change: "Callable[[AnchorSettings], AnchorSettings]"
) -> "TrustStore":
    from idp.pki.trust import load_trust_store

    row = bench.get_realm(realm)
    trust = load_trust_store(bench.session, row.id)
    candidate = _find_candidate(bench, row.id, name, chain, change)
    return trust if candidate is None else replace(trust, foreign=(candidate,))


def _find_candidate(
    bench: Workbench, realm_id: str, name: str, chain: Path | None, change: "Callable[[AnchorSettings], AnchorSettings]"
) -> "Anchor | None":
    from idp.pki.anchor_chain import read_chain
    from idp.pki.anchor_settings import AnchorSettings
    from idp.pki.trust import build_anchor, load_anchor
    from idp.pki.trust_anchors import get_anchor

    if chain is not None:
        parts = read_chain(chain.read_bytes(), bench.clock.now())
        return build_anchor("", "the new anchor", parts.anchor, parts.intermediates, change(AnchorSettings()))
    if name:
        anchor = load_anchor(get_anchor(bench.session, realm_id, name))
        return replace(anchor, settings=change(anchor.settings))
    return None


def _print(outcome: "Rehearsal") -> None:
    typer.echo(f"certificate: {outcome.presented.subject}, issued by {outcome.presented.issuer}")
    for step in outcome.steps:
        typer.echo(f"{'ok  ' if step.ok else 'FAIL'}  {step.name}{': ' + step.detail if step.detail else ''}")
    for name in outcome.names:
        typer.echo(f"name: {name}")
    typer.echo(f"account: {outcome.username or '-'}")
    typer.echo(f"verdict: {outcome.reason}")
