"""`idp client`: relying applications."""

from typing import Annotated

import typer

from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

app = typer.Typer(help="Relying applications.", no_args_is_help=True)


@app.command()
def create(
    client_id: Annotated[str, typer.Argument(help="The client_id.")],
    *,
    realm: RealmOption,
    redirect_uri: Annotated[list[str] | None, typer.Option(help="Where answers may go; give it once for each.")] = None,
    post_logout_redirect_uri: Annotated[list[str] | None, typer.Option(help="Where to go after signing out.")] = None,
    public: Annotated[bool, typer.Option("--public", help="No secret: for apps on devices and in browsers.")] = False,
    grant_type: Annotated[
        list[str] | None, typer.Option(help="Default: authorization_code and refresh_token; give it once for each.")
    ] = None,
    scope: Annotated[str | None, typer.Option(help="The scopes it may ask for.")] = None,
    name: Annotated[str, typer.Option(help="The name that people see.")] = "",
    home_uri: Annotated[str, typer.Option(help="Its start page.")] = "",
    require_certificate: Annotated[
        bool, typer.Option("--require-certificate", help="Nobody signs in to it without a certificate.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Register an application and print its secret, which is not shown again."""
    from idp.clients.clients import DEFAULT_SCOPE, create_client, generate_secret
    from idp.events.tags import Tag

    secret = None if public else generate_secret()
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        create_client(
            bench.session,
            bench.cipher,
            bench.clock,
            realm_id=row.id,
            client_id=client_id,
            secret=secret,
            redirect_uris=redirect_uri or (),
            post_logout_redirect_uris=post_logout_redirect_uri or (),
            grant_types=grant_type or ("authorization_code", "refresh_token"),
            scope=DEFAULT_SCOPE if scope is None else scope,
            name=name,
            home_uri=home_uri,
            certificate_policy="required" if require_certificate else "realm",
        )
        bench.record(Tag.CLIENT_CREATED, row, client_id=client_id)
    typer.echo(f"client_id: {client_id}")
    if secret is not None:
        typer.echo(f"client_secret: {secret}")
