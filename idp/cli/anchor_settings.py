"""How settings of a trust anchor are given to a command: one by one, or as a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from idp.pki.anchor_settings import AnchorSettings

SettingsOption = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="JSON with all settings; what it leaves out is the default."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="SETTING=VALUE", help="One setting, such as mapping.source=san_upn; may be repeated."
    ),
]
ChangesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="SETTING=VALUE...", help="See `idp anchor show`; nothing is the default.")
]


def read_typed_settings(current: "AnchorSettings", file: Path | None, typed: list[str] | None) -> "AnchorSettings":
    """Return *current*, or what is in *file*, with what was *typed*; raise `InvalidInput`."""
    from idp.pki.anchor_settings import read_anchor_settings
    from idp.pki.anchor_texts import change_settings

    settings = current if file is None else read_anchor_settings(_read_document(file))
    return change_settings(settings, dict(_split(change) for change in typed or ()))


def _split(change: str) -> tuple[str, str]:
    setting, equals, value = change.partition("=")
    if not equals:
        raise typer.BadParameter(f"{change!r} has no equals sign: use SETTING=VALUE.")
    return setting.strip(), value.strip()


def _read_document(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise typer.BadParameter(f"{file} does not hold a JSON object.")
    return document
