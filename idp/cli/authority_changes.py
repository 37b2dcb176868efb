"""`idp ca`: a new issuing authority, the root's key out of the database, and a root of somebody else's."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.workbench import ConfigOption, RealmOption, open_workbench

if TYPE_CHECKING:
    from idp.pki.roll_over import OfflineKey

NewFile = Annotated[Path, typer.Argument(help="File to write; it must not exist.", dir_okay=False)]
File = Annotated[Path, typer.Argument(help="PEM file.", exists=True, dir_okay=False)]


def make(realm: RealmOption, config: ConfigOption = None) -> None:
    """Make a new root and an issuing authority under it; the realm must have none that issues."""
    from idp.events.tags import Tag
    from idp.pki.authorities import create_authorities

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        created = create_authorities(
            bench.session, bench.authority_keys, bench.clock, realm=row, published_at=bench.settings.published_at
        )
        bench.record(Tag.AUTHORITY_CREATED, row, fingerprint=created.fingerprint, subject=created.subject)
        typer.echo(f"issuing: {created.subject}, SHA-256 {created.fingerprint}")


def roll_over(
    realm: RealmOption,
    root_key: Annotated[
        Path | None, typer.Option(help="The root's key, where it was taken offline.", exists=True, dir_okay=False)
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Make a new issuing authority; what the old one has issued stays good."""
    from idp.events.tags import Tag
    from idp.pki.roll_over import roll_over as make_next

    key = read_key(root_key) if root_key else None
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        created = make_next(
            bench.session,
            bench.authority_keys,
            bench.clock,
            realm=row,
            root_key=key,
            published_at=bench.settings.published_at,
        )
        bench.record(Tag.AUTHORITY_CREATED, row, fingerprint=created.fingerprint, subject=created.subject)
        typer.echo(f"issuing: {created.subject}, SHA-256 {created.fingerprint}")


def retire(
    fingerprint: Annotated[str, typer.Argument(help="SHA-256 of the authority's certificate, or how it begins.")],
    realm: RealmOption,
    config: ConfigOption = None,
) -> None:
    """Let an issuing authority issue no more; what it has issued stays good."""
    from idp.events.tags import Tag
    from idp.pki.authorities import list_issuing_authorities
    from idp.pki.roll_over import find_by_fingerprint
    from idp.pki.roll_over import retire as end

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        authority = find_by_fingerprint(list_issuing_authorities(bench.session, row.id), fingerprint)
        end([authority])
        bench.record(Tag.AUTHORITY_RETIRED, row, fingerprint=authority.fingerprint, subject=authority.subject)
        typer.echo(f"retired: {authority.subject}")


def export_key(
    file: NewFile,
    realm: RealmOption,
    take_offline: Annotated[
        bool, typer.Option("--take-offline", help="Delete the key from the database, once the file has proven good.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write the root's private key to a file, under a passphrase."""
    from idp.events.tags import Tag
    from idp.pki.roll_over import OfflineKey, export_root_key
    from idp.pki.roll_over import take_offline as forget

    passphrase = _ask_passphrase(confirm=True)
    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        root, pem = export_root_key(bench.session, bench.authority_keys, realm=row, passphrase=passphrase)
        write_new(file, pem)
        if take_offline:
            forget(bench.session, bench.authority_keys, bench.clock, root, OfflineKey(file.read_bytes(), passphrase))
        bench.record(Tag.ROOT_KEY_EXPORTED, row, fingerprint=root.fingerprint, offline=take_offline)
        typer.echo(f"key of {root.subject} in {file}" + (", and no longer in the database" if take_offline else ""))


def request(file: NewFile, realm: RealmOption, config: ConfigOption = None) -> None:
    """Write a request (PKCS#10) for an issuing authority that a root of your own certifies; `idp ca import` takes its answer."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from idp.events.tags import Tag
    from idp.pki.corporate_root import create_request

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        made = create_request(bench.session, bench.authority_keys, bench.clock, realm=row)
        write_new(file, made.public_bytes(Encoding.PEM))
        bench.record(Tag.AUTHORITY_REQUESTED, row, subject=made.subject.rfc4514_string())
        typer.echo(f"request for {made.subject.rfc4514_string()} in {file}")


def import_certificate(file: File, realm: RealmOption, config: ConfigOption = None) -> None:
    """Take the certificate made for the request, followed in the file by those above it up to the root."""
    from idp.events.tags import Tag
    from idp.pki.corporate_root import import_chain

    with open_workbench(config) as bench:
        row = bench.get_realm(realm)
        authority = import_chain(bench.session, bench.clock, realm=row, pem=file.read_bytes())
        bench.record(Tag.AUTHORITY_CREATED, row, fingerprint=authority.fingerprint, subject=authority.subject)
        typer.echo(f"issuing: {authority.subject}, SHA-256 {authority.fingerprint}")


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `idp ca`."""
    app.command()(make)
    app.command("roll-over")(roll_over)
    app.command()(retire)
    app.command("export")(export_key)
    app.command()(request)
    app.command("import")(import_certificate)


def write_new(file: Path, content: bytes) -> None:
    """Write a file for its owner alone, which must not be there."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def read_key(file: Path) -> "OfflineKey":
    """Return the root's key as it was exported, with its passphrase."""
    from idp.pki.roll_over import OfflineKey

    return OfflineKey(file.read_bytes(), _ask_passphrase(confirm=False))


def _ask_passphrase(*, confirm: bool) -> str:
    """Ask at a terminal; elsewhere it is the first line of the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Passphrase of the file", hide_input=True, confirmation_prompt=confirm))
