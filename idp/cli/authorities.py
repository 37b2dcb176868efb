"""`idp ca`: a realm's certificate authorities."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli import authority_changes, authority_revocation
from idp.cli.certificates import sign
from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

app = typer.Typer(help="Certificate authorities of a realm.", no_args_is_help=True)
authority_changes.add_commands(app)
authority_revocation.add_commands(app)
app.command()(sign)


@app.command()
def show(
    realm: RealmOption,
    pem: Annotated[
        bool, typer.Option("--pem", help="Print the certificates, for a proxy's or a program's file.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print the authorities of a realm, issuing ones first."""
    from idp.models import RevocationList
    from idp.pki.authorities import list_issuing_authorities, list_roots

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        for authority in [*list_issuing_authorities(bench.session, row.id), *list_roots(bench.session, row.id)]:
            if pem:
                typer.echo(_pem(authority.certificate), nl=False)
                continue
            typer.echo(f"{authority.kind} ({authority.status}): {authority.subject}")
            typer.echo(f"  id              {authority.id}")
            typer.echo(f"  serial number   {authority.serial_number}")
            typer.echo(f"  SHA-256         {authority.fingerprint}")
            typer.echo(f"  valid           {authority.not_before:%Y-%m-%d} to {authority.not_after:%Y-%m-%d}")
            if authority.revoked_at:
                typer.echo(f"  revoked         {authority.revoked_at:%Y-%m-%d}, {authority.revocation_reason}")
            published = bench.session.get(RevocationList, authority.id)
            if published:
                typer.echo(f"  list            number {published.number}, good until {published.next_update:%Y-%m-%d}")


@app.command()
def trust(
    file: Annotated[Path, typer.Argument(help="PEM file with the root's certificate.", exists=True, dir_okay=False)],
    realm: RealmOption,
    config: ConfigOption = None,
) -> None:
    """Trust somebody else's root for the certificates that applications authenticate with."""
    from idp.events.tags import Tag
    from idp.pki.foreign_roots import trust_root

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        root = trust_root(bench.session, bench.clock, realm=row, pem=file.read_bytes())
        bench.record(Tag.AUTHORITY_TRUSTED, row, fingerprint=root.fingerprint, subject=root.subject)
        typer.echo(f"trusted: {root.subject}, SHA-256 {root.fingerprint}")


@app.command("profile")
def show_or_change_profile(
    realm: RealmOption,
    file: Annotated[
        Path | None,
        typer.Argument(help="JSON file with the new profile.", exists=True, dir_okay=False),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print what people's certificates are made of, or change it to what FILE says; all else is the default."""
    from idp.events.tags import Tag
    from idp.pki.profiles import change_profile, profile_for

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        if file is None:
            typer.echo(profile_for(row).settings.model_dump_json(indent=2))
            return
        profile = change_profile(row, file.read_bytes())
        bench.record(Tag.REALM_CHANGED, row, certificate_profile=profile)
        typer.echo(f"The certificates of {realm} have a new profile.")


def _pem(certificate: bytes) -> str:
    import ssl

    return ssl.DER_cert_to_PEM_cert(certificate)
