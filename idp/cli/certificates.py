"""`idp ca sign` and `idp user certificates`: people's certificates, where there is no browser."""

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.workbench import ConfigOption, RealmOption, open_workbench


def sign(
    file: Annotated[
        Path, typer.Argument(help="The person's request (PKCS#10), PEM or DER.", exists=True, dir_okay=False)
    ],
    *,
    realm: RealmOption,
    user: Annotated[str, typer.Option("--user", "-u", help="Username of whom the certificate is for.")],
    device: Annotated[str, typer.Option("--device", help="Name of the device or card, as the dashboard shows it.")],
    platform: Annotated[
        str, typer.Option("--platform", help="Where it is used: windows, macos, linux, firefox …")
    ] = "other",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write; it must not exist. Without it, PEM is printed.", dir_okay=False),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Issue a person's certificate for the key of their request; names and extensions in it are ignored."""
    import ssl

    from idp.events.tags import Tag
    from idp.pki.certificates import describe_issued
    from idp.pki.request_issuance import issue_requested
    from idp.users.users import get_user_by_username

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        owner = get_user_by_username(bench.session, row.id, user)
        certificate = issue_requested(
            bench.session,
            bench.authority_keys,
            bench.clock,
            realm=row,
            user=owner,
            request=file.read_bytes(),
            device_name=device,
            platform=platform,
            published_at=bench.settings.published_at,
        )
        bench.record(Tag.CERTIFICATE_ISSUED, row, user_id=owner.id, **describe_issued(certificate))
        pem = ssl.DER_cert_to_PEM_cert(certificate.certificate)
        if out is not None:
            with out.open("x", encoding="ascii") as stream:
                stream.write(pem)
    if out is None:
        typer.echo(pem, nl=False)


def list_certificates(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    realm: RealmOption,
    config: ConfigOption = None,
) -> None:
    """Print the certificates of a person, newest first, revoked and expired ones included."""
    from idp.pki.certificates import list_certificates as list_of
    from idp.users.users import get_user_by_username

    with open_workbench(config) as bench:
        owner = get_user_by_username(bench.session, bench.get_realm(realm).id, username)
        for row in list_of(bench.session, owner.id):
            ended = f", revoked {row.revoked_at:%Y-%m-%d} ({row.revocation_reason})" if row.revoked_at else ""
            used = f"{row.last_used_at:%Y-%m-%d}" if row.last_used_at else "never"
            typer.echo(f"{row.device_name} ({row.platform}, {row.key_type}){ended}")
            typer.echo(f"  serial number   {row.serial_number}")
            typer.echo(f"  SHA-256         {row.fingerprint}")
            typer.echo(f"  valid           {row.not_before:%Y-%m-%d} to {row.not_after:%Y-%m-%d}, last used: {used}")
