"""`idp ca`: a realm's certificate authorities."""

from typing import Annotated

import typer

from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

app = typer.Typer(help="Certificate authorities of a realm.", no_args_is_help=True)


@app.command()
def show(
    realm: RealmOption,
    pem: Annotated[
        bool, typer.Option("--pem", help="Print the certificates, for a proxy's or a program's file.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print the authorities of a realm, issuing ones first."""
    from idp.pki.authorities import list_issuing_authorities, list_roots

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        for authority in [*list_issuing_authorities(bench.session, row.id), *list_roots(bench.session, row.id)]:
            if pem:
                typer.echo(_pem(authority.certificate), nl=False)
                continue
            typer.echo(f"{authority.kind} ({authority.status}): {authority.subject}")
            typer.echo(f"  serial number   {authority.serial_number}")
            typer.echo(f"  SHA-256         {authority.fingerprint}")
            typer.echo(f"  valid           {authority.not_before:%Y-%m-%d} to {authority.not_after:%Y-%m-%d}")


def _pem(certificate: bytes) -> str:
    import ssl

    return ssl.DER_cert_to_PEM_cert(certificate)
