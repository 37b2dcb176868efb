"""The command line `idp`.

Every command imports what it needs when it runs, so that `idp --help` is quick. What an operator can put right is one clear
line on standard error; exit code 2 for what was set or typed wrongly, 1 for everything else that failed.
"""

import sys

import typer

from idp.cli import anchors, authorities, check, clients, database, demo, keys, realms, serve, users

app = typer.Typer(
    name="idp",
    help="Countersign: an OpenID Provider for signing in with a password and an X.509 client certificate.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("serve")(serve.serve)
app.command("check")(check.check)
app.add_typer(demo.app, name="demo")
app.add_typer(database.app, name="db")
app.add_typer(realms.app, name="realm")
app.add_typer(users.app, name="user")
app.add_typer(clients.app, name="client")
app.add_typer(authorities.app, name="ca")
app.add_typer(anchors.app, name="anchor")
app.add_typer(keys.app, name="keys")


def main() -> None:
    """Run the command that was typed, and tell an expected failure in a line."""
    try:
        app()
    except Exception as error:
        from idp.cli.failures import describe_failure

        failure = describe_failure(error)
        if failure is None:
            raise
        for line in failure.lines:
            print(f"idp: {line}", file=sys.stderr)
        sys.exit(failure.exit_code)
