"""How settings of a client are given to a command: one by one, or as the document that developers send."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

MetadataOption = Annotated[
    Path | None,
    typer.Option("--metadata", metavar="FILE", help="JSON with client metadata (RFC 7591); - is standard input."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting, see `idp client show`; give it once for each."),
]


def read_settings_of_client(file: Path | None, typed: list[str] | None) -> dict[str, Any]:
    """Return the settings in *file* and those *typed*, which win, as a document; raise `InvalidInput`."""
    from idp.clients.metadata.document import read_text

    document = {} if file is None else _read_document(file)
    for change in typed or ():
        name, equals, value = change.partition("=")
        if not equals:
            raise typer.BadParameter(f"{change!r} has no equals sign: use NAME=VALUE.")
        document[name.strip()] = read_text(name.strip(), value.strip())
    return document


def _read_document(file: Path) -> dict[str, Any]:
    from idp.web.json_documents import parse_document
    from idp.web.parameters import MalformedRequest

    try:
        return parse_document(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except MalformedRequest:
        raise typer.BadParameter(f"{file} does not hold a JSON object.") from None
