"""What the demo prints once it is ready: what to open, and with which credentials."""

import shlex
import sys
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from idp.demo.options import DemoOptions
from idp.demo.seed import ADMIN, ALICE, BOB, Application, Person
from idp.settings import Settings

_WIDTH_WITHOUT_TERMINAL = 140


def print_summary(settings: Settings, options: DemoOptions, applications: tuple[Application, Application]) -> None:
    """Print addresses and credentials to standard output, and at last the word ready."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL, highlight=False)
    first, second = applications
    realm = f"{settings.public_url}/realms/{ALICE.realm}"
    table = Table(box=SIMPLE_HEAD, title="Countersign demo", title_justify="left", pad_edge=False)
    table.add_column("What", no_wrap=True)
    table.add_column("Where", overflow="fold", style="cyan")
    table.add_column("With", overflow="fold")
    table.add_row("Sample application", f"{first.url}/", _credentials(ALICE))
    table.add_row("A second one (single sign-on)", f"{second.url}/", f"or {_credentials(BOB)}")
    table.add_row("Account dashboard", f"{realm}/account/", "the same person")
    table.add_row("Mailbox", f"{options.mailbox_url}/", "all mail the demo sends")
    table.add_row("Issuer", realm, f"{first.client_id} / {first.secret}")
    table.add_row("Console for administrators", _console(settings, ADMIN), _credentials(ADMIN))
    table.add_row("Certificate listener", settings.certificate_url.replace("{label}", "<label>"), "opened by sign-in")
    table.add_row("Health and metrics", f"http://localhost:{settings.management_port}/health/ready", "also /metrics")
    console.print(table)
    data = options.data
    folder = "" if data == Path(".data") else f" --data {shlex.quote(str(data))}"
    console.print("The browser warns at the certificate step until it trusts this demo's TLS root. To arrange that:")
    console.print(f"  {_program()} demo trust{folder}      (and --remove to take it out again)", soft_wrap=True)
    console.print(f"Data is kept in {data}; Ctrl-C stops the demo.", soft_wrap=True)
    print("ready", flush=True)


def _credentials(person: Person) -> str:
    return f"{person.username} / {person.password}"


def _console(settings: Settings, person: Person) -> str:
    return f"{settings.public_url}/admin/{person.realm}/console/"


def _program() -> str:
    # `make run` starts the command by its path, and then it is not found without.
    program = Path(sys.argv[0])
    if program.name != "idp":
        return f"{shlex.quote(sys.executable)} -m idp"
    return shlex.quote(sys.argv[0])
