"""Write docs/settings.md from the settings' own texts: ``.venv/bin/python tools/settings_reference.py``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from idp.settings import ENVIRONMENT_PREFIX, Settings

FILE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
_INTRODUCTION = """\
# Settings

<!-- Made by tools/settings_reference.py from idp/settings.py; change the texts there. -->

Settings come from one TOML file (`--config FILE`) and from environment variables; where both name a setting, the variable wins.
A variable that is set to nothing counts as not set. Unknown names and every other problem are told together, and nothing starts
until they are gone: `idp check --config FILE` tells them without starting anything.

```toml
# idp.toml
public_url = "https://login.example.org"
certificate_url = "https://{label}.x509.example.org"
database_url = "postgresql://idp:secret@db.example.org/idp"
trusted_proxies = ["10.0.0.0/8"]
```

The same as variables, networks with commas between them:

```sh
IDP_PUBLIC_URL=https://login.example.org
IDP_TRUSTED_PROXIES=10.0.0.0/8,2001:db8::/32
```

Policy (whether certificates are required, how long sessions last, when sign-in locks) belongs to realms and clients, not here:
see [administrators](administrators.md).
"""


def build_reference() -> str:
    """Return the text of docs/settings.md."""
    return "\n".join([_INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        text = " ".join((field.description or "").split())
        facts = [f"Variable `{ENVIRONMENT_PREFIX}{name.upper()}`", f"default {_describe_default(field.default)}"]
        if values := _values(field.annotation):
            facts.append(f"one of {', '.join(f'`{value}`' for value in values)}")
        yield f"## {name}\n\n{text}\n\n{'; '.join(facts)}.\n"


def _describe_default(value: Any) -> str:
    return "none" if value in (None, ()) else f"`{value}`"


def _values(annotation: Any) -> tuple[str, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


if __name__ == "__main__":
    FILE.write_text(build_reference(), encoding="utf-8")
    print(FILE.relative_to(Path.cwd()) if FILE.is_relative_to(Path.cwd()) else FILE)
