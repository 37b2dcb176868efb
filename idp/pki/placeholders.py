"""Templates for what stands in certificates: text with placeholders for what is known of a person, such as ``{username}``."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from idp.models import User

IDENTIFYING = frozenset({"username", "email", "sub", "realm"})
"""What a person cannot choose freely; ``{name}`` is for people to read."""
READABLE = IDENTIFYING | {"name"}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ATTRIBUTE = re.compile(r"attribute:[^\s{}][^{}]{0,254}")


@dataclass(frozen=True)
class Facts:
    """Whom a certificate is for, and the name of the realm that people see."""

    user: User
    realm: str

    def find(self, placeholder: str) -> str:
        """Return what stands for *placeholder*; empty where nothing is known. An address counts once it is verified."""
        user = self.user
        if placeholder.startswith("attribute:"):
            return next(iter((user.attributes or {}).get(placeholder.removeprefix("attribute:"), [])), "")
        known = {"username": user.username, "name": user.name, "sub": user.id, "realm": self.realm}
        known["email"] = user.email if user.email and user.email_verified else ""
        return known[placeholder] or ""


def verify_template(text: str, placeholders: frozenset[str] = READABLE) -> str:
    """Return *text* if it uses no other placeholders than these and ``{attribute:…}``; raise `ValueError`."""
    for name in _PLACEHOLDER.findall(text):
        if name not in placeholders and not _ATTRIBUTE.fullmatch(name):
            known = ", ".join(f"{{{name}}}" for name in sorted(placeholders))
            raise ValueError(f"{{{name}}} is not one of {known} and {{attribute:…}}")
    if set("{}") & set(_PLACEHOLDER.sub("", text)):
        raise ValueError("has a brace that belongs to no placeholder")
    return text


def fill(template: str, facts: Facts, encode: Callable[[str], str] = str) -> str:
    """Return *template* with each placeholder's value *encoded*; empty where one of the values is."""
    values = {name: facts.find(name) for name in _PLACEHOLDER.findall(template)}
    if not all(values.values()):
        return ""
    return _PLACEHOLDER.sub(lambda match: encode(values[match[1]]), template)


def build_pattern(template: str, value: str) -> re.Pattern[str]:
    """Return the expression that every filled-in *template* matches whose values match the expression *value*."""
    literals = _PLACEHOLDER.sub("\0", template).split("\0")
    return re.compile(value.join(re.escape(literal) for literal in literals))
