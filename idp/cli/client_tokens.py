"""`idp client token`: initial access tokens, with which applications register themselves."""

from datetime import timedelta
from typing import Annotated

import typer

from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

app = typer.Typer(
    help="Initial access tokens: permission for applications to register themselves.", no_args_is_help=True
)


@app.command()
def create(
    *,
    realm: RealmOption,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many applications may be registered with it.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=365, help="For how many days.")] = 1,
    config: ConfigOption = None,
) -> None:
    """Make a token and print it; it is not shown again."""
    from idp.clients.initial_access_tokens import issue_initial_access_token
    from idp.events.tags import Tag

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        made, text = issue_initial_access_token(
            bench.session, bench.clock, realm_id=row.id, count=count, lifetime=timedelta(days=days)
        )
        bench.record(Tag.INITIAL_TOKEN_CREATED, row, token_id=made.id, count=count, days=days)
        policy = row.client_registration
    typer.echo(f"id: {made.id}")
    typer.echo(f"initial_access_token: {text}")
    if policy == "off":
        typer.echo("Registration is off in this realm: idp realm set REALM client_registration=token", err=True)


@app.command("list")
def list_all(*, realm: RealmOption, config: ConfigOption = None) -> None:
    """Print the tokens of a realm: id, registrations left, and when it ends."""
    from idp.clients.initial_access_tokens import list_initial_access_tokens

    with open_workbench(config) as bench:
        for token in list_initial_access_tokens(bench.session, bench.get_realm(realm).id):
            typer.echo(f"{token.id}  {token.remaining} left  until {token.expires_at:%Y-%m-%dT%H:%M:%SZ}")


@app.command()
def delete(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="See `idp client token list`.")],
    *,
    realm: RealmOption,
    config: ConfigOption = None,
) -> None:
    """Delete a token; nobody registers with it any more. Applications that did stay."""
    from idp.clients.initial_access_tokens import delete_initial_access_token
    from idp.events.tags import Tag

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        delete_initial_access_token(bench.session, realm_id=row.id, token_id=token_id)
        bench.record(Tag.INITIAL_TOKEN_DELETED, row, token_id=token_id)
    typer.echo("The token has been deleted.")
