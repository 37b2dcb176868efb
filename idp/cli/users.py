"""`idp user`: accounts."""

import sys
from typing import Annotated

import typer

from idp.cli.permissions import ROLES_HELP, give_permissions
from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

app = typer.Typer(help="Accounts.", no_args_is_help=True)


@app.command()
def create(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    *,
    realm: RealmOption,
    email: Annotated[str | None, typer.Option(help="E-mail address.")] = None,
    email_verified: Annotated[
        bool, typer.Option("--email-verified", help="The address is known to be theirs.")
    ] = False,
    given_name: Annotated[str, typer.Option(help="Given name.")] = "",
    family_name: Annotated[str, typer.Option(help="Family name.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Create an account; the password is asked for, because arguments can be seen by everybody on the machine."""
    from idp.events.tags import Tag
    from idp.users.passwords import Argon2Parameters, PasswordHasher
    from idp.users.users import create_user, normalise, verify_new_password

    with open_workbench(config) as bench:
        row, settings = bench.get_realm(realm), bench.settings
        password, repeated = _read_password(password_stdin)
        verify_new_password(password, repeated, min_length=row.password_min_length, username=normalise(username))
        parameters = Argon2Parameters(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_lanes)
        user = create_user(
            bench.session,
            PasswordHasher(parameters),
            bench.clock,
            realm_id=row.id,
            username=username,
            password=password,
            email=email,
            email_verified=email_verified,
            given_name=given_name,
            family_name=family_name,
        )
        bench.record(Tag.USER_CREATED, row, username=user.username)
    typer.echo(f"User {user.username} of realm {realm} has the subject {user.id}.")


@app.command()
def grant(
    username: Annotated[str, typer.Argument(help="The account.")],
    roles: Annotated[list[str], typer.Argument(metavar="ROLE...", help=ROLES_HELP)],
    *,
    realm: RealmOption,
    config: ConfigOption = None,
) -> None:
    """Let an account administer; without one that may, nobody could say so through the REST API."""
    from idp.users.users import get_user_by_username

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        give_permissions(bench, row, get_user_by_username(bench.session, row.id, username), roles)
    typer.echo(f"User {username} of realm {realm} has {', '.join(roles)}.")


def _read_password(from_stdin: bool) -> tuple[str, str]:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        return password, password
    return typer.prompt("Password", hide_input=True), typer.prompt("Password again", hide_input=True)
