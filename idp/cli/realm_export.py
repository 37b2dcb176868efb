"""`idp realm export`: a realm as Keycloak writes it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from idp.cli.workbench import ConfigOption, open_workbench


def export_realm(
    name: Annotated[str, typer.Argument(help="The realm.")],
    *,
    users: Annotated[bool, typer.Option("--users", help="With the people.")] = False,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="With applications' secrets and hashes of passwords: keep it safe.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this new file; without it, to standard output.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write a realm as `idp realm import` reads it, and Keycloak: settings, roles, groups, applications, people.

    Keys of the realm and of its authorities, certificates, sessions and consents are not in it.
    """
    from idp.events.tags import Tag
    from idp.transfer.exporting import Contents, iterate_export

    with open_workbench(config) as bench, _open(out) as file:
        realm = bench.get_realm(name)
        file.writelines(iterate_export(bench.session, bench.cipher, realm, Contents(users, with_secrets)))
        bench.record(Tag.REALM_EXPORTED, realm, users=users, secrets=with_secrets)
    if with_secrets:
        typer.echo("The export has secrets in it: whoever reads it can act as the applications.", err=True)


@contextmanager
def _open(path: Path | None) -> Iterator[TextIO]:
    """Yield the file, which nobody else may read; an existing one is not overwritten."""
    if path is None:
        yield sys.stdout
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yield file
