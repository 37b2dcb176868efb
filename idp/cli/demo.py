"""`idp demo`: everything in one process, for trying out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from idp.demo.options import DemoOptions

app = typer.Typer(help="Everything in one process, for trying out.", invoke_without_command=True)

_DEFAULTS = DemoOptions()
DataOption = Annotated[Path, typer.Option("--data", metavar="FOLDER", help="Where the demo keeps everything.")]
PortOption = Annotated[int | None, typer.Option(min=1, max=65535, show_default=False)]


def _port(default: int, what: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(min=1, max=65535, help=f"Port of {what} ({default}).")
    return option


@contextmanager
def _explaining_missing_packages() -> Iterator[None]:
    from idp.errors import ConfigurationError

    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "idp":
            raise
        raise ConfigurationError(f"the demo needs the package {error.name}: pip install 'idp[demo]'") from error


@app.callback()
def demo(
    context: typer.Context,
    *,
    data: DataOption = _DEFAULTS.data,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the data of earlier runs first.")] = False,
    port: Annotated[int | None, _port(8080, "the provider")] = None,
    certificate_port: Annotated[int | None, _port(8443, "the certificate listener")] = None,
    management_port: Annotated[int | None, _port(9000, "health and metrics")] = None,
    app_port: Annotated[int, _port(3000, "the sample application")] = _DEFAULTS.app_port,
    mail_port: Annotated[int, _port(1025, "the SMTP server")] = _DEFAULTS.mail_port,
    mailbox_port: Annotated[int, _port(8025, "the mailbox")] = _DEFAULTS.mailbox_port,
) -> None:
    """Run provider, certificate listener, sample application and mailbox until Ctrl-C."""
    if context.invoked_subcommand is not None:
        context.obj = data
        return
    with _explaining_missing_packages():
        from idp.demo.run import run_demo

    options = DemoOptions(
        data=data,
        port=port,
        certificate_port=certificate_port,
        management_port=management_port,
        app_port=app_port,
        mail_port=mail_port,
        mailbox_port=mailbox_port,
    )
    run_demo(options, reset=reset)


@app.command()
def trust(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option("--data", metavar="FOLDER", help="The demo's data folder.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take it out again.")] = False,
) -> None:
    """Put the demo's TLS root into your own trust stores, so that browsers accept the certificate step's address."""
    from idp.demo.trust import change_trust

    outcomes = change_trust(data or context.obj, remove=remove)
    for outcome in outcomes:
        typer.echo(outcome)
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(1)
    typer.echo("A browser that is open notices after it has been started again.")
