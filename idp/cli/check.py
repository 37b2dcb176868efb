"""`idp check`: everything that could keep the provider from working, in one go."""

from typing import TYPE_CHECKING

import typer

from idp.cli.workbench import ConfigOption

if TYPE_CHECKING:
    from idp.settings import Settings


def check(config: ConfigOption = None) -> None:
    """Check settings, master key, tables, store, mail server, TLS files and themes, and tell all problems together."""
    from idp.serving.preflight import BEFORE_SERVING, Check, find_problems, verify_store
    from idp.settings import read_settings

    settings = read_settings(config)
    failed = False
    for part in (*BEFORE_SERVING, Check("short-lived state", verify_store), Check("mail server", verify_smtp)):
        problems = find_problems(part, settings)
        failed = failed or bool(problems)
        for problem in problems:
            typer.echo(f"FAILED  {part.name}: {problem.removeprefix(part.name + ': ')}")
        if not problems:
            typer.echo(f"ok      {part.name}")
    if failed:
        raise typer.Exit(1)


def verify_smtp(settings: "Settings") -> None:
    """Raise `ConfigurationError` or `TransportUnavailable` unless the mail server lets us in."""
    from idp.mail.transport import SMTPTransport

    with SMTPTransport(settings.smtp_url, settings.mail_from).connect():
        pass
