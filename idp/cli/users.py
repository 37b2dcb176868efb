"""`idp user`: accounts."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.certificates import list_certificates
from idp.cli.permissions import ROLES_HELP, give_permissions
from idp.cli.workbench import ConfigOption, RealmOption, Workbench, open_workbench

if TYPE_CHECKING:
    from idp.models import Realm, User

app = typer.Typer(help="Accounts.", no_args_is_help=True)
app.command("certificates")(list_certificates)

LifetimeOption = Annotated[str, typer.Option("--lifetime", help="How long the invitation is good: 1h to 30d.")]
RequireOption = Annotated[
    bool, typer.Option("--require-certificate", help="No signing in before a certificate was set up and tested.")
]


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
    invite: Annotated[
        bool, typer.Option("--invite", help="No password: a mail invites to choose one and to set up a certificate.")
    ] = False,
    require_certificate: RequireOption = False,
    lifetime: LifetimeOption = "7d",
    config: ConfigOption = None,
) -> None:
    """Create an account; the password is asked for, because arguments can be seen by everybody on the machine."""
    from idp.events.tags import Tag
    from idp.users.users import create_user

    if (require_certificate and not invite) or (password_stdin and invite):
        raise typer.BadParameter("--require-certificate goes with --invite, and --password-stdin without it.")
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        password = None if invite else _get_password(row, username, from_stdin=password_stdin)
        user = create_user(
            bench.session,
            bench.hasher,
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
        if invite:
            _invite(bench, row, user, lifetime, require_certificate=require_certificate)
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


@app.command("invite")
def invite_again(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    *,
    realm: RealmOption,
    require_certificate: RequireOption = False,
    lifetime: LifetimeOption = "7d",
    config: ConfigOption = None,
) -> None:
    """Send a mail whose link leads to a password, where there is none yet, and to a certificate; earlier ones are void."""
    from idp.users.users import get_user_by_username

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        user = get_user_by_username(bench.session, row.id, username)
        _invite(bench, row, user, lifetime, require_certificate=require_certificate)
    typer.echo(f"An invitation to {user.email} is on its way.")


def _invite(bench: Workbench, realm: "Realm", user: "User", lifetime: str, *, require_certificate: bool) -> None:
    from idp.notices.invitations import invite_user
    from idp.realms.changes import parse_duration

    try:
        duration = parse_duration(lifetime)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--lifetime") from error
    invite_user(
        bench.session,
        bench.sender,
        realm=realm,
        user=user,
        by="command line",
        lifetime=duration,
        require_certificate=require_certificate,
    )


def _get_password(realm: "Realm", username: str, *, from_stdin: bool) -> str:
    from idp.models.user import normalise
    from idp.users.users import verify_new_password

    password, repeated = _read_password(from_stdin)
    return verify_new_password(password, repeated, min_length=realm.password_min_length, username=normalise(username))


def _read_password(from_stdin: bool) -> tuple[str, str]:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        return password, password
    return typer.prompt("Password", hide_input=True), typer.prompt("Password again", hide_input=True)
