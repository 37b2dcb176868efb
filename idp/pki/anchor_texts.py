"""Settings of a trust anchor as somebody types them: ``policies=1.2.3,1.2.4``, ``mapping.source=san_upn``."""

import json
from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidInput
from idp.pki.anchor_settings import AnchorSettings, read_anchor_settings

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def show_settings(settings: AnchorSettings) -> dict[str, str]:
    """Return every setting by its dotted name, as `change_settings` takes it."""
    return {name: _show(value) for name, value in _flatten(settings.model_dump(mode="json")).items()}


def change_settings(settings: AnchorSettings, typed: Mapping[str, str]) -> AnchorSettings:
    """Return *settings* with what was typed; an empty text is the default. Raises `InvalidInput` that names every wrong one."""
    values, defaults = settings.model_dump(mode="json"), _flatten(AnchorSettings().model_dump(mode="json"))
    unknown = [name for name in typed if name not in defaults]
    if unknown:
        raise InvalidInput(**dict.fromkeys(unknown, "There is no such setting of a trust anchor."))
    for name, text in typed.items():
        group, _, member = name.rpartition(".")
        (values[group] if group else values)[member] = _read(text, defaults[name])
    return read_anchor_settings(values)


def _flatten(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= {f"{name}.{part}": inner for part, inner in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _show(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def _read(text: str, default: Any) -> Any:
    if not text:
        return default
    if isinstance(default, list):
        return [part.strip() for part in text.split(",")]
    if isinstance(default, bool):
        return _WORDS.get(text.lower(), text)
    return text
