"""`idp anchor`: authorities of others whose certificates people may sign in with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.anchor_lists import add_commands
from idp.cli.anchor_rehearsal import rehearse_certificate
from idp.cli.anchor_settings import ChangesArgument, SetOption, SettingsOption, read_typed_settings
from idp.cli.workbench import ConfigOption, RealmOption, Workbench, open_workbench

if TYPE_CHECKING:
    from idp.models import Realm, TrustAnchor

app = typer.Typer(help="Foreign authorities whose certificates people may sign in with.", no_args_is_help=True)
app.command("try")(rehearse_certificate)
add_commands(app)
NameArgument = Annotated[str, typer.Argument(help="The anchor's name.")]
ChainArgument = Annotated[
    Path, typer.Argument(help="PEM file: the anchor, and after it those below it.", exists=True, dir_okay=False)
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A name for it, which people see as well.")],
    file: ChainArgument,
    *,
    realm: RealmOption,
    settings: SettingsOption = None,
    typed: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Trust an authority: its certificate, a root's or one below, is the first in the file."""
    from idp.events.tags import Tag
    from idp.pki.anchor_settings import AnchorSettings
    from idp.pki.trust_anchors import add_anchor, describe_anchor

    wanted = read_typed_settings(AnchorSettings(), settings, typed)
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        anchor = add_anchor(bench.session, bench.clock, realm=row, name=name, pem=file.read_bytes(), settings=wanted)
        bench.record(Tag.ANCHOR_ADDED, row, **describe_anchor(anchor), settings=anchor.settings)
        typer.echo(f"trusted: {anchor.subject}, SHA-256 {anchor.fingerprint}")


@app.command("list")
def list_all(realm: RealmOption, config: ConfigOption = None) -> None:
    """Print the anchors of a realm, oldest first."""
    from idp.pki.trust_anchors import list_anchors

    with open_workbench(config) as bench:
        for anchor in list_anchors(bench.session, bench.get_realm(realm).id):
            state = "" if anchor.enabled else "  (disabled)"
            typer.echo(f"{anchor.name}  {anchor.subject}  until {anchor.not_after:%Y-%m-%d}{state}")


@app.command()
def show(
    name: NameArgument,
    realm: RealmOption,
    pem: Annotated[bool, typer.Option("--pem", help="Print the certificates instead.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print an anchor, those below it, and its settings as `idp anchor set` takes them."""
    from idp.pki.anchor_texts import show_settings
    from idp.pki.trust_anchors import count_bound, read_settings

    with open_workbench(config) as bench:
        _, anchor = _find(bench, realm, name)
        if pem:
            typer.echo(_pem(anchor), nl=False)
            return
        typer.echo(f"{anchor.name} ({'enabled' if anchor.enabled else 'disabled'}): {anchor.subject}")
        typer.echo(f"  SHA-256  {anchor.fingerprint}")
        typer.echo(f"  valid    {anchor.not_before:%Y-%m-%d} to {anchor.not_after:%Y-%m-%d}")
        typer.echo(f"  bound    {count_bound(bench.session, anchor)} certificates")
        for certificate in _below(anchor):
            typer.echo(f"  below    {certificate}")
        for setting, value in show_settings(read_settings(anchor)).items():
            typer.echo(f"{setting}={value}")


@app.command("set")
def change(
    name: NameArgument,
    changes: ChangesArgument = None,
    *,
    realm: RealmOption,
    settings: SettingsOption = None,
    chain: Annotated[
        Path | None,
        typer.Option(help="PEM file: the same anchor, and those below it anew.", exists=True, dir_okay=False),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Change settings, all or none, or the certificates below the anchor; running servers follow within a second."""
    from idp.events.tags import Tag
    from idp.pki.trust_anchors import change_anchor, describe_anchor, read_settings, replace_chain

    with open_workbench(config) as bench:
        row, anchor = _find(bench, realm, name)
        wanted = read_typed_settings(read_settings(anchor), settings, changes)
        changed = change_anchor(bench.session, bench.clock, anchor, wanted)
        if chain is not None:
            replace_chain(bench.session, bench.clock, anchor, chain.read_bytes())
            changed["intermediates"] = len(list(_below(anchor)))
        bench.record(Tag.ANCHOR_CHANGED, row, **describe_anchor(anchor), changed=changed)
    typer.echo(f"Trust anchor {name} has been changed.")


@app.command()
def enable(name: NameArgument, realm: RealmOption, config: ConfigOption = None) -> None:
    """Let certificates of an anchor count again."""
    _switch(name, realm, config, enabled=True)


@app.command()
def disable(name: NameArgument, realm: RealmOption, config: ConfigOption = None) -> None:
    """Let certificates of an anchor count no more, and end the sessions that rest on them; what is bound stays for later."""
    _switch(name, realm, config, enabled=False)


@app.command()
def remove(
    name: NameArgument,
    realm: RealmOption,
    yes: Annotated[bool, typer.Option("--yes", help="Also where certificates are bound under it.")] = False,
    config: ConfigOption = None,
) -> None:
    """Delete an anchor, the certificates that were bound under it, and the sessions that rest on them."""
    from idp.events.tags import Tag
    from idp.pki.trust_anchors import count_bound, describe_anchor, remove_anchor
    from idp.sessions.sessions import end_sessions_under_anchor

    with open_workbench(config) as bench:
        row, anchor = _find(bench, realm, name)
        bound = count_bound(bench.session, anchor)
        if bound and not yes:
            raise typer.BadParameter(f"{bound} certificates are bound under it: disable it, or give --yes.")
        ended = end_sessions_under_anchor(bench.session, bench.clock, anchor.id)
        bench.record(Tag.ANCHOR_REMOVED, row, **describe_anchor(anchor), bound=bound, sessions=len(ended))
        remove_anchor(bench.session, anchor)
    typer.echo(f"Trust anchor {name} and {bound} certificates under it are gone.")


def _switch(name: str, realm: str, config: Path | None, *, enabled: bool) -> None:
    from idp.events.tags import Tag
    from idp.pki.trust_anchors import describe_anchor, switch_anchor
    from idp.sessions.sessions import end_sessions_under_anchor

    with open_workbench(config) as bench:
        row, anchor = _find(bench, realm, name)
        if switch_anchor(bench.session, bench.clock, anchor, enabled=enabled):
            ended = () if enabled else end_sessions_under_anchor(bench.session, bench.clock, anchor.id)
            bench.record(
                Tag.ANCHOR_CHANGED, row, **describe_anchor(anchor), changed={"enabled": enabled}, sessions=len(ended)
            )
    typer.echo(f"Trust anchor {name} is {'enabled' if enabled else 'disabled'}.")


def _find(bench: Workbench, realm: str, name: str) -> "tuple[Realm, TrustAnchor]":
    from idp.pki.trust_anchors import get_anchor

    row = bench.get_realm(realm)
    return row, get_anchor(bench.session, row.id, name)


def _below(anchor: "TrustAnchor") -> list[str]:
    from idp.pki.trust import load_certificates_below

    return [certificate.subject.rfc4514_string() for certificate in load_certificates_below(anchor)]


def _pem(anchor: "TrustAnchor") -> str:
    import ssl

    return ssl.DER_cert_to_PEM_cert(anchor.certificate) + anchor.intermediates.decode()
